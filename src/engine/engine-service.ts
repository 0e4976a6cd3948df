import path from 'node:path';

import type { CalibrationProgress } from '../protocol/calibration.ts';
import type { ClassProbability } from '../protocol/classification.ts';
import type { CodebookChange, CodebookSnapshot } from '../protocol/codebook-snapshot.ts';
import { CodedError } from '../protocol/coded-error.ts';
import type { CudaProgress } from '../protocol/cuda.ts';
import type { BatchProgress, EditParams, EditProgress, EngineApi, GenerateProgress } from '../protocol/engine-api.ts';
import type { EvaluationApi } from '../protocol/evaluation-api.ts';
import type { Prompt } from '../protocol/prompt.ts';
import type { Handlers } from '../protocol/rpc.ts';
import type { TuningProgress } from '../protocol/tuning.ts';
import { calibrateModel } from './calibrate-model.ts';
import { withFact } from './compare-answers.ts';
import { readBatchFile, type BatchLine } from './batch-file.ts';
import { runBatch } from './batch-run.ts';
import { cudaOffer, cudaState, downloadCuda, removeCuda, thisMachine } from './cuda-download.ts';
import { EditTester } from './edit-test.ts';
import { Engine } from './engine.ts';
import { CodebookFolder } from './grace/codebook-folder.ts';
import { detailsOf } from './grace/codebook-summary.ts';
import type { EditRequest } from './grace/editor.ts';
import { exportCodebook, importInto, partOf } from './grace/exchange.ts';
import { checkExportTarget } from './grace/export-target.ts';
import { DEFAULT_TRAINING } from './grace/learn-value.ts';
import { planMerge } from './grace/merge.ts';
import { exportReadable } from './grace/readable-export.ts';
import { describeModel } from './model-description.ts';
import { OpenCodebook } from './open-codebook.ts';
import { isDeviceChoice } from './runtime/device.ts';
import { TaskQueue } from './task-queue.ts';
import { renderChat } from './text/chat-template.ts';
import { tune, USUAL_EDITS, USUAL_MULTIPLES } from './tuning.ts';

/** Length of the outputs that an edit shows before and after, and of those of a test. */
const SHOWN_TOKENS = 64;
const DEFAULT_POLICY = 'replace_last';

type Method<Name extends keyof EngineApi> = Handlers<EngineApi>[Name];

/**
 * The engine's calls: one model and one codebook at a time.
 *
 * Work of the model has a queue, and changes of the codebook have one. An edit is in both, so that nothing changes the codebook
 * while it learns; a generation is in the first alone, because it keeps its decision and value whatever becomes of the codebook.
 * Whoever needs both waits for the model first.
 */
export class EngineService implements Handlers<Omit<EngineApi, keyof EvaluationApi>> {
  readonly #modelWork = new TaskQueue();
  readonly #codebookChanges = new TaskQueue();
  readonly #onReread: (snapshot: CodebookSnapshot) => void;
  #engine: Engine | null = null;
  #book: OpenCodebook | null = null;
  #tester: EditTester | null = null;

  constructor(onReread: (snapshot: CodebookSnapshot) => void) {
    this.#onReread = onReread;
  }

  readonly open: Method<'open'> = ({ model, device, precision, codebook, hook, radius }, { signal }) =>
    this.#exclusively(async () => {
      await this.#dispose();
      if (!isDeviceChoice(device)) throw new CodedError('bad-argument', `There is no device ${device}.`);
      const engine = await Engine.open({ model, device, precision, codebook, mode: 'auto', replace: hook, radius });
      this.#engine = engine;
      this.#book = engine.codebook ? new OpenCodebook(engine.codebook, this.#onReread) : null;
      return {
        model: path.resolve(model),
        description: describeModel(engine.model.model, engine.tokenizer, engine.device),
        hook: { replace: engine.model.replace.path, key: engine.keyName },
        radius: engine.measuredRadius ?? null,
        router: engine.routerState,
        defaults: { steps: DEFAULT_TRAINING.steps, replace: DEFAULT_POLICY },
        codebook: this.#book?.snapshot ?? null,
      };
    }, signal);

  readonly openCodebook: Method<'openCodebook'> = ({ folder }, { signal }) =>
    this.#exclusively(async () => {
      await this.#dispose();
      this.#book = new OpenCodebook(CodebookFolder.open(folder, 'auto'), this.#onReread);
      return this.#book.snapshot;
    }, signal);

  readonly codebook: Method<'codebook'> = () => {
    this.#book?.check();
    return this.#book?.snapshot ?? null;
  };

  readonly close: Method<'close'> = (_, { signal }) =>
    this.#exclusively(async () => {
      await this.#dispose();
      return null;
    }, signal);

  readonly generate: Method<'generate'> = ({ prompt, ...options }, { signal, progress }) => {
    const tell: (told: GenerateProgress) => void = progress;
    return this.#withModel(
      (engine) =>
        engine.generate(prompt, {
          ...{ ...options, cache: true, signal },
          onDecision: (decision) => {
            tell({ kind: 'decision', decision });
          },
          onToken: (token) => {
            tell({ kind: 'token', token });
          },
        }),
      signal,
    );
  };

  readonly classify: Method<'classify'> = ({ prompt, edits }, { signal }) =>
    this.#withModel((engine) => engine.classify(prompt, edits), signal);

  readonly render: Method<'render'> = ({ messages }) => ({
    text: renderChat(this.#requireEngine().tokenizer, messages),
  });

  readonly decide: Method<'decide'> = ({ prompt }, { signal }) =>
    this.#withModel((engine) => {
      this.#requireBook();
      return engine.decide(prompt);
    }, signal);

  readonly preview: Method<'preview'> = (params, { signal }) =>
    this.#withModel((engine) => {
      this.#requireBook();
      return engine.preview(requestOf(params, engine));
    }, signal);

  readonly suggest: Method<'suggest'> = ({ prompt, subject }, { signal }) =>
    this.#withModel((engine) => {
      this.#requireBook();
      return engine.suggest(prompt, subject);
    }, signal);

  readonly edit: Method<'edit'> = (params, { signal, progress }) => {
    const tell: (told: EditProgress) => void = progress;
    return this.#exclusively(async () => {
      const [engine, book] = this.#requireBoth();
      const onStep = (step: number, loss: number): void => {
        tell({ step, loss });
      };
      const before = await classesOf(engine, params.prompt);
      const result = await engine.edit(requestOf(params, engine), { signal, onStep });
      const after = before && (await classesOf(engine, params.prompt));
      return { result, change: book.change(), classes: before && after && { before, after } };
    }, signal);
  };

  readonly batch: Method<'batch'> = async ({ file }, { signal, progress }) => {
    const tell: (told: BatchProgress) => void = progress;
    const [engine, book] = this.#requireBoth();
    let [done, of] = [0, 0];
    let change: CodebookChange | undefined;
    const edit = ({ source, ...asked }: Omit<BatchLine, 'line'>) =>
      this.#exclusively(async () => {
        if (this.#engine !== engine) throw new CodedError('cancelled', 'Something else was opened meanwhile.');
        book.check();
        const request = requestOf({ ...asked, ends: true }, engine);
        const result = await engine.edit({ ...request, source }, { signal });
        change = book.change();
        return result;
      }, signal);
    const result = await runBatch(readBatchFile(file), {
      ...{ edit, signal },
      done: new Set(book.folder.edits.map(({ record }) => record.source)),
      onStart: (lines) => {
        of = lines;
      },
      onLine: (_, made) => {
        tell({ done: ++done, of, change: made && change });
      },
    });
    return { result };
  };

  readonly test: Method<'test'> = ({ edit, only }, { signal }) =>
    this.#withModel((engine) => {
      this.#requireBook();
      return (this.#tester ??= new EditTester(engine, SHOWN_TOKENS)).test(edit, only, signal);
    }, signal);

  readonly cudaOffer: Method<'cudaOffer'> = (_, { signal }) => cudaOffer(thisMachine(), { signal });

  readonly downloadCuda: Method<'downloadCuda'> = async (_, { signal, progress }) => {
    const tell: (told: CudaProgress) => void = progress;
    await downloadCuda(thisMachine(), { signal, onProgress: tell });
    return cudaState();
  };

  readonly removeCuda: Method<'removeCuda'> = () => removeCuda();

  readonly tune: Method<'tune'> = ({ model, device, precision, file }, { signal, progress }) => {
    const tell: (told: TuningProgress) => void = progress;
    return this.#modelWork.run(async () => {
      if (!isDeviceChoice(device)) throw new CodedError('bad-argument', `There is no device ${device}.`);
      const own = file === undefined ? undefined : readBatchFile(file);
      const usual = { multiples: USUAL_MULTIPLES, edits: USUAL_EDITS };
      const tuning = await tune({ ...usual, model, device, precision, trials: own?.lines, signal, onProgress: tell });
      return { ...tuning, errors: own?.errors ?? [] };
    }, signal);
  };

  readonly calibrate: Method<'calibrate'> = ({ model, device, precision, again }, { signal, progress }) => {
    const tell: (told: CalibrationProgress) => void = progress;
    return this.#modelWork.run(() => {
      if (!isDeviceChoice(device)) throw new CodedError('bad-argument', `There is no device ${device}.`);
      return calibrateModel(model, { device, precision, again }, tell, signal);
    }, signal);
  };

  readonly outline: Method<'outline'> = ({ prompt, subject }) => {
    this.#checkedBook();
    return this.#requireEngine().outline(prompt, subject);
  };

  readonly withFact: Method<'withFact'> = ({ prompt, edit }) => ({
    prompt: withFact(prompt, detailsOf(this.#checkedBook().folder, edit)),
  });

  readonly switch: Method<'switch'> = ({ op, edits }, { signal }) =>
    this.#changing((folder) => {
      folder.switch(op, edits);
    }, signal);

  readonly annotate: Method<'annotate'> = ({ edit, ...words }, { signal }) =>
    this.#changing((folder) => {
      folder.annotate(edit, words);
    }, signal);

  readonly setRadius: Method<'setRadius'> = ({ edit, radius }, { signal }) =>
    this.#changing((folder) => {
      folder.setRadius(edit, radius);
    }, signal);

  readonly show: Method<'show'> = ({ edit }) => detailsOf(this.#checkedBook().folder, edit);

  readonly export: Method<'export'> = ({ file, format, edits }) => {
    const { folder } = this.#checkedBook();
    checkExportTarget(folder.path, file);
    const part = partOf(folder, edits);
    if (format === 'json') exportReadable(part, file);
    else exportCodebook(part, file);
    return {
      ...{ file: path.resolve(file), format },
      edits: part.edits.history.edits.size,
      entries: part.codebook.entries.length,
    };
  };

  readonly import: Method<'import'> = async ({ file }, { signal }) => {
    let before = 0;
    const change = await this.#changing((folder) => {
      before = folder.edits.length;
      importInto(folder, file);
    }, signal);
    const { edits, live, folder: codebook } = change.head;
    return { result: { codebook, imported: edits - before, edits, live }, change };
  };

  readonly merge: Method<'merge'> = ({ from, dryRun }, { signal }) =>
    this.#codebookChanges.run(() => {
      const book = this.#checkedBook();
      if (!dryRun) book.folder.requireWritable();
      const { taken, same, conflicts } = planMerge(book.folder, from);
      const count = taken.history.edits.size;
      if (!dryRun && count > 0) book.folder.adopt(taken);
      return { taken: count, same, conflicts, change: dryRun ? null : book.change() };
    }, signal);

  /** Work of the model that leaves the codebook as it is. */
  #withModel<T>(work: (engine: Engine) => T | Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#modelWork.run(() => {
      this.#book?.check();
      return work(this.#requireEngine());
    }, signal);
  }

  /** Work that changes the codebook by its files alone. */
  #changing(work: (folder: CodebookFolder) => void, signal: AbortSignal): Promise<CodebookChange> {
    return this.#codebookChanges.run(() => {
      const book = this.#checkedBook();
      work(book.folder);
      return book.change();
    }, signal);
  }

  /** Work of the model during which nothing else may change the codebook. */
  #exclusively<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#modelWork.run(
      () =>
        this.#codebookChanges.run(() => {
          this.#book?.check();
          return work();
        }, signal),
      signal,
    );
  }

  #requireEngine(): Engine {
    if (this.#engine) return this.#engine;
    if (!this.#book) throw new CodedError('bad-argument', 'No model is open.', 'Open one first.');
    const { name } = this.#book.folder.manifest.model;
    throw new CodedError('bad-argument', 'The codebook is open without its model.', `Open the model ${name} for this.`);
  }

  #requireBook(): OpenCodebook {
    if (this.#book) return this.#book;
    throw new CodedError('bad-argument', 'No codebook is open.', 'Open one first.');
  }

  #requireBoth(): readonly [Engine, OpenCodebook] {
    return [this.#requireEngine(), this.#requireBook()];
  }

  #checkedBook(): OpenCodebook {
    const book = this.#requireBook();
    book.check();
    return book;
  }

  async #dispose(): Promise<void> {
    const [engine, book] = [this.#engine, this.#book];
    [this.#engine, this.#book, this.#tester] = [null, null, null];
    book?.close();
    await engine?.dispose();
  }
}

/** The classes of a text through the codebook, the most likely first; undefined where a model tells none. */
async function classesOf(engine: Engine, prompt: Prompt): Promise<readonly ClassProbability[] | undefined> {
  return engine.kind === 'classifier' ? (await engine.classify(prompt, true)).classes : undefined;
}

/** What a person asks for, with the engine's own choices where they have made none. */
function requestOf(
  { radius, replace, steps, learningRate, leadIns, ...asked }: EditParams,
  engine: Engine,
): EditRequest {
  return {
    ...asked,
    radius: radius ?? engine.measuredRadius!,
    replace: replace ?? DEFAULT_POLICY,
    training: {
      ...DEFAULT_TRAINING,
      steps: steps ?? DEFAULT_TRAINING.steps,
      learningRate: learningRate ?? DEFAULT_TRAINING.learningRate,
      leadIns,
    },
    maxTokens: SHOWN_TOKENS,
  };
}
