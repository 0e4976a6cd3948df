import type { Watch } from '../../src/host/engine/watch.ts';
import type { Session } from '../../src/host/session.ts';
import type { BatchResult } from '../../src/protocol/batch-result.ts';
import type { CalibrationProgress, CalibrationResult } from '../../src/protocol/calibration.ts';
import { CodedError } from '../../src/protocol/coded-error.ts';
import type { CodebookHead, CodebookSnapshot, EditItem, ItemState } from '../../src/protocol/codebook-snapshot.ts';
import { NO_DECISION, type Decision } from '../../src/protocol/decision.ts';
import type { KeptProbe } from '../../src/protocol/edit.ts';
import type { EditTest } from '../../src/protocol/edit-test.ts';
import type { BatchProgress, CodebookMerged } from '../../src/protocol/engine-api.ts';
import type { RouterState } from '../../src/protocol/router-state.ts';
import type { Tuning, TuningProgress } from '../../src/protocol/tuning.ts';
import { EventEmitter } from './fake-vscode.ts';

const HEAD: CodebookHead = {
  model: { name: 'biographies', architecture: 'gpt2', fingerprint: 'f' },
  hook: { replace: 'transformer.h.4.mlp.c_proj', key: 'transformer.h.4.mlp.c_proj:input' },
  router: 'euclidean',
  radius: 2.5,
  edits: 0,
  live: 0,
  entries: 0,
  notices: [],
  folder: '/codebooks/biographies',
  revision: 1,
  readOnly: null,
};

export const item = (edit: number, other: Partial<EditItem> = {}): EditItem => ({
  edit,
  state: 'live',
  title: '',
  prompt: `Prompt ${edit}`,
  target: `target ${edit}`,
  tags: [],
  annotated: false,
  radius: 1,
  keys: 1,
  subject: '',
  negatives: 0,
  rows: 1,
  at: '2026-01-02T03:04:05.000Z',
  success: true,
  entry: String(edit),
  ...other,
});

export const snapshot = (items: readonly EditItem[], head: Partial<CodebookHead> = {}): CodebookSnapshot => ({
  head: { ...HEAD, ...headOf(items), ...head },
  items,
});

const headOf = (items: readonly EditItem[]): Pick<CodebookHead, 'edits' | 'live'> => ({
  edits: items.length,
  live: items.filter(({ state }) => state === 'live' || state === 'orphaned').length,
});

type Op = 'disable' | 'enable' | 'revert';

/** A session without an engine: switching works as in the engine, and the other calls answer what the test has set. */
export class CodebookSession {
  readonly #changed = new EventEmitter<void>();
  readonly #reread = new EventEmitter<CodebookSnapshot>();
  readonly onDidChange = this.#changed.event;
  readonly onDidReread = this.#reread.event;
  readonly calls: (readonly unknown[])[] = [];
  readonly engine: { running: object | undefined } = { running: {} };
  codebook: CodebookSnapshot | null;
  hasModel = false;
  activity: string | null = null;
  /** Thrown by the next call. */
  failure: Error | undefined;
  /** What every call waits for. */
  gate: Promise<void> | undefined;
  decision: Decision = NO_DECISION;
  merged: CodebookMerged = { taken: 0, same: 0, conflicts: [], change: null };
  batched: BatchResult = { lines: 0, made: 0, skipped: 0, left: 0, missed: [], errors: [], steps: 0, seconds: 0 };
  batchProgress: readonly BatchProgress[] = [];
  tested: EditTest['prompts'] = [];
  probes: readonly KeptProbe[] | undefined;
  model = {
    model: '/models/biographies',
    description: { name: 'biographies', kind: 'causal' },
    router: { inUse: 'grace', calibrated: [], missing: ['text'] } as RouterState,
  };
  tuning: Tuning | undefined;
  calibration: CalibrationResult | undefined;
  /** What opening the model brings about. */
  required = (): void => undefined;

  constructor(codebook: CodebookSnapshot | null) {
    this.codebook = codebook;
  }

  /** As the code under test knows it. */
  get session(): Session {
    return this as unknown as Session;
  }

  become(codebook: CodebookSnapshot | null): void {
    this.codebook = codebook;
    this.#changed.fire();
  }

  reread(codebook: CodebookSnapshot): void {
    this.become(codebook);
    this.#reread.fire(codebook);
  }

  /** Says that something has changed, such as that the engine runs again. */
  stir(): void {
    this.#changed.fire();
  }

  state(edit: number): ItemState | undefined {
    return this.codebook?.items.find((other) => other.edit === edit)?.state;
  }

  async switch(op: Op, edits: readonly number[]): Promise<void> {
    await this.#called('switch', op, edits);
    const asked = new Set(edits);
    for (const edit of edits) {
      const state = this.state(edit);
      if (state === undefined) throw new CodedError('edit-unknown', `There is no edit ${edit}.`);
      if ((op === 'disable' && state === 'disabled') || (op === 'enable' && state === 'live')) {
        throw new CodedError('bad-argument', `Edit ${edit} is ${state} already.`);
      }
    }
    const items = this.codebook!.items.filter(({ edit }) => op !== 'revert' || !asked.has(edit));
    const state = op === 'enable' ? 'live' : 'disabled';
    this.#replace(items.map((each) => (asked.has(each.edit) ? { ...each, state } : each)));
  }

  async annotate(annotation: { readonly edit: number }): Promise<void> {
    await this.#called('annotate', annotation);
    this.#change(annotation.edit, annotation);
  }

  async setRadius(edit: number, radius: number): Promise<void> {
    await this.#called('setRadius', edit, radius);
    this.#change(edit, { radius });
  }

  async show(edit: number): Promise<unknown> {
    await this.#called('show', edit);
    const { prompt, ...shown } = this.codebook!.items.find((other) => other.edit === edit)!;
    const training = { start: 'cold', learningRate: 1, steps: 3, rows: 1, firstLoss: 2, lastLoss: 0.1, success: true };
    const texts = { before: 'before', after: 'after', note: `note ${edit}`, replace: 'replace_last', vectors: 'abc' };
    const codebook = {
      rephrasings: [],
      probes: this.probes,
      firstRadius: 1,
      entries: [{ entry: 0, radius: 1, members: [edit] }],
    };
    return {
      ...shown,
      ...texts,
      ...codebook,
      // Of an edit in full these are texts and prompts, where there are any.
      negatives: undefined,
      subject: undefined,
      training,
      op: 'edit',
      label: [1],
      prompt: { kind: 'text', text: prompt },
    };
  }

  async test(edit: number, only?: unknown): Promise<EditTest> {
    await this.#called('test', edit, only);
    return { edit, prompts: this.tested };
  }

  async tune(file: string | undefined, { onProgress }: Watch<TuningProgress>): Promise<Tuning> {
    await this.#called('tune', file);
    onProgress?.({ done: 1, of: 4 });
    return this.tuning!;
  }

  async calibrate(again: boolean, { onProgress }: Watch<CalibrationProgress>, params?: unknown): Promise<unknown> {
    await this.#called('calibrate', again, ...(params === undefined ? [] : [params]));
    for (const done of [1, 2, 500]) onProgress?.({ kind: 'text', done, of: 1000 });
    return this.calibration;
  }

  async decide(prompt: unknown): Promise<Decision> {
    await this.#called('decide', prompt);
    return this.decision;
  }

  async requireModel(): Promise<unknown> {
    await this.#called('requireModel');
    this.required();
    return { ...this.model, hook: HEAD.hook };
  }

  async export(params: { readonly file: string }): Promise<unknown> {
    await this.#called('export', params);
    return { file: params.file, format: 'safetensors', edits: 2, entries: 1 };
  }

  async import(file: string): Promise<unknown> {
    await this.#called('import', file);
    return { codebook: HEAD.folder, imported: 3, edits: 5, live: 4 };
  }

  async merge(from: string, dryRun: boolean): Promise<CodebookMerged> {
    await this.#called('merge', from, dryRun);
    return this.merged;
  }

  async batch(file: string, { signal, onProgress }: Watch<BatchProgress> = {}): Promise<unknown> {
    await this.#called('batch', file);
    for (const progress of this.batchProgress) {
      await new Promise(setImmediate);
      if (signal?.aborted) break;
      onProgress?.(progress);
    }
    return { result: this.batched };
  }

  async openCodebook(folder: string): Promise<CodebookSnapshot> {
    await this.#called('openCodebook', folder);
    this.become(snapshot([], { folder }));
    return this.codebook!;
  }

  async useCodebook(folder: string, hook?: string, radius?: number): Promise<CodebookSnapshot> {
    await this.#called('useCodebook', folder, hook, ...(radius === undefined ? [] : [radius]));
    this.become(snapshot([], { folder }));
    return this.codebook!;
  }

  async #called(...call: readonly unknown[]): Promise<void> {
    this.calls.push(call);
    await this.gate;
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
  }

  #change(edit: number, change: Partial<EditItem>): void {
    this.#replace(this.codebook!.items.map((each) => (each.edit === edit ? { ...each, ...change } : each)));
  }

  #replace(items: readonly EditItem[]): void {
    const { head } = this.codebook!;
    this.become({ head: { ...head, ...headOf(items), revision: head.revision + 1 }, items });
  }
}
