import { reportError } from '../protocol/coded-error.ts';
import { visible } from './visible.ts';

/** Exit codes: done; failed (an edit did not reach its target, Ctrl-C, or a fault of ours); wrong use or bad input. */
export const EXIT = { done: 0, failed: 1, badInput: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command found: one JSON document for scripts, or text for people. */
export interface Outcome {
  readonly json: unknown;
  readonly text: string;
  readonly exit?: ExitCode;
}

/** An error's message may quote a file of any length. */
const LONGEST_MESSAGE = 1000;

/** Writes the one document that a command has for stdout. */
export function writeOutcome({ json, text }: Outcome, asJson: boolean): void {
  process.stdout.write(asJson ? `${JSON.stringify(json)}\n` : text.endsWith('\n') || text === '' ? text : `${text}\n`);
}

/** Says what went wrong: on stderr for people, in one line; as the one document on stdout for scripts. Never a stack trace. */
export function writeError(error: unknown, asJson: boolean): ExitCode {
  const told = reportError(error);
  const report = { ...told, message: told.message.replaceAll(/\s+/g, ' ') };
  if (asJson) process.stdout.write(`${JSON.stringify({ error: report })}\n`);
  const sentence = visible(report.message);
  const short = sentence.length > LONGEST_MESSAGE ? `${sentence.slice(0, LONGEST_MESSAGE)}…` : sentence;
  process.stderr.write(`grace: ${short}${report.advice ? ` ${report.advice}` : ''}\n`);
  return report.code === 'internal' || report.code === 'cancelled' ? EXIT.failed : EXIT.badInput;
}

/** A note beside the result; stderr, so that stdout holds the result alone. */
export function note(text: string): void {
  process.stderr.write(`${visible(text)}\n`);
}
