import { z } from 'zod';

import type { BatchReportLine, BatchResult } from '../../src/protocol/batch-result.ts';
import type {
  EditList,
  ExportResult,
  ImportResult,
  MergeResult,
  SwitchResult,
} from '../../src/protocol/codebook-result.ts';
import type { ErrorReport } from '../../src/protocol/coded-error.ts';
import type { CudaState } from '../../src/protocol/cuda.ts';
import type { DevicesReport } from '../../src/protocol/device.ts';
import type { Decision } from '../../src/protocol/decision.ts';
import type { DemoResult } from '../../src/protocol/demo-result.ts';
import type { CodebookSummary, EditDetails, EditResult, EditSummary } from '../../src/protocol/edit-result.ts';
import type { CodebookTest } from '../../src/protocol/edit-test.ts';
import type { Classification } from '../../src/protocol/classification.ts';
import type { Generation, Score } from '../../src/protocol/generation.ts';
import type { ModelDescription } from '../../src/protocol/model-description.ts';
import type { EditSuggestions } from '../../src/protocol/edit-suggestions.ts';
import type { Tuning } from '../../src/protocol/tuning.ts';
import type { Prompt } from '../../src/protocol/prompt.ts';

// The documents of --json, exactly: a member more or less fails, and each shape is held against the type of src/protocol.

const count = z.int().nonnegative();
const prompt: z.ZodType<Prompt> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), text: z.string(), pair: z.string().optional() }),
  z.strictObject({
    kind: z.literal('chat'),
    messages: z.array(z.strictObject({ role: z.string(), content: z.string() })),
    answer: z.string().optional(),
  }),
]);

const errorMembers = {
  code: z.enum([
    'bad-argument', 'bad-input-file', 'model-not-found', 'model-unsupported', 'model-damaged', 'tokenizer-unsupported', 'hook-unknown', 'not-calibrated',
    'context-exceeded', 'codebook-damaged', 'codebook-mismatch', 'codebook-locked', 'codebook-read-only', 'edit-unknown', 'vector-damaged',
    'storage-failed', 'device-unavailable', 'cancelled', 'internal',
  ]), // prettier-ignore
  message: z.string(),
  advice: z.string(),
  data: z.record(z.string(), z.unknown()),
};
const errorReport: z.ZodType<ErrorReport> = z.strictObject(errorMembers);
export const errorDocument = z.strictObject({ error: errorReport });

const match = z.strictObject({
  ...{ found: z.array(z.string()), missing: z.array(z.string()), coverage: z.number(), run: z.number() },
  ...{ score: z.number(), threshold: z.number(), own: z.boolean() },
});
const near = z.strictObject({
  ...{ entry: count, edit: count, distance: z.number(), radius: z.number() },
  match: match.optional(),
});
export const decision: z.ZodType<Decision> = z.strictObject({
  fired: z.boolean(),
  entry: count.nullable(),
  edit: count.nullable(),
  distance: z.number().nullable(),
  radius: z.number().nullable(),
  match: match.optional(),
  nearest: near.nullable(),
});

export const editSuggestions: z.ZodType<EditSuggestions> = z.strictObject({
  subject: z.string(),
  negatives: z.array(z.strictObject({ prompt, score: z.number() })),
});

const alternative = z.strictObject({ id: count, text: z.string(), logprob: z.number() });
export const generation: z.ZodType<Generation> = z.strictObject({
  text: z.string(),
  tokens: z.array(
    z.strictObject({
      id: count,
      text: z.string(),
      logprob: z.number(),
      alternatives: z.array(alternative).length(5),
    }),
  ),
  decision,
  finish: z.enum(['eos', 'stop', 'length', 'context', 'cancelled', 'filled']),
});

export const classification: z.ZodType<Classification> = z.strictObject({
  label: z.string(),
  classes: z.array(z.strictObject({ id: count, label: z.string(), logprob: z.number() })),
  decision,
});

export const score: z.ZodType<Score> = z.strictObject({
  tokens: z.array(alternative.extend({ greedy: z.boolean() })),
  logprob: z.number(),
  perplexity: z.number(),
  decision,
});

const action = z.enum(['add', 'expand', 'reuse', 'split', 'update']);
const moved = z.array(z.strictObject({ edit: count, key: count, fired: count.nullable(), firesNow: count.nullable() }));
export const editResult: z.ZodType<EditResult> = z.strictObject({
  edit: count,
  action,
  success: z.boolean(),
  before: z.string(),
  after: z.string(),
  steps: count,
  rows: count,
  loss: z.array(z.number()),
  learningRate: z.number(),
  radius: z.number(),
  decision,
  orphans: moved,
  displaced: moved,
  relabelled: moved,
  probes: z.array(z.strictObject({ prompt, before: z.string(), after: z.string(), unchanged: z.boolean() })),
  seconds: z.number(),
});

export const batchResult: z.ZodType<BatchResult> = z.strictObject({
  lines: count,
  made: count,
  skipped: count,
  left: count,
  missed: z.array(z.strictObject({ line: count, edit: count })),
  errors: z.array(z.strictObject({ line: count, ...errorMembers })),
  steps: count,
  seconds: z.number(),
  verified: z.strictObject({ held: count, of: count, lost: z.array(count) }).optional(),
});

export const reportLine: z.ZodType<BatchReportLine> = z.strictObject({
  line: count,
  edit: count,
  success: z.boolean(),
  steps: count,
  seconds: z.number(),
});

const state = z.enum(['live', 'disabled', 'reverted', 'damaged']);
const summary: z.ZodType<EditSummary> = z.strictObject({
  edit: count,
  state,
  prompt,
  target: z.string(),
  keys: count,
  at: z.iso.datetime(),
  success: z.boolean(),
  title: z.string(),
  tags: z.array(z.string()),
});
const codebook: z.ZodType<CodebookSummary> = z.strictObject({
  model: z.strictObject({ name: z.string(), architecture: z.string(), fingerprint: z.string() }),
  hook: z.strictObject({ replace: z.string(), key: z.string() }),
  router: z.string(),
  radius: z.number(),
  edits: count,
  live: count,
  entries: count,
  notices: z.array(z.string()),
});
export const editList: z.ZodType<EditList> = z.strictObject({ codebook, edits: z.array(summary) });

export const editDetails: z.ZodType<EditDetails> = z.strictObject({
  op: z.literal('edit'),
  edit: count,
  at: z.iso.datetime(),
  prompt,
  target: z.string(),
  label: z.array(count),
  rephrasings: z.array(prompt),
  subject: z.string().optional(),
  negatives: z.array(prompt).optional(),
  radius: z.number(),
  replace: z.enum(['replace_last', 'replace_prompt', 'replace_all']),
  vectors: z.string(),
  training: z.strictObject({
    start: z.enum(['warm', 'cold']),
    learningRate: z.number(),
    steps: count,
    rows: count,
    firstLoss: z.number(),
    lastLoss: z.number(),
    success: z.boolean(),
  }),
  before: z.string(),
  after: z.string(),
  probes: z.array(z.strictObject({ prompt, answer: z.string(), maxTokens: count })).optional(),
  source: z.string().optional(),
  state,
  title: z.string(),
  note: z.string(),
  tags: z.array(z.string()),
  firstRadius: z.number(),
  entries: z.array(z.strictObject({ entry: count, radius: z.number(), members: z.array(count) })),
});

const promptTest = z.strictObject({
  role: z.enum(['prompt', 'rephrasing', 'probe']),
  at: count,
  prompt,
  expected: z.string(),
  output: z.string(),
  outcome: z.enum(['holds', 'fails', 'superseded']),
  supersededBy: count.nullable(),
  decision,
  seconds: z.number(),
});
export const codebookTest: z.ZodType<CodebookTest> = z.strictObject({
  codebook,
  edits: z.array(
    z.strictObject({
      edit: count,
      title: z.string(),
      state,
      outcome: z.enum(['held', 'failed', 'skipped', 'damaged']),
      prompts: z.array(promptTest),
    }),
  ),
  prompts: z.strictObject({ held: count, failed: count, superseded: count }),
  left: count,
  faults: z.array(z.string()),
  passed: z.boolean(),
  seconds: z.number(),
});

const share = z.strictObject({ held: count, of: count });
const tuningCell = z.strictObject({
  hook: z.string(),
  radius: z.number(),
  multiple: z.number(),
  success: share,
  generality: share,
  locality: share,
});
export const tuning: z.ZodType<Tuning> = z.strictObject({
  model: z.strictObject({ name: z.string(), architecture: z.string(), fingerprint: z.string() }),
  hooks: z.array(
    z.strictObject({
      hook: z.string(),
      measuredRadius: z.number(),
      reached: share,
      steps: z.number(),
      seconds: z.number(),
    }),
  ),
  multiples: z.array(z.number()),
  cells: z.array(tuningCell),
  proposed: tuningCell,
  usual: tuningCell.nullable(),
  edits: count,
  seconds: z.number(),
  errors: z.array(z.strictObject({ line: count, ...errorMembers })),
});

export const switchResult: z.ZodType<SwitchResult> = z.strictObject({
  op: z.enum(['disable', 'enable', 'revert']),
  edits: z.array(count),
  codebook,
});
export const exportResult: z.ZodType<ExportResult> = z.strictObject({
  file: z.string(),
  format: z.enum(['safetensors', 'json']),
  edits: count,
  entries: count,
});
export const mergeResult: z.ZodType<MergeResult> = z.strictObject({
  taken: count,
  same: count,
  conflicts: z.array(z.strictObject({ edit: count, prompt, target: z.string(), action, with: z.array(count) })),
  dryRun: z.boolean(),
  codebook,
});
export const importResult: z.ZodType<ImportResult> = z.strictObject({
  codebook: z.string(),
  imported: count,
  edits: count,
  live: count,
});

export const modelDescription: z.ZodType<ModelDescription> = z.strictObject({
  name: z.string(),
  architecture: z.string(),
  kind: z.enum(['causal', 'encoder-decoder', 'classifier', 'masked']),
  labels: z.array(z.string()).optional(),
  mask: z.string().optional(),
  fingerprint: z.string(),
  parameters: count,
  bytes: count,
  layers: count,
  width: count,
  vocabulary: count,
  contextLength: count,
  chatTemplate: z.boolean(),
  device: z.string(),
  deviceReason: z.string().nullable(),
  devices: z.array(z.string()),
  hookPoints: z.array(
    z.strictObject({
      path: z.string(),
      side: z.enum(['input', 'output']),
      kind: z.enum(['linear', 'block']),
      stack: z.enum(['encoder', 'decoder']),
      block: count,
      size: count,
    }),
  ),
  defaultHook: z.strictObject({ replace: z.string(), key: z.string() }),
});

export const demoResult: z.ZodType<DemoResult> = z.strictObject({
  model: z.string(),
  before: z.string(),
  edits: z.array(editResult),
  unchanged: z.strictObject({ held: count, of: count }),
  checks: z.array(z.strictObject({ what: z.string(), ok: z.boolean() })),
  exported: count,
  seconds: z.number(),
  ok: z.boolean(),
});

export const cudaState: z.ZodType<CudaState> = z.strictObject({
  installed: z.boolean(),
  folder: z.string(),
  bytes: z.number(),
});

export const devicesReport: z.ZodType<DevicesReport> = z.strictObject({
  platform: z.string(),
  runtime: z.string(),
  auto: z.string(),
  devices: z.array(
    z.strictObject({
      device: z.string(),
      installed: z.boolean(),
      started: z.boolean().nullable(),
      checked: z.boolean().nullable(),
      difference: z.number().nullable(),
      adapter: z.string().nullable(),
      reason: z.string().nullable(),
    }),
  ),
});
