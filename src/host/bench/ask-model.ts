import type { BenchOutput } from '../../protocol/bench-state.ts';
import type { GenerateParams, GenerateProgress } from '../../protocol/engine-api.ts';
import type { Watch } from '../engine/watch.ts';
import type { Session } from '../session.ts';

/** Has the open model answer, whatever its kind: a classifier says all its classes at once, the others token by token. */
export async function askModel(
  session: Pick<Session, 'model' | 'generate' | 'classify'>,
  params: GenerateParams,
  watch: Watch<GenerateProgress>,
): Promise<BenchOutput> {
  if (session.model?.description.kind === 'classifier') {
    const { classes, decision } = await session.classify(params.prompt, params.edits);
    return { tokens: [], decision, finish: 'eos', classes };
  }
  const { tokens, decision, finish } = await session.generate(params, watch);
  return { tokens, decision, finish };
}
