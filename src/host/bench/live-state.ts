import { applyBenchEvent, type BenchEvent, type BenchRun, type BenchState } from '../../protocol/bench-state.ts';
import { readSaved, writeSaved, type BenchStore } from './bench-memory.ts';

/** Runs that the history keeps. */
const MOST_RUNS = 50;
const SAVE_MILLISECONDS = 400;

/** An event without the revision that it leads to. */
type Change = BenchEvent extends infer Event ? (Event extends BenchEvent ? Omit<Event, 'revision'> : never) : never;

/** What the Edit Bench shows: the page is told of each change, and a store keeps it from window to window. */
export class LiveState {
  readonly #store: BenchStore;
  readonly #emit: (event: BenchEvent) => void;
  #now: BenchState;
  /** Folder of the codebook that the shown result is in. */
  resultFolder: string | null;
  #saving: ReturnType<typeof setTimeout> | undefined;
  #disposed = false;

  /** @param fresh what is shown where nothing was saved */
  constructor(store: BenchStore, emit: (event: BenchEvent) => void, fresh: BenchState) {
    this.#store = store;
    this.#emit = emit;
    const saved = readSaved(store);
    this.resultFolder = saved?.resultFolder ?? null;
    this.#now = { ...fresh, ...saved?.state };
  }

  get now(): BenchState {
    return this.#now;
  }

  /** Takes over what the page shows already, or cannot know of yet: it is not told. */
  adopt(part: Partial<Omit<BenchState, 'revision'>>): void {
    this.#now = { ...this.#now, ...part };
  }

  patch(patch: Partial<Omit<BenchState, 'revision'>>): null {
    this.tell({ kind: 'patch', patch });
    return null;
  }

  tell(change: Change): void {
    const event = { ...change, revision: this.#now.revision + 1 } as BenchEvent;
    // Its own events follow one another, so that there is never a gap.
    this.#now = applyBenchEvent(this.#now, event)!;
    this.#emit(event);
    this.saveSoon();
  }

  run(number: number): BenchRun | undefined {
    return this.#now.runs.find(({ run }) => run === number);
  }

  setRun(run: BenchRun): void {
    const oldest = Math.max(run.run - MOST_RUNS + 1, this.#now.runs[0]?.run ?? 1);
    this.tell({ kind: 'run', run, oldest });
  }

  /** A run that failed before it said anything is nothing to look back at. */
  dropIfEmpty(number: number): void {
    const outputs = Object.values(this.run(number)?.outputs ?? {});
    if (outputs.some(({ tokens, decision }) => tokens.length > 0 || decision !== null)) return;
    const runs = this.#now.runs.filter(({ run }) => run !== number);
    this.patch({ runs, shown: runs.at(-1)?.run ?? null });
  }

  saveSoon(): void {
    // What was running may end later; by then another window may have saved.
    if (this.#disposed) return;
    this.#saving ??= setTimeout(() => {
      this.#save();
    }, SAVE_MILLISECONDS);
  }

  dispose(): void {
    this.#save();
    this.#disposed = true;
  }

  #save(): void {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    writeSaved(this.#store, { state: this.#now, resultFolder: this.resultFolder });
  }
}
