import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end and returns what it printed; if it fails, the error tells the end of that. */
export async function run(file: string, options: readonly string[], settings: CommandOptions = {}): Promise<string> {
  try {
    const { stdout } = await execute(file, options, { ...settings, maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const end = `${stdout}\n${stderr}`.trim().slice(-2000);
    throw new Error(`${file} ${options.join(' ')} failed.\n${end}`, { cause: error });
  }
}
