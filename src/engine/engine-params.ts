import { z } from 'zod';

import { CodedError } from '../protocol/coded-error.ts';
import type { EngineApi } from '../protocol/engine-api.ts';
import { EXPORT_FORMATS } from '../protocol/evaluation-api.ts';
import { METHODS as EVALUATION_METHODS } from '../protocol/evaluation.ts';
import { promptSchema } from './grace/journal-record.ts';
import { REPLACEMENT_POLICIES } from './grace/replacement-policy.ts';
import { PRECISIONS } from './models/model-files.ts';

type Params<Name extends keyof EngineApi> = Parameters<EngineApi[Name]>[0];

const path = z.string().min(1);
const edit = z.int().positive();
const edits = z.array(edit).min(1);

const editParams = z.object({
  prompt: promptSchema,
  target: z.string(),
  rephrasings: z.array(promptSchema),
  subject: z.string().optional(),
  negatives: z.array(promptSchema).optional(),
  probes: z.array(promptSchema),
  ends: z.boolean(),
  radius: z.number().nonnegative().optional(),
  replace: z.enum(REPLACEMENT_POLICIES).optional(),
  steps: z.int().positive().optional(),
  learningRate: z.number().positive().optional(),
  leadIns: z.int().nonnegative().optional(),
});

const method = z.enum(EVALUATION_METHODS);
const runParams = { experiment: path, out: path, device: z.string() };
const runFolders = { runs: z.array(path), sweep: path.optional() };

/** What each call takes. */
const PARAMS: { readonly [Name in keyof EngineApi]: z.ZodType<Params<Name>> } = {
  open: z.object({
    model: path,
    device: z.string(),
    precision: z.enum(PRECISIONS).optional(),
    codebook: path.optional(),
    hook: path.optional(),
    radius: z.number().positive().optional(),
  }),
  openCodebook: z.object({ folder: path }),
  codebook: z.null(),
  close: z.null(),
  generate: z.object({
    prompt: promptSchema,
    maxTokens: z.int().positive(),
    sampling: z.object({
      temperature: z.number(),
      topK: z.number(),
      topP: z.number(),
      repetitionPenalty: z.number(),
      seed: z.number(),
    }),
    stop: z.array(z.string()),
    edits: z.boolean(),
  }),
  suggest: z.object({ prompt: promptSchema, subject: z.string().min(1).optional() }),
  classify: z.object({ prompt: promptSchema, edits: z.boolean() }),
  render: z.object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) }),
  decide: z.object({ prompt: promptSchema }),
  preview: editParams,
  edit: editParams,
  batch: z.object({ file: path }),
  test: z.object({
    edit,
    only: z.array(z.object({ role: z.enum(['prompt', 'rephrasing', 'probe']), at: z.int().nonnegative() })).optional(),
  }),
  calibrate: z.object({
    model: path,
    device: z.string(),
    precision: z.enum(PRECISIONS).optional(),
    again: z.boolean().optional(),
  }),
  outline: z.object({ prompt: promptSchema, subject: z.string().optional() }),
  withFact: z.object({ prompt: promptSchema, edit }),
  tune: z.object({
    model: path,
    device: z.string(),
    precision: z.enum(PRECISIONS).optional(),
    file: path.optional(),
  }),
  switch: z.object({ op: z.enum(['disable', 'enable', 'revert']), edits }),
  annotate: z.object({
    edit,
    title: z.string().optional(),
    note: z.string().optional(),
    tags: z.array(z.string()).optional(),
  }),
  setRadius: z.object({ edit, radius: z.number().nonnegative() }),
  show: z.object({ edit }),
  export: z.object({ file: path, format: z.enum(['safetensors', 'json']), edits: edits.optional() }),
  import: z.object({ file: path }),
  experiment: z.object({ file: path }),
  evaluate: z.object({ ...runParams, methods: z.array(method).min(1) }),
  sweep: z.object(runParams),
  pictures: z.object(runFolders),
  streamedEdit: z.object({ run: path, method, row: z.int().nonnegative() }),
  locate: z.object({ experiment: path, run: path, prompt: z.string().min(1) }),
  exportRuns: z.object({ ...runFolders, format: z.enum(EXPORT_FORMATS), out: path }),
  merge: z.object({ from: path, dryRun: z.boolean() }),
  cudaOffer: z.null(),
  downloadCuda: z.null(),
  removeCuda: z.null(),
};

export const METHODS = Object.keys(PARAMS) as readonly (keyof EngineApi)[];

/** @throws CodedError `bad-argument`, naming the parameter, when a call is not given what it takes. */
export function checkParams<Name extends keyof EngineApi>(method: Name, params: unknown): Params<Name> {
  const { success, data, error } = PARAMS[method].safeParse(params);
  if (success) return data;
  const { path: where, message } = error.issues[0]!;
  const what = [...where, message].join(': ');
  throw new CodedError('bad-argument', `The engine cannot do “${method}” with this (${what}).`, '', { method });
}
