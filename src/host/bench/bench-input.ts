import * as z from 'zod';

import type { BenchHostApi, BenchInput } from '../../protocol/bench-api.ts';
import type { BenchSettings, EditDraft, PromptDraft } from '../../protocol/bench-state.ts';
import { CodedError } from '../../protocol/coded-error.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { CallContext, Handlers } from '../../protocol/rpc.ts';

/** No prompt that a model here can read is longer; what is longer did not come from our page. */
const LONG_TEXT = 400_000;
const SHORT_TEXT = 2_000;
const MANY = 500;

const longText = z.string().max(LONG_TEXT);
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const nothing = z.null();

const messages = z
  .array(z.strictObject({ role: z.string().max(SHORT_TEXT), content: longText }))
  .max(MANY)
  .readonly();

export const promptSchema: z.ZodType<Prompt> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), text: longText }),
  z.strictObject({ kind: z.literal('chat'), messages, answer: longText.optional() }),
]);

export const promptDraftSchema: z.ZodType<PromptDraft> = z.strictObject({
  kind: z.enum(['text', 'chat']),
  text: longText,
  messages,
});

export const settingsSchema: z.ZodType<BenchSettings> = z.strictObject({
  sampling: z.strictObject({
    temperature: z.number().min(0).max(100),
    topK: count,
    topP: z.number().min(0).max(1),
    repetitionPenalty: z.number().positive().max(100),
    seed: count,
  }),
  maxTokens: z.int().min(1).max(1_000_000),
  stop: z.array(z.string().max(SHORT_TEXT)).max(MANY).readonly(),
  compare: z.boolean(),
  shading: z.boolean(),
});

export const editDraftSchema: z.ZodType<EditDraft> = z.strictObject({
  prompt: promptSchema,
  wrong: longText,
  target: longText,
  ends: z.boolean(),
  rephrasings: z.array(longText).max(MANY).readonly(),
  probes: z.array(longText).max(MANY).readonly(),
  defaultProbes: z.boolean(),
  radius: z.number().positive().nullable(),
  replace: z.enum(['replace_last', 'replace_prompt', 'replace_all']),
  steps: z.int().min(1).max(100_000).nullable(),
  learningRate: z.number().positive().nullable(),
});

const inputSchema: z.ZodType<BenchInput> = z.strictObject({
  prompt: promptDraftSchema.optional(),
  settings: settingsSchema.optional(),
  draft: editDraftSchema.optional(),
});

const schemas = {
  state: nothing,
  change: inputSchema,
  generate: nothing,
  stop: nothing,
  render: nothing,
  showRun: z.strictObject({ run: count }),
  select: z.strictObject({ run: count, side: z.enum(['edited', 'unedited']), from: count, to: count }),
  discardDraft: nothing,
  check: nothing,
  apply: nothing,
  undo: nothing,
  revealEdit: z.strictObject({ edit: count }),
  chooseHook: z.strictObject({ hook: z.string().max(SHORT_TEXT) }),
  openModel: nothing,
  tryDemo: nothing,
  dismissProblem: nothing,
} satisfies { readonly [Name in keyof BenchHostApi]: z.ZodType<Parameters<BenchHostApi[Name]>[0]> };

/** The handlers, each behind a check of what the page sent: what is not as it must be is answered with `bad-argument`. */
export function validated(handlers: Handlers<BenchHostApi>): Handlers<BenchHostApi> {
  const guarded = (Object.keys(schemas) as (keyof BenchHostApi)[]).map((method) => {
    const handle = handlers[method] as (params: unknown, context: CallContext) => unknown;
    return [
      method,
      (params: unknown, context: CallContext) => {
        const parsed = schemas[method].safeParse(params);
        if (!parsed.success) {
          throw new CodedError('bad-argument', `The page sent something else than ${method} takes.`, '', { method });
        }
        return handle(parsed.data, context);
      },
    ];
  });
  return Object.fromEntries(guarded) as Handlers<BenchHostApi>;
}
