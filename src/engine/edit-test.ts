import { CodedError } from '../protocol/coded-error.ts';
import type { EditTest } from '../protocol/engine-api.ts';
import type { Engine } from './engine.ts';
import { GREEDY } from './generation/sampler.ts';

/** Whether an output is the target, or begins with it where the answer does not end there. */
export function holds(output: string, target: string, ends: boolean): boolean {
  return ends ? output.trim() === target.trim() : output.trim().startsWith(target.trim());
}

/**
 * Asks the prompts of an edit again, greedily and through the codebook as it is now.
 *
 * @param maxTokens length of the outputs; at least as long as the target
 * @throws CodedError `edit-unknown`; `cancelled`
 */
export async function testEdit(
  engine: Engine,
  edit: number,
  maxTokens: number,
  signal?: AbortSignal,
): Promise<EditTest> {
  const record = engine.codebook?.stored.history.edits.get(edit)?.record;
  if (!record) throw new CodedError('edit-unknown', `There is no edit ${edit}.`, 'List the edits to see their numbers.', { edit }); // prettier-ignore
  const { target, label } = record;
  const ends = engine.endIds.has(label.at(-1)!);
  const prompts: EditTest['prompts'][number][] = [];
  for (const prompt of [record.prompt, ...record.rephrasings]) {
    const { text, decision } = await engine.generate(prompt, {
      ...{ maxTokens: Math.max(maxTokens, label.length + 1), sampling: GREEDY, stop: [] },
      ...{ cache: true, edits: true, signal },
    });
    if (signal?.aborted) throw new CodedError('cancelled', 'The test was cancelled.');
    prompts.push({ prompt, expected: target, output: text, holds: holds(text, target, ends), decision });
  }
  return { edit, prompts };
}
