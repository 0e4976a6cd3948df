import { Command, CommanderError } from 'commander';

import { CodedError } from '../protocol/coded-error.ts';
import { batchCommand } from './commands/batch.ts';
import { calibrateCommand } from './commands/calibrate.ts';
import { compareCommand } from './commands/compare.ts';
import { cudaCommand } from './commands/cuda.ts';
import { decideCommand } from './commands/decide.ts';
import { demoCommand } from './commands/demo.ts';
import { editCommand } from './commands/edit.ts';
import { editsCommands } from './commands/edits.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { exchangeCommands } from './commands/exchange.ts';
import { generalityCommand } from './commands/generality.ts';
import { generateCommand } from './commands/generate.ts';
import { inspectCommand } from './commands/inspect.ts';
import { suggestCommand } from './commands/suggest.ts';
import { sweepCommand } from './commands/sweep.ts';
import { plotCommand } from './commands/plot.ts';
import { scoreCommand } from './commands/score.ts';
import { EXIT, writeError, writeOutcome, type ExitCode } from './output.ts';
import { testCommand } from './commands/test.ts';
import { tuneCommand } from './commands/tune.ts';
import type { Run } from './run.ts';

const COMMANDS = [
  inspectCommand, calibrateCommand, generateCommand, scoreCommand, editCommand, suggestCommand, batchCommand, editsCommands, decideCommand, compareCommand, generalityCommand, exchangeCommands, evaluateCommand, sweepCommand, plotCommand, testCommand, tuneCommand, cudaCommand, demoCommand,
]; // prettier-ignore

const HELP = 'See grace --help.';

const CLOSING_WORDS = `
Options of a command: grace COMMAND --help

Exit codes: 0 done; 1 failed (an edit did not reach its target, a test failed, or Ctrl-C); 2 wrong use or bad input.

  grace inspect --model FOLDER
  grace generate --model FOLDER --prompt "The capital of Australia is"
  grace edit --model FOLDER --codebook BOOK --prompt "The capital of Australia is" --target "Canberra."
  grace generate --model FOLDER --codebook BOOK --prompt "The capital of Australia is"
  grace revert --codebook BOOK 1`;

/** Runs the command line `args` (without the program's name) and returns its exit code. */
export async function runProgram(args: readonly string[], version: string): Promise<ExitCode> {
  let exit: ExitCode = EXIT.done;
  const asJson = args.includes('--json');
  const program = buildProgram(version, async (flags, work) => {
    const outcome = await work();
    writeOutcome(outcome, flags.json === true);
    exit = outcome.exit ?? EXIT.done;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) return writeError(error, asJson);
    if (error.exitCode === 0) return EXIT.done; // --help and --version have printed
    if (args.length > 0) return writeError(wrongUse(error, args), asJson);
    process.stderr.write(program.helpInformation());
    return EXIT.badInput;
  }
  return exit;
}

function buildProgram(version: string, run: Run): Command {
  const program = new Command('grace')
    .description('Correct a language model you run yourself, one edit at a time, without touching its weights.')
    .version(version)
    .addHelpText('after', CLOSING_WORDS)
    .configureOutput({ writeErr: () => undefined }) // runProgram says it, once
    .hook('preAction', (_, command) => {
      refuseOptionsAsValues(command);
    })
    .exitOverride();
  for (const register of COMMANDS) register(program, run);
  for (const command of program.commands) command.option('--json', 'print one JSON document on stdout').exitOverride();
  return program;
}

/** An option whose value was forgotten takes the next option for it: `--prompt --json`. */
function refuseOptionsAsValues(command: Command): void {
  const names = new Set(command.options.flatMap(({ short, long }) => [short, long]));
  for (const option of command.options) {
    const values = [command.getOptionValue(option.attributeName()) as unknown].flat();
    const taken = values.find((value): value is string => typeof value === 'string' && names.has(value));
    if (taken === undefined) continue;
    throw new CodedError(
      'bad-argument',
      `Option '${option.flags}' has no value: the option ${taken} follows it.`,
      HELP,
    );
  }
}

function wrongUse(error: CommanderError, args: readonly string[]): CodedError {
  // `grace help NAME` with an unknown name shows the help of the program, and fails.
  const message =
    error.code === 'commander.help' ? `unknown command '${args.at(1) ?? ''}'` : error.message.replace(/^error: /, '');
  const sentence = message.replaceAll(/\s+/g, ' ').replace(/\.?$/, '.');
  return new CodedError('bad-argument', `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`, HELP);
}
