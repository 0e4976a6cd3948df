import { CodedError } from '../../src/protocol/coded-error.ts';
import { mutated, randomOf } from './mutation.ts';

/** A reader of something that anybody may have made. */
export interface Parser {
  readonly name: string;
  /** Sound inputs, which are damaged in every way. */
  readonly samples: readonly Uint8Array[];
  /** Reads to the end, or throws a CodedError; anything else is a fault. */
  parse(bytes: Uint8Array): void;
}

export interface FuzzResult {
  readonly parser: string;
  readonly inputs: number;
  /** Inputs that were read without an error. */
  readonly sound: number;
  readonly slowestMs: number;
  /** How much one input has raised the most memory that the process ever had, in MiB. */
  readonly mostMiB: number;
  readonly faults: readonly string[];
}

const MAX_MS = 2000;
/** Memory for one input: four times its size, or this many bytes. The garbage of earlier inputs is counted as well. */
const MEMORY_CAP = 64 * 2 ** 20;

/** Feeds a parser with damaged samples; the same inputs for the same seed. */
export function fuzz(parser: Parser, inputs: number, seed: number): FuzzResult {
  const { name, samples } = parser;
  let [sound, slowestMs, mostMiB] = [0, 0, 0];
  const faults: string[] = [];
  for (let at = 0; at < inputs; at++) {
    const random = randomOf(seed + at);
    const bytes = mutated(random, samples[random(samples.length)]!, samples);
    const before = process.resourceUsage().maxRSS;
    const started = performance.now();
    const fault = (what: string): void => {
      if (faults.length < 20) faults.push(`${name}, input ${seed + at} (${bytes.length} bytes): ${what}`);
    };
    try {
      parser.parse(bytes);
      sound++;
    } catch (error) {
      if (!(error instanceof CodedError))
        fault(error instanceof Error ? (error.stack ?? error.message) : String(error));
      else if (error.message.length > 2000)
        fault(`an error of ${error.message.length} characters: ${error.message.slice(0, 200)}`);
    }
    const milliseconds = performance.now() - started;
    const grown = (process.resourceUsage().maxRSS - before) * 1024;
    slowestMs = Math.max(slowestMs, milliseconds);
    mostMiB = Math.max(mostMiB, grown / 2 ** 20);
    if (milliseconds > MAX_MS) fault(`${Math.round(milliseconds)} ms`);
    if (grown > Math.max(MEMORY_CAP, 4 * bytes.length)) fault(`${Math.round(grown / 2 ** 20)} MiB`);
  }
  return { parser: name, inputs, sound, slowestMs, mostMiB, faults };
}
