import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { CodedError } from '../../src/protocol/coded-error.ts';
import type { Decision } from '../../src/protocol/decision.ts';
import type { EvaluationApi, EvaluationProgress } from '../../src/protocol/evaluation-api.ts';
import type { RunKind } from '../../src/protocol/evaluation-state.ts';
import {
  METHODS,
  type EvaluationCheckpoint,
  type EvaluationResult,
  type GroupMetrics,
  type MethodName,
  type PictureData,
  type SweepCell,
} from '../../src/protocol/evaluation.ts';
import type { Remote } from '../../src/protocol/rpc.ts';

const metrics = (exact: number): GroupMetrics => ({
  prompts: 100,
  ...{ exact, f1: exact, forced: exact, perplexity: 1 / (exact + 0.01), unchanged: exact },
});

function checkpoint(edits: number, keys: number | null, err: number, trr: number): EvaluationCheckpoint {
  const groups = { ES: metrics(err), ERR: metrics(err), TRR: metrics(trr), holdout: metrics(err * 0.8) };
  return { edits, keys, groups, course: groups };
}

const result = (methods: EvaluationResult['methods']): EvaluationResult => ({
  name: 'questions',
  title: 'Answers to questions',
  task: 'questions',
  model: { name: 'questions', architecture: 'T5ForConditionalGeneration', fingerprint: 'f'.repeat(64) },
  hook: { replace: 'encoder.block.2', key: 'encoder.block.2:input' },
  ...{ radius: 5, seed: 0, stream: 150, tooLong: 0, notes: [], prompts: { ERR: 150, TRR: 100, holdout: 50 }, methods },
});

/** A run of 150 edits by GRACE and by fine-tuning. */
export const RUN: EvaluationResult = result([
  {
    ...{ method: 'ft', complete: true, actions: {}, cost: null },
    checkpoints: [checkpoint(0, null, 0, 0.9), checkpoint(50, null, 0.7, 0.5), checkpoint(150, null, 0.4, 0.2)],
  },
  {
    ...{ method: 'grace', complete: true, actions: { add: 20, expand: 130 }, cost: null },
    checkpoints: [checkpoint(0, null, 0, 0.9), checkpoint(50, 9, 1, 0.9), checkpoint(150, 20, 0.98, 0.89)],
  },
]);

/** Two runs of everything, as they are compared. */
export const RUNS_OF_ALL: readonly EvaluationResult[] = [0, 0.1].map((more) =>
  result(
    METHODS.map((method, at) => ({
      ...{ method, complete: true, actions: {}, cost: null },
      checkpoints: [0, 50, 100, 150].map((edits) =>
        checkpoint(edits, edits > 0 ? edits - 3 * at : null, (edits / 250) * (1 - at / 12) + more, 0.9),
      ),
    })),
  ),
);

const cell = (hook: number, radius: number): SweepCell => ({
  hook: `encoder.block.${hook}.layer.1.DenseReluDense.wo`,
  ...{ radius, measured: 2, policy: 'replace_prompt', edits: 150, keys: 150 - 20 * radius },
  groups: { ERR: metrics(1 - radius / 40 - hook / 20), TRR: metrics(0.9 - radius / 30), holdout: metrics(radius / 8) },
});

/** Everything that the page draws. */
export const PICTURES: PictureData = {
  runs: [RUN],
  distances: ['ERR', 'holdout', 'TRR'].flatMap((group, at) =>
    Array.from({ length: 12 }, (_, n) => ({
      group: group as 'ERR' | 'holdout' | 'TRR',
      ...{ prompt: `${group} prompt ${n}`, distance: (at + 0.2) * (n + 1) * 0.6, radius: 5, edit: n + 1 },
      fired: (at + 0.2) * (n + 1) * 0.6 <= 5,
    })),
  ),
  keys: Array.from({ length: 20 }, (_, n) => ({
    edit: n + 1,
    ...{ prompt: `Where was person ${n} born?`, target: `Place ${n}`, radius: 1 + (n % 4) / 3 },
    ...{ x: 9 * Math.sin(n * 2.3), y: 6 * Math.cos(n * 1.7) },
  })),
  keyVariance: 0.62,
  sweep: {
    ...{ name: 'questions', title: 'Answers to questions', task: 'questions', model: RUN.model, seed: 0 },
    before: checkpoint(0, null, 0, 0.9),
    cells: [0, 1, 2, 3].flatMap((hook) => [1, 2, 4, 6].map((radius) => cell(hook, radius))),
  },
};

const FIRED: Decision = {
  ...{ fired: true, entry: 3, edit: 4, distance: 1.5, radius: 2 },
  nearest: null,
};

/** Makes a folder that counts as a run; without a kind, as of earlier versions. */
export function makeRun(folder: string, kind?: RunKind): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'run.json'), JSON.stringify({ kind }));
  return folder;
}

const refusal = (folder: string): CodedError =>
  new CodedError('bad-argument', `${folder} holds a run of another experiment.`, '', { taken: folder });

/** An engine whose experiments go as a test says; it keeps what it was asked. */
export class FakeExperiments {
  readonly asked: (readonly unknown[])[] = [];
  /** What is drawn; null: reading fails. */
  pictures: PictureData | null = PICTURES;
  methods: readonly MethodName[] = ['ft', 'grace'];
  cells = 16;
  /** Folders that are refused: they hold something else. */
  taken: readonly string[] = [];
  /** Why nothing can be run. */
  failure: CodedError | null = null;
  /** Set while something is run. */
  running: { progress(progress: EvaluationProgress): void; end(): void } | null = null;

  readonly api: Remote<EvaluationApi> = {
    experiment: ({ file }) => {
      this.asked.push(['experiment', file]);
      if (file.endsWith('bad.json'))
        return Promise.reject(new CodedError('bad-input-file', `${file} is no experiment.`, 'See docs/evaluation.md.'));
      const name = path.basename(file, '.json');
      return Promise.resolve({
        name,
        title: `About ${name}`,
        task: 'questions',
        methods: this.methods,
        cells: this.cells,
      });
    },
    evaluate: ({ out, methods }, options) => {
      this.asked.push(['evaluate', out, methods]);
      if (this.taken.includes(out)) return Promise.reject(refusal(out));
      makeRun(out, 'evaluation');
      return this.#until(RUN, options);
    },
    sweep: ({ out }, options) => {
      this.asked.push(['sweep', out]);
      if (this.taken.includes(out)) return Promise.reject(refusal(out));
      makeRun(out, 'sweep');
      return this.#until(PICTURES.sweep!, options);
    },
    pictures: ({ runs, sweep }) => {
      this.asked.push(['pictures', ...runs, ...(sweep === undefined ? [] : [sweep])]);
      const { pictures } = this;
      if (!pictures) return Promise.reject(new CodedError('bad-input-file', 'There is no run.', 'Choose another.'));
      const shown = runs.map((_, at) => pictures.runs[at] ?? pictures.runs[0]!);
      return Promise.resolve({ ...pictures, runs: shown, sweep: sweep === undefined ? null : pictures.sweep });
    },
    streamedEdit: () => Promise.reject(new Error('nobody asks for it')),
    locate: ({ prompt, run, experiment }) => {
      this.asked.push(['locate', experiment, run, prompt]);
      return Promise.resolve({ prompt, x: 1, y: 2, decision: FIRED });
    },
    exportRuns: () => Promise.reject(new Error('nobody asks for it')),
  };

  #until<T>(
    value: T,
    {
      signal,
      onProgress,
    }: { signal?: AbortSignal | undefined; onProgress?: ((value: unknown) => void) | undefined } = {},
  ): Promise<T> {
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => {
        this.running = null;
        reject(new CodedError('cancelled', 'The run was stopped.', ''));
      });
      this.running = {
        progress: (progress) => {
          onProgress?.(progress);
        },
        end: () => {
          this.running = null;
          resolve(value);
        },
      };
    }); // prettier-ignore
  }
}
