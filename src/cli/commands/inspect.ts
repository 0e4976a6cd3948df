import type { Command } from 'commander';
import pc from 'picocolors';

import { deviceToUse } from '../../engine/device-use.ts';
import { describeModel } from '../../engine/model-description.ts';
import { Model } from '../../engine/models/model.ts';
import type { HookPoint } from '../../engine/models/hook-point.ts';
import { CodedError } from '../../protocol/coded-error.ts';
import type { ModelDescription } from '../../protocol/model-description.ts';
import { inspectDevices } from '../inspect-devices.ts';
import { addModelOptions, noteDevice, type ModelOptions } from '../options.ts';
import { brief } from '../describe.ts';
import { modelPath } from '../embedded-models.ts';
import type { Outcome } from '../output.ts';
import type { Run } from '../run.ts';

interface InspectFlags extends Omit<ModelOptions, 'model'> {
  readonly model?: string;
  readonly devices?: boolean;
  readonly json?: boolean;
}

export function inspectCommand(program: Command, run: Run): void {
  addModelOptions(program.command('inspect'), 'none', 'optional')
    .description('what a model is, and the hook points it can be edited at; with --devices, what it can be computed on')
    .option(
      '--devices',
      'which devices are there, which of them work, and why not; tried with the demo without --model',
    )
    .action((flags: InspectFlags) => run(flags, () => (flags.devices ? inspectDevices(flags) : inspect(flags))));
}

async function inspect({ model: folder, device: choice, precision }: InspectFlags): Promise<Outcome> {
  if (folder === undefined)
    throw new CodedError('bad-argument', "Required option '--model <folder>' not specified.", 'See grace --help.');
  const model = new Model(modelPath(folder), { precision });
  const tokenizer = model.loadTokenizer();
  const device = await deviceToUse(choice, model);
  noteDevice(device);
  const description = describeModel(model, tokenizer, device);
  return { json: description, text: describe(description, model.hookPoints) };
}

function kindOf({ kind, labels, mask }: ModelDescription): readonly string[] {
  switch (kind) {
    case 'causal':
      return [];
    case 'encoder-decoder':
      return ['an encoder that reads the prompt, and a decoder that answers'];
    case 'classifier':
      return [`a classifier of ${labels!.length} classes: ${brief(labels!.join(', '), 200)}`];
    case 'masked':
      return [`fills in what stands at ${mask ?? 'a mask'}`];
  }
}

function describe(model: ModelDescription, hookPoints: readonly HookPoint[]): string {
  const byPath = new Map<string, { in?: number; out?: number; kind: string }>();
  for (const { path, side, size, kind } of hookPoints) {
    byPath.set(path, { ...byPath.get(path), kind, [side === 'input' ? 'in' : 'out']: size });
  }
  const rows = [...byPath].map(([path, { in: from, out: to, kind }]) => {
    const mark = path === model.defaultHook.replace ? pc.green('  ← default') : '';
    return `  ${path.padEnd(44)} ${kind.padEnd(6)} ${String(from).padStart(6)} → ${to}${mark}`;
  });
  return [
    `${model.name}: ${model.architecture}, ${(model.parameters / 1e6).toFixed(1)} M parameters, ${(model.bytes / 1e6).toFixed(1)} MB`,
    `${model.layers} blocks of width ${model.width}, vocabulary ${model.vocabulary}, context ${model.contextLength} tokens, ${model.chatTemplate ? 'with' : 'without'} a chat template`,
    ...kindOf(model),
    `weights ${model.fingerprint.slice(0, 16)}; device ${model.device} (the package has: ${model.devices.join(', ')})`,
    'hook points (module, kind, input → output):',
    ...rows,
  ].join('\n');
}
