import { Command, CommanderError } from 'commander';

import { CodedError } from '../protocol/coded-error.ts';
import { batchCommand } from './commands/batch.ts';
import { decideCommand } from './commands/decide.ts';
import { demoCommand } from './commands/demo.ts';
import { editCommand } from './commands/edit.ts';
import { editsCommands } from './commands/edits.ts';
import { exchangeCommands } from './commands/exchange.ts';
import { generateCommand } from './commands/generate.ts';
import { inspectCommand } from './commands/inspect.ts';
import { scoreCommand } from './commands/score.ts';
import { EXIT, writeError, writeOutcome, type ExitCode, type Outcome } from './output.ts';

/** Runs a command's work and prints what it found. */
export type Run = (flags: { readonly json?: boolean }, work: () => Outcome | Promise<Outcome>) => Promise<void>;

const COMMANDS = [
  inspectCommand, generateCommand, scoreCommand, editCommand, batchCommand, editsCommands, decideCommand, exchangeCommands, demoCommand,
]; // prettier-ignore

/** Runs the command line `args` (without the program's name) and returns its exit code. */
export async function runProgram(args: readonly string[], version: string): Promise<ExitCode> {
  let exit: ExitCode = EXIT.done;
  const run: Run = async (flags, work) => {
    const outcome = await work();
    writeOutcome(outcome, flags.json === true);
    exit = outcome.exit ?? EXIT.done;
  };
  const asJson = args.includes('--json');
  const program = new Command('grace')
    .description('Correct a language model you run yourself, one edit at a time, without touching its weights.')
    .version(version)
    .configureOutput({ writeErr: () => undefined }) // the error below says it, once
    .exitOverride();
  for (const register of COMMANDS) register(program, run);
  for (const command of program.commands) command.option('--json', 'print one JSON document on stdout').exitOverride();
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) return writeError(error, asJson);
    if (error.exitCode === 0) return EXIT.done; // --help and --version have printed
    if (error.code === 'commander.help') process.stderr.write(program.helpInformation());
    else return writeError(wrongUse(error), asJson);
    return EXIT.badInput;
  }
  return exit;
}

function wrongUse(error: CommanderError): CodedError {
  const message = error.message.replace(/^error: /, '').replace(/\.?$/, '.');
  return new CodedError('bad-argument', `${message.charAt(0).toUpperCase()}${message.slice(1)}`, 'See grace --help.');
}
