import * as z from 'zod/mini';

import type { BenchRun, BenchSettings, BenchState, PromptDraft } from '../../protocol/bench-state.ts';
import { editDraftSchema, promptDraftSchema, settingsSchema } from './bench-input.ts';

/** What of the Edit Bench outlives the window. */
export interface SavedBench {
  readonly state: Pick<BenchState, 'prompt' | 'settings' | 'draft' | 'runs' | 'shown' | 'result'>;
  /** Folder of the codebook that the result is in. */
  readonly resultFolder: string | null;
}

/** Where it is kept; what is read may be of another version of the extension. */
export interface BenchStore {
  read(): unknown;
  write(saved: unknown): void;
}

/** Counts up when what is written can no longer be read. */
const FORMAT = 1;
/** VS Code keeps the whole of a workspace's storage in memory, and warns of more than a few megabytes. */
const MOST_CHARACTERS = 1_500_000;

const savedSchema = z.object({
  format: z.literal(FORMAT),
  prompt: promptDraftSchema,
  settings: settingsSchema,
  draft: z.nullable(editDraftSchema),
  // Written by this extension in this format, and only shown: their insides are taken as they are.
  runs: z.readonly(
    z.array(z.custom<BenchRun>((run: unknown) => typeof run === 'object' && run !== null && 'outputs' in run)),
  ),
  shown: z.nullable(z.int()),
  result: z.custom<BenchState['result']>((result: unknown) => typeof result === 'object'),
  resultFolder: z.nullable(z.string()),
});

export const EMPTY_PROMPT: PromptDraft = { kind: 'text', text: '', messages: [{ role: 'user', content: '' }] };

/** Settings that a person has not touched yet. */
export function startSettings({
  maxTokens,
  temperature,
}: {
  readonly maxTokens: number;
  readonly temperature: number;
}): BenchSettings {
  return {
    sampling: { temperature, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 },
    maxTokens,
    stop: [],
    compare: false,
    inContext: false,
    shading: true,
  };
}

/** What was saved; null when nothing was, or in another format. */
export function readSaved(store: BenchStore): SavedBench | null {
  const parsed = savedSchema.safeParse(store.read());
  if (!parsed.success) return null;
  const { prompt, settings, draft, runs, shown, result, resultFolder } = parsed.data;
  return { state: { prompt, settings, draft, runs: runs.map(ended), shown, result }, resultFolder };
}

/** Saves what fits: the newest runs before the older ones. */
export function writeSaved(store: BenchStore, { state, resultFolder }: SavedBench): void {
  const { prompt, settings, draft, runs, shown, result } = state;
  let left = MOST_CHARACTERS;
  const kept = runs.toReversed().filter((run) => (left -= sizeOf(run)) >= 0);
  const isKept = kept.some(({ run }) => run === shown);
  const saved = { prompt, settings, draft, runs: kept.reverse(), shown: isKept ? shown : null, result, resultFolder };
  store.write({ format: FORMAT, ...saved });
}

const sizes = new WeakMap<BenchRun, number>();

/** Runs that have ended are the same object ever after, and are measured once. */
function sizeOf(run: BenchRun): number {
  const size = sizes.get(run) ?? JSON.stringify(run).length;
  sizes.set(run, size);
  return size;
}

/** Nothing runs any more in a window that has just opened. */
function ended(run: BenchRun): BenchRun {
  const outputs = Object.entries(run.outputs).map(([side, output]) => [
    side,
    { ...output, finish: output.finish ?? 'cancelled' },
  ]);
  return { ...run, outputs: Object.fromEntries(outputs) as BenchRun['outputs'] };
}
