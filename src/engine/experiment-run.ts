import { createHash } from 'node:crypto';
import path from 'node:path';

import { CodedError } from '../protocol/coded-error.ts';
import { NO_DECISION } from '../protocol/decision.ts';
import type { RunKind } from '../protocol/evaluation-state.ts';
import {
  GROUPS,
  type AnswerLine,
  type EvaluationLine,
  type EvaluationResult,
  type MethodName,
} from '../protocol/evaluation.ts';
import { Engine } from './engine.ts';
import { AdaptorMethod } from './evaluation/adaptor-method.ts';
import { DEFER, MEMORY } from './evaluation/adaptor.ts';
import { targetOf } from './evaluation/answer.ts';
import {
  identityOfExperiment,
  parseExperiment,
  radiusOf,
  resolvePath,
  type Experiment,
} from './evaluation/experiment.ts';
import { FineTuning } from './evaluation/fine-tuning.ts';
import { GraceMethod } from './evaluation/grace-method.ts';
import { remembering } from './evaluation/known-answers.ts';
import { readMaterial, type Material } from './evaluation/material.ts';
import type { Method, Workbench } from './evaluation/method.ts';
import { notesOn } from './evaluation/notes.ts';
import { readResult } from './evaluation/result.ts';
import { RunFolder } from './evaluation/run-folder.ts';
import { whileWriting } from './evaluation/run-lock.ts';
import {
  asking,
  everything,
  runMethod,
  runUnedited,
  UNEDITED,
  workOf,
  type Respond,
  type UneditedOutputs,
} from './evaluation/run-method.ts';
import { InContext, Unedited } from './evaluation/unedited.ts';
import { EuclideanRouter } from './grace/router.ts';
import { measureRadius, type MeasuredRadius } from './grace/measure-radius.ts';
import { decodeText, readInputFile } from './text/input-file.ts';
import { keyNameOf, parseKeyName } from './key-name.ts';
import { HookedModel } from './models/hooked-model.ts';
import { Model } from './models/model.ts';
import type { DeviceChoice } from './runtime/device.ts';

export interface ExperimentOptions {
  /** Folder of the run; it is made, or gone on with. */
  readonly out: string;
  readonly device: DeviceChoice;
  /** Instead of those that the experiment names. */
  readonly methods?: readonly MethodName[] | undefined;
  readonly signal: AbortSignal;
  /** Told of the work before it begins, then of what is done, in edits and answers. */
  readonly onStart?: ((method: MethodName | 'unedited', work: number) => void) | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Told of each line of a method's log when it is written. */
  readonly onLine?: ((method: MethodName, line: EvaluationLine) => void) | undefined;
}

/** Errors: `bad-input-file` when it cannot be read or is no experiment. */
export function readExperiment(file: string): Experiment {
  const content = decodeText(readInputFile(file));
  if (content === undefined) throw new CodedError('bad-input-file', `${file} is not text in UTF-8.`, 'Check the file.');
  return parseExperiment(content, file);
}

/** An experiment with its model open. */
export interface OpenExperiment {
  readonly experiment: Experiment;
  readonly base: Engine;
  readonly bench: Workbench;
  readonly material: Material;
}

/**
 * Opens an experiment's model, unedited, at a hook point.
 *
 * @param replace the experiment's own hook point where absent
 */
export async function openExperiment(
  experiment: Experiment,
  device: DeviceChoice,
  replace = experiment.settings.hook,
): Promise<OpenExperiment> {
  const { settings, seed } = experiment;
  const base = await Engine.open({
    model: resolvePath(experiment, experiment.model),
    device,
    precision: settings.precision,
    mode: 'read',
    router: 'grace',
    replace,
    key: settings.key === undefined ? undefined : parseKeyName(settings.key),
  });
  try {
    const { network } = base.model.model;
    const bench = { network, tokenizer: base.tokenizer, endIds: base.endIds, settings, seed };
    const material = readMaterial(experiment, (prompt, target) => {
      const lesson = targetOf(bench, prompt, target);
      return lesson.prompt.ids.length + lesson.targetIds.length <= network.contextLength;
    });
    if (material.stream.length === 0)
      throw new CodedError('bad-input-file', 'No edit of the experiment fits the model.', 'Use another model or data.');
    return { experiment, base, bench, material };
  } catch (error) {
    await base.dispose();
    throw error;
  }
}

/**
 * Runs an experiment: the unedited model once, then every method on the same stream. Whatever is interrupted, even by force, goes
 * on where it stopped when it is run again with the same folder; the numbers are those of an uninterrupted run.
 *
 * @throws CodedError `cancelled`; `bad-input-file` for the experiment or its data; `bad-argument` when the folder holds something
 * else; `codebook-locked` while somebody else writes to it; and those of opening a model.
 */
export async function runExperiment(experiment: Experiment, options: ExperimentOptions): Promise<EvaluationResult> {
  const open = await openExperiment(experiment, options.device);
  const { base, bench, material } = open;
  try {
    const run = await beginRun(open, options.out);
    const watch = { signal: options.signal, onProgress: options.onProgress ?? ((): void => undefined) };
    const unedited = new Unedited(base.model);
    const prompts = everything(material).reduce((sum, [, items]) => sum + items.length, 0);
    options.onStart?.(UNEDITED, prompts);
    const before = await runUnedited(run.folderOf(UNEDITED), asking(bench, unedited), material, watch);
    const outputs: UneditedOutputs = new Map(
      GROUPS.map((group) => [group, before.filter((line) => line.group === group).map(({ output }) => output)]),
    );
    for (const name of options.methods ?? experiment.methods) {
      options.onStart?.(name, workOf(material, experiment));
      const folder = run.folderOf(name);
      await whileWriting(folder, async () => {
        const method = name === 'none' ? unedited : await createMethod(name, open, options.device, folder);
        try {
          const respond = respondOf(name === 'none' ? undefined : method, bench, before);
          await runMethod(folder, method, respond, material, experiment, outputs, {
            ...watch,
            onLine: (line) => options.onLine?.(name, line),
          });
        } finally {
          await method.dispose();
        }
      });
    }
    return readResult(run);
  } finally {
    await base.dispose();
  }
}

/** @param method absent for the unedited model */
function respondOf(method: Method | undefined, bench: Workbench, before: readonly AnswerLine[]): Respond {
  if (!method) return recalling(before);
  return method.onlyPutsIn ? remembering(bench, method, before) : asking(bench, method);
}

/** The unedited model says the same again. */
const recalling = (answers: readonly AnswerLine[]): Respond => {
  const known = new Map(answers.map((line) => [`${line.group} ${line.row}`, line]));
  return ({ row }, group) => {
    const { output, exact, f1, forced, nll } = known.get(`${group} ${row}`)!;
    return Promise.resolve({ output, exact, f1, forced, nll, decision: NO_DECISION });
  };
};

/** @param kind runs of one kind agree with no run of another */
export function beginRun(
  { experiment, base, material }: OpenExperiment,
  out: string,
  kind: RunKind = 'evaluation',
): Promise<RunFolder> {
  const { model } = base.model;
  const groups = everything(material);
  const asked = createHash('sha256').update(JSON.stringify(groups)).digest('hex');
  return RunFolder.begin(out, kind, [kind, identityOfExperiment(experiment), model.fingerprint, asked], async () => {
    const measured = await measureBase(base);
    return {
      name: experiment.name,
      title: experiment.title,
      task: experiment.task,
      model: { name: model.folder.name, architecture: model.architecture, fingerprint: model.fingerprint },
      hook: { replace: base.model.replace.path, key: keyNameOf(base.model) },
      radius: radiusOf(experiment.settings.radius, measured.radius),
      seed: experiment.seed,
      stream: material.stream.length,
      prompts: Object.fromEntries(groups.map(([group, items]) => [group, items.length])),
      tooLong: material.tooLong,
      unusable: material.unusable,
      notes: notesOn(experiment),
    };
  });
}

/** The radius of GRACE's own router at the hook point of an open model. */
export function measureBase({ model, tokenizer }: Engine): Promise<MeasuredRadius> {
  return measureRadius(model, new EuclideanRouter(model.keys[0]!), tokenizer);
}

async function createMethod(
  name: MethodName,
  { experiment, base, bench }: OpenExperiment,
  device: DeviceChoice,
  folder: string,
): Promise<Method> {
  switch (name) {
    case 'none':
      return new Unedited(base.model);
    case 'in-context':
      return new InContext(base.model, bench);
    case 'defer':
    case 'memory':
      return AdaptorMethod.create(
        name === 'defer' ? DEFER : MEMORY,
        base.model,
        base.device.used,
        bench,
        experiment.baselines,
      );
    case 'ft':
    case 'ft-ewc':
    case 'ft-retrain': {
      const model = new Model(resolvePath(experiment, experiment.model), { precision: bench.settings.precision });
      const replace = experiment.baselines.weight ?? weightNear(base.model);
      const hooked = await HookedModel.open(model, base.device.used, { replace, trained: 'weight' });
      return FineTuning.create(name, hooked, bench, experiment.baselines);
    }
    case 'grace':
    case 'grace-two-part': {
      const engine = await Engine.open({
        model: resolvePath(experiment, experiment.model),
        device,
        precision: bench.settings.precision,
        codebook: path.join(folder, 'codebook'),
        mode: 'write',
        ...(name === 'grace'
          ? { router: 'grace', replace: base.model.replace.path, key: base.model.keys[0] }
          : { router: 'two-part', replace: experiment.settings.hook }),
      });
      // The two-part router's radius is no distance of the hook point: it stays the router's own.
      const radius = name === 'grace' ? bench.settings.radius : '1x';
      return new GraceMethod(name, engine, bench, radiusOf(radius, engine.measuredRadius!));
    }
  }
}

/** The linear module whose weight is tuned: the edited module, or the last one in the edited block. */
function weightNear({ model, replace }: HookedModel): string {
  if (replace.kind === 'linear') return replace.path;
  const inBlock = model.hookPoints.filter(({ kind, block }) => kind === 'linear' && block === replace.block);
  return inBlock.at(-1)!.path;
}
