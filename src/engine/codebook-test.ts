import { CodedError } from '../protocol/coded-error.ts';
import type { CodebookNotice, ListedEdit } from '../protocol/edit.ts';
import type { CodebookTest, PromptTest, TestedEdit } from '../protocol/edit-test.ts';
import { EditTester, unknownEdit } from './edit-test.ts';
import type { Engine } from './engine.ts';
import { summarize } from './grace/codebook-summary.ts';

export interface CodebookTestOptions {
  /** Length of the outputs of prompts; at least as long as the target. */
  readonly maxTokens: number;
  /** These edits alone; all when absent. */
  readonly edits?: readonly number[] | undefined;
  /** Ends the run after the prompt that is being asked; what was tested is reported. */
  readonly signal: AbortSignal;
  readonly onStart?: ((of: number) => void) | undefined;
  readonly onEdit?: ((tested: TestedEdit) => void) | undefined;
}

/** Notices that mean that the files do not hold what was once acknowledged, such as after a merge by hand. */
const FAULTS: ReadonlySet<CodebookNotice['kind']> = new Set(['bad-line', 'torn-tail', 'duplicate-edit', 'unknown-edit', 'vector-damaged']); // prettier-ignore

/**
 * Asks every prompt of a codebook's edits again: whether the edits hold, and whether their probes answer as before. Disabled
 * edits are passed over; a damaged one counts as failed.
 *
 * @throws CodedError `edit-unknown`; `bad-argument` for an edit that was reverted
 */
export async function testCodebook(engine: Engine, options: CodebookTestOptions): Promise<CodebookTest> {
  const started = performance.now();
  const { signal, onStart, onEdit } = options;
  const folder = engine.codebook!;
  const wanted = select(folder.edits, options.edits);
  const tester = new EditTester(engine, options.maxTokens);
  const edits: TestedEdit[] = [];
  onStart?.(wanted.length);
  for (const listed of wanted) {
    const tested = await untilAborted(signal, () => testListed(tester, listed, signal));
    if (!tested) break;
    edits.push(tested);
    onEdit?.(tested);
  }
  const left = wanted.length - edits.length;
  const faults = folder.notices.filter(({ kind }) => FAULTS.has(kind)).map(({ message }) => message);
  const all = edits.flatMap(({ prompts }) => prompts);
  const count = (outcome: PromptTest['outcome']): number => all.filter((each) => each.outcome === outcome).length;
  return {
    codebook: summarize(folder),
    edits,
    prompts: { held: count('holds'), failed: count('fails'), superseded: count('superseded') },
    left,
    faults,
    passed:
      left === 0 && faults.length === 0 && edits.every(({ outcome }) => outcome === 'held' || outcome === 'skipped'),
    seconds: (performance.now() - started) / 1000,
  };
}

function select(all: readonly ListedEdit[], edits: readonly number[] | undefined): readonly ListedEdit[] {
  const there = all.filter(({ state }) => state !== 'reverted');
  if (!edits) return there;
  for (const edit of edits) {
    if (there.some(({ record }) => record.edit === edit)) continue;
    if (!all.some(({ record }) => record.edit === edit)) throw unknownEdit(edit);
    throw new CodedError('bad-argument', `Edit ${edit} was reverted, so there is nothing to test.`, '', { edit });
  }
  return there.filter(({ record }) => edits.includes(record.edit));
}

async function testListed(
  tester: EditTester,
  { record: { edit }, title, state }: ListedEdit,
  signal: AbortSignal,
): Promise<TestedEdit> {
  if (state !== 'live')
    return { edit, title, state, outcome: state === 'damaged' ? 'damaged' : 'skipped', prompts: [] };
  const { prompts } = await tester.test(edit, undefined, signal);
  const outcome = prompts.some((each) => each.outcome === 'fails') ? 'failed' : 'held';
  return { edit, title, state, outcome, prompts };
}

/** Undefined when the signal ends it. */
async function untilAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  try {
    return await work();
  } catch (error) {
    if (error instanceof CodedError && error.code === 'cancelled') return undefined;
    throw error;
  }
}
