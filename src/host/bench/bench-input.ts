import * as z from 'zod/mini';

import type { BenchHostApi, BenchInput } from '../../protocol/bench-api.ts';
import type { BenchSettings, EditDraft, PromptDraft } from '../../protocol/bench-state.ts';
import { CodedError } from '../../protocol/coded-error.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { CallContext, Handlers } from '../../protocol/rpc.ts';

/** No prompt that a model here can read is longer; what is longer did not come from our page. */
const LONG_TEXT = 400_000;
const SHORT_TEXT = 2_000;
const MANY = 500;

const longText = z.string().check(z.maxLength(LONG_TEXT));
const count = z.int().check(z.gte(0));
const nothing = z.null();

const many = <Schema extends z.ZodMiniType>(schema: Schema): z.ZodMiniReadonly<z.ZodMiniArray<Schema>> =>
  z.readonly(z.array(schema).check(z.maxLength(MANY)));

const messages = many(z.strictObject({ role: z.string().check(z.maxLength(SHORT_TEXT)), content: longText }));

export const promptSchema: z.ZodMiniType<Prompt> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), text: longText, pair: z.optional(longText) }),
  z.strictObject({ kind: z.literal('chat'), messages, answer: z.optional(longText) }),
]);

export const promptDraftSchema: z.ZodMiniType<PromptDraft> = z.strictObject({
  kind: z.enum(['text', 'chat']),
  text: longText,
  pair: z.optional(longText),
  messages,
});

export const settingsSchema: z.ZodMiniType<BenchSettings> = z.strictObject({
  sampling: z.strictObject({
    temperature: z.number().check(z.gte(0), z.lte(100)),
    topK: count,
    topP: z.number().check(z.gte(0), z.lte(1)),
    repetitionPenalty: z.number().check(z.positive(), z.lte(100)),
    seed: count,
  }),
  maxTokens: z.int().check(z.gte(1), z.lte(1_000_000)),
  stop: many(z.string().check(z.maxLength(SHORT_TEXT))),
  compare: z.boolean(),
  inContext: z.boolean(),
  shading: z.boolean(),
});

export const editDraftSchema: z.ZodMiniType<EditDraft> = z.strictObject({
  prompt: promptSchema,
  lead: z.optional(longText),
  wrong: longText,
  target: longText,
  ends: z.boolean(),
  rephrasings: many(longText),
  subject: longText,
  negatives: many(longText),
  probes: many(longText),
  defaultProbes: z.boolean(),
  radius: z.nullable(z.number().check(z.positive())),
  replace: z.enum(['replace_last', 'replace_prompt', 'replace_all']),
  steps: z.nullable(z.int().check(z.gte(1), z.lte(100_000))),
  learningRate: z.nullable(z.number().check(z.positive())),
});

const inputSchema: z.ZodMiniType<BenchInput> = z.strictObject({
  prompt: z.optional(promptDraftSchema),
  settings: z.optional(settingsSchema),
  draft: z.optional(editDraftSchema),
});

const schemas = {
  state: nothing,
  change: inputSchema,
  generate: nothing,
  stop: nothing,
  render: nothing,
  showRun: z.strictObject({ run: count }),
  select: z.strictObject({ run: count, side: z.enum(['edited', 'unedited', 'inContext']), from: count, to: count }),
  discardDraft: nothing,
  check: nothing,
  apply: nothing,
  suggest: nothing,
  undo: nothing,
  revealEdit: z.strictObject({ edit: count }),
  chooseHook: z.strictObject({ hook: z.string().check(z.maxLength(SHORT_TEXT)) }),
  openModel: nothing,
  tryDemo: nothing,
  calibrate: nothing,
  createCodebook: nothing,
  dismissProblem: nothing,
} satisfies { readonly [Name in keyof BenchHostApi]: z.ZodMiniType<Parameters<BenchHostApi[Name]>[0]> };

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
