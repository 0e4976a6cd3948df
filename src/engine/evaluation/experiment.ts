import path from 'node:path';
import { z } from 'zod';

import { CodedError } from '../../protocol/coded-error.ts';
import { METHODS, TASKS } from '../../protocol/evaluation.ts';
import { VALUE_FORMS } from '../grace/learn-value.ts';
import { REPLACEMENT_POLICIES } from '../grace/replacement-policy.ts';
import { PRECISIONS } from '../models/model-files.ts';

const text = z.string().min(1);
const count = z.int().positive();

/** A file beside the experiment's; `where` keeps the rows whose fields are so. */
const rows = z.union([
  text.transform((file) => ({ file, where: {} })),
  z.strictObject({ file: text, where: z.record(z.string(), z.unknown()).default({}) }),
]);

const settings = z.strictObject({
  /** Module whose output is edited, and whose weight (or that of its last linear module) is fine-tuned. */
  hook: text.optional(),
  key: text.optional(),
  precision: z.enum(PRECISIONS).default('auto'),
  /** e_init; a string such as "2x" is that many times the measured radius of the hook point. */
  radius: z.union([z.number().nonnegative(), z.string().regex(/^\d+(\.\d+)?x$/)]).default('1x'),
  policy: z.enum(REPLACEMENT_POLICIES).default('replace_last'),
  preset: z.enum(['default', 'paper']).default('default'),
  form: z.enum(VALUE_FORMS).optional(),
  start: z.enum(['warm', 'cold']).optional(),
  steps: count.optional(),
  learningRate: z.number().positive().optional(),
  margin: z.number().nonnegative().optional(),
  /** Whether an answer ends with its target. */
  ends: z.boolean().default(true),
  /** Longest output that is generated, in tokens; a longer target makes it longer. */
  maxTokens: count.default(16),
});

/** The paper's code: learning rates and numbers of its configuration files. */
const baselines = z.strictObject({
  /** Linear module that is fine-tuned; by default the edited one, or the last linear module of the edited block. */
  weight: text.optional(),
  steps: count.default(100),
  learningRate: z.number().positive().default(1e-2),
  ewcLambda: z.number().nonnegative().default(0.1),
  ewcMemory: count.default(10),
  retrainEvery: count.default(50),
  retrainEpochs: count.default(5),
  adaptorLearningRate: z.number().positive().default(1e-1),
  memorySlots: count.default(100),
});

const schema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  title: text,
  /** A model's folder or file, from where the experiment file is; `$NAME/...` begins with an environment variable. */
  model: text,
  task: z.enum(TASKS),
  data: z.strictObject({
    edits: rows,
    /** Twenty ways to ask for each relation: then `edits` are facts, asked in them. */
    wordings: text.optional(),
    holdout: rows.optional(),
    unrelated: rows.optional(),
    accurate: rows.optional(),
  }),
  /** How many of a fact's wordings are streamed; fact: the first ones; row: all rows of all facts are shuffled and cut in two. */
  protocol: z
    .strictObject({ streamed: count.default(10), by: z.enum(['fact', 'row']).default('fact') })
    .default({ streamed: 10, by: 'fact' }),
  /** `file`: the stream in the file's order; `shuffled`: by the seed. */
  order: z.enum(['file', 'shuffled']).default('shuffled'),
  /** Rows of the stream; all of them where absent. */
  size: count.optional(),
  /** Unrelated prompts, accurate ones and held-out wordings at most. */
  prompts: z
    .strictObject({ unrelated: count.default(1000), accurate: count.default(1000), holdout: count.default(1000) })
    .default({ unrelated: 1000, accurate: 1000, holdout: 1000 }),
  seed: z.int().nonnegative().default(0),
  checkpoints: z
    .strictObject({ every: count.default(50), sample: count.default(100) })
    .default({ every: 50, sample: 100 }),
  settings: settings.prefault({}),
  methods: z
    .array(z.enum(METHODS))
    .min(1)
    .default(METHODS.filter((method) => method !== 'grace-two-part')),
  baselines: baselines.prefault({}),
  sweep: z
    .strictObject({
      hooks: z.array(text).min(1),
      radii: z.array(settings.shape.radius.unwrap()).min(1),
      policies: z.array(z.enum(REPLACEMENT_POLICIES)).min(1).optional(),
      size: count.default(200),
    })
    .optional(),
});

/** An experiment as its file says it, with every default filled in, and the folder that its paths start from. */
export interface Experiment extends z.output<typeof schema> {
  readonly folder: string;
}
export type ExperimentSettings = Experiment['settings'];
export type BaselineSettings = Experiment['baselines'];
export type RowsFile = Experiment['data']['edits'];

/**
 * Reads what an experiment file says.
 *
 * @throws CodedError `bad-input-file` with the field that is wrong.
 */
export function parseExperiment(content: string, file: string): Experiment {
  const parsed = schema.safeParse(parseJson(content, file));
  if (parsed.success) return { ...parsed.data, folder: path.dirname(path.resolve(file)) };
  const [issue] = parsed.error.issues;
  const field = issue!.path.length > 0 ? `${issue!.path.join('.')}: ` : '';
  throw new CodedError(
    'bad-input-file',
    `${file} is no experiment (${field}${issue!.message}).`,
    'See docs/evaluation.md.',
  );
}

function parseJson(content: string, file: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw new CodedError('bad-input-file', `${file} is not JSON.`, 'Check the file.');
  }
}

/** A path of an experiment; `$NAME/rest` starts at what the environment variable NAME says. */
export function resolvePath({ folder }: Pick<Experiment, 'folder'>, file: string): string {
  const variable = /^\$(\w+)/.exec(file)?.[1];
  if (variable === undefined) return path.resolve(folder, file);
  const value = process.env[variable];
  if (!value)
    throw new CodedError(
      'bad-argument',
      `The experiment reads ${file}, and the environment variable ${variable} is not set.`,
      `Set ${variable}.`,
    );
  return path.resolve(value, `.${file.slice(variable.length + 1)}`);
}

/** A radius in numbers: what the experiment says, for a hook point whose radius was measured. */
export function radiusOf(radius: ExperimentSettings['radius'], measured: number): number {
  return typeof radius === 'number' ? radius : Number(radius.slice(0, -1)) * measured;
}

/** What a run's numbers depend on; runs that agree in it can be resumed and compared. The methods do not change each other. */
export function identityOfExperiment(experiment: Experiment): unknown {
  const without = ['folder', 'methods', 'sweep', 'title'];
  return Object.fromEntries(Object.entries(experiment).filter(([name]) => !without.includes(name)));
}
