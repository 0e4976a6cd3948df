import { InvalidArgumentError, Option, type Command } from 'commander';
import type { z } from 'zod';

import { CodedError } from '../protocol/coded-error.ts';
import type { DeviceInUse } from '../protocol/device.ts';
import type { Prompt } from '../protocol/prompt.ts';
import { Engine, type EngineOptions } from '../engine/engine.ts';
import { ROUTERS, type RouterName } from '../engine/grace/router-names.ts';
import { parseKeyName } from '../engine/key-name.ts';
import { PRECISIONS, type Precision } from '../engine/models/model-files.ts';
import { DEVICES, type DeviceChoice } from '../engine/runtime/device.ts';
import { decodeText, messagesSchema, readInputFile } from '../engine/text/input-file.ts';
import { modelPath } from './embedded-models.ts';
import { noteNotices } from './notices.ts';
import { note } from './output.ts';

/** Options of every command that runs a model. */
export interface ModelOptions {
  readonly model: string;
  readonly device: DeviceChoice;
  readonly precision: Precision;
  readonly codebook?: string;
  readonly hook?: string;
  readonly router?: RouterName;
  readonly key?: string;
}

/** Options of every command that asks a model something. */
export interface PromptOptions {
  readonly prompt?: string;
  readonly messages?: string;
  readonly pair?: string;
}

/** The model and where it runs; with `codebook`, where it is edited as well. */
export function addModelOptions(
  command: Command,
  codebook: 'none' | 'optional' | 'required',
  model: 'optional' | 'required' = 'required',
): Command {
  command
    .addOption(
      new Option(
        '--model <folder>',
        'the model: a folder with config.json, tokenizer.json and safetensors, a GGUF file, or one of the words demo, questions, intents',
      )
        .argParser(notEmpty)
        .makeOptionMandatory(model === 'required'),
    )
    .addOption(
      new Option('--device <device>', 'where to compute; the CPU serves where that cannot be')
        .choices(DEVICES)
        .default('auto'),
    )
    .addOption(
      new Option(
        '--precision <precision>',
        'of weights that are quantised: auto computes with them as they are, float32 with what they stand for',
      )
        .choices(PRECISIONS)
        .default('auto'),
    );
  if (codebook === 'none') return command;
  if (codebook === 'optional') command.option('--codebook <folder>', 'codebook of edits to apply', notEmpty);
  if (codebook === 'required') command.requiredOption('--codebook <folder>', 'codebook of edits', notEmpty);
  return command
    .addOption(
      new Option(
        '--router <name>',
        "who decides which edit fires: two-part generalises to rewordings and needs grace calibrate once; grace is the paper's own " +
          "(default: the codebook's, or two-part where the model is calibrated)",
      ).choices(ROUTERS),
    )
    .option(
      '--hook <path>',
      "module whose output is edited, by its PyTorch path (default: the codebook's, or the block at 2/3 depth)",
      notEmpty,
    )
    .option(
      '--key <path[:input|:output][@first|@last|@mask]>',
      "where keys are read, and at which token of an encoder's text (default: the codebook's, or the input of the edited module)",
      notEmpty,
    );
}

export function addPromptOptions(command: Command): Command {
  return command
    .option('--prompt <text>', 'the prompt')
    .option('--pair <text>', 'a second text, for models that judge two together', notEmpty)
    .option(
      '--messages <file>',
      'a chat instead: a JSON array of {"role", "content"}, rendered by the model\'s template',
      notEmpty,
    );
}

export async function openEngine(options: ModelOptions, mode: EngineOptions['mode']): Promise<Engine> {
  const engine = await Engine.open({
    model: modelPath(options.model),
    device: options.device,
    precision: options.precision,
    codebook: options.codebook,
    mode,
    router: options.router,
    replace: options.hook,
    key: options.key === undefined ? undefined : parseKeyName(options.key),
  });
  noteNotices(engine.codebook?.notices ?? []);
  noteDevice(engine.device);
  return engine;
}

/** Says on stderr why another device computes than the one that was asked for. */
export function noteDevice({ used, reason }: DeviceInUse): void {
  if (reason !== null) note(`device: ${reason} The ${used} serves.`);
}

/** A result, and the device where another one computed than the one that was asked for. */
export type OnDevice<T> = T & { readonly device?: DeviceInUse };

/** Opens a model, does something with it, and frees it whatever happens; a new codebook that got no edit goes again. */
export async function withEngine<T extends object>(
  options: ModelOptions,
  mode: EngineOptions['mode'],
  use: (engine: Engine) => Promise<T>,
): Promise<OnDevice<T>> {
  const engine = await openEngine(options, mode);
  try {
    const result = await use(engine);
    return engine.device.reason === null ? result : { ...result, device: engine.device };
  } finally {
    engine.codebook?.closeUnused();
    await engine.dispose();
  }
}

export function readPromptOption({ prompt, messages, pair }: PromptOptions): Prompt {
  if ((prompt === undefined) === (messages === undefined)) {
    throw new CodedError('bad-argument', 'Give either --prompt or --messages.', 'See --help.');
  }
  if (prompt !== undefined) return { ...textPrompt(prompt, '--prompt'), ...(pair === undefined ? {} : { pair }) };
  if (pair !== undefined) throw new CodedError('bad-argument', '--pair goes with --prompt.', 'See --help.');
  return { kind: 'chat', messages: readMessages(messages!) };
}

export function textPrompt(text: string, option: string): Extract<Prompt, { kind: 'text' }> {
  if (text.trim() === '')
    throw new CodedError('bad-argument', `${option} is empty.`, 'Give a text with at least one word.');
  return { kind: 'text', text };
}

function readMessages(file: string): z.infer<typeof messagesSchema> {
  const parsed = messagesSchema.safeParse(parseJson(file));
  if (parsed.success) return parsed.data;
  throw new CodedError(
    'bad-input-file',
    `${file} is not a chat.`,
    'It should hold [{"role": "user", "content": "..."}].',
  );
}

function parseJson(file: string): unknown {
  const text = decodeText(readInputFile(file));
  try {
    if (text !== undefined) return JSON.parse(text);
  } catch {
    // said below
  }
  throw new CodedError('bad-input-file', `${file} is not JSON.`, 'Check the file.');
}

/** Parsers of option values: wrong ones are wrong use. */
export function wholeNumber(least: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (value.trim() === '' || !Number.isSafeInteger(number) || number < least)
      throw new InvalidArgumentError(`It must be a whole number, ${least} or more.`);
    return number;
  };
}

export function numberBetween(least: number, most: number, open = false): (value: string) => number {
  return (value) => {
    const number = Number(value);
    const inside = number >= least && number <= most && !(open && number === least);
    if (value.trim() === '' || !inside)
      throw new InvalidArgumentError(
        most === Infinity
          ? `It must be a number, ${open ? 'more than ' : ''}${least}${open ? '' : ' or more'}.`
          : `It must be a number from ${least} to ${most}.`,
      );
    if (!Number.isFinite(number)) throw new InvalidArgumentError('It must be a finite number.');
    return number;
  };
}

export function notEmpty(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('It is empty.');
  return value;
}

/** An option that may be given several times, without a value to begin with; `otherwise` says what holds then. */
export function repeatable(flags: string, description: string, otherwise = 'none'): Option {
  const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];
  return new Option(flags, `${description} (repeatable)`).argParser(collect).default([], otherwise);
}
