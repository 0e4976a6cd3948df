import * as z from 'zod/mini';

import { CodedError } from '../../protocol/coded-error.ts';
import type { EvaluationHostApi } from '../../protocol/evaluation-state.ts';
import { METHODS } from '../../protocol/evaluation.ts';
import type { CallContext, Handlers } from '../../protocol/rpc.ts';

const nothing = z.null();
const path = z.string().check(z.minLength(1), z.maxLength(8_000));
const method = z.enum(METHODS);

const schemas = {
  state: nothing,
  chooseExperiment: z.strictObject({ file: path }),
  openExperiment: nothing,
  chooseMethods: z.strictObject({ methods: z.readonly(z.array(method).check(z.maxLength(METHODS.length))) }),
  run: z.strictObject({ anew: z.boolean() }),
  sweep: nothing,
  stop: nothing,
  showRun: z.strictObject({ folder: path }),
  compare: z.strictObject({ folder: z.nullable(path) }),
  locate: z.strictObject({ prompt: z.string().check(z.minLength(1), z.maxLength(100_000)) }),
  openEdit: z.strictObject({ run: path, method, row: z.int().check(z.gte(0)) }),
  export: nothing,
  dismissProblem: nothing,
} satisfies { readonly [Name in keyof EvaluationHostApi]: z.ZodMiniType<Parameters<EvaluationHostApi[Name]>[0]> };

/** The handlers, each behind a check of what the page sent: what is not as it must be is answered with `bad-argument`. */
export function checked(handlers: Handlers<EvaluationHostApi>): Handlers<EvaluationHostApi> {
  const guarded = (Object.keys(schemas) as (keyof EvaluationHostApi)[]).map((name) => {
    const handle = handlers[name] as (params: unknown, context: CallContext) => unknown;
    return [
      name,
      (params: unknown, context: CallContext) => {
        const parsed = schemas[name].safeParse(params);
        if (!parsed.success)
          throw new CodedError('bad-argument', `The page sent something else than ${name} takes.`, '', {
            method: name,
          });
        return handle(parsed.data, context);
      },
    ];
  });
  return Object.fromEntries(guarded) as Handlers<EvaluationHostApi>;
}
