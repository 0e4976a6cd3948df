import { z } from 'zod';
import type { JournalRecord } from '../../protocol/edit.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { VECTORS_NAME } from './vectors.ts';

export const promptSchema: z.ZodType<Prompt> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string(), pair: z.string().optional() }),
  z.object({
    kind: z.literal('chat'),
    messages: z.array(z.object({ role: z.string(), content: z.string() })),
    answer: z.string().optional(),
  }),
]);

const training = z.object({
  start: z.enum(['warm', 'cold']),
  learningRate: z.number(),
  steps: z.int().nonnegative(),
  rows: z.int().positive(),
  firstLoss: z.number(),
  lastLoss: z.number(),
  success: z.boolean(),
  leadIns: z.int().nonnegative().optional(),
});

const id = z.int().positive();
const at = z.iso.datetime();

const probe = z.object({ prompt: promptSchema, answer: z.string(), maxTokens: z.int().positive() });

const edit = z.object({
  op: z.literal('edit'),
  edit: id,
  at,
  prompt: promptSchema,
  target: z.string(),
  label: z.array(z.int()),
  rephrasings: z.array(promptSchema),
  subject: z.string().optional(),
  negatives: z.array(promptSchema).optional(),
  radius: z.number().nonnegative(),
  replace: z.enum(['replace_last', 'replace_prompt', 'replace_all']),
  vectors: z.string().regex(VECTORS_NAME),
  training,
  before: z.string(),
  after: z.string(),
  probes: z.array(probe).optional(),
  source: z.string().optional(),
});

const editSwitch = z.object({ op: z.enum(['disable', 'enable', 'revert']), edit: id, at });
const annotation = z.object({
  op: z.literal('annotate'),
  edit: id,
  at,
  title: z.string().optional(),
  note: z.string().optional(),
  tags: z.array(z.string()).optional(),
});
const editRadius = z.object({ op: z.literal('radius'), edit: id, at, radius: z.number().nonnegative() });

/** What a line of edits.jsonl may hold; fields it does not know are left out. */
export const journalRecord: z.ZodType<JournalRecord> = z.discriminatedUnion('op', [
  edit,
  editSwitch,
  annotation,
  editRadius,
]);
