import * as vscode from 'vscode';

import type { CalibrationProgress, CalibrationResult } from '../protocol/calibration.ts';
import { CodedError } from '../protocol/coded-error.ts';
import type { Classification } from '../protocol/classification.ts';
import { applyCodebookChange, type CodebookChange, type CodebookSnapshot } from '../protocol/codebook-snapshot.ts';
import type { Decision } from '../protocol/decision.ts';
import type {
  Annotation,
  BatchMade,
  BatchProgress,
  CodebookMerged,
  EditMade,
  EditParams,
  EditPreview,
  EditProgress,
  EngineApi,
  ExportParams,
  GenerateParams,
  GenerateProgress,
  OpenModel,
  OpenParams,
} from '../protocol/engine-api.ts';
import type { ExportResult, ImportResult } from '../protocol/codebook-result.ts';
import type { EditSuggestions } from '../protocol/edit-suggestions.ts';
import type { EditDetails } from '../protocol/edit-result.ts';
import type { EditTest, PromptPlace } from '../protocol/edit-test.ts';
import type { Generation } from '../protocol/generation.ts';
import type { ModelDescription } from '../protocol/model-description.ts';
import type { ChatMessage, Prompt } from '../protocol/prompt.ts';
import type { Remote } from '../protocol/rpc.ts';
import type { EditOutline } from '../protocol/router-state.ts';
import type { Tuning, TuningProgress } from '../protocol/tuning.ts';
import { EngineSupervisor } from './engine/engine-supervisor.ts';
import { callOptions, type Watch } from './engine/watch.ts';
import type { FireCounts } from './fire-counts.ts';

/** Who finds a model to open when a command needs one and none is open. */
export type ModelFinder = () => Promise<OpenParams | undefined>;

/**
 * The model and the codebook that this window works with. Every view and command of the extension asks here; nobody else talks
 * to the engine. All methods throw CodedErrors; after a crash of the engine the next call opens again what was open.
 */
export class Session implements vscode.Disposable {
  readonly engine: EngineSupervisor;
  readonly #findModel: ModelFinder;
  readonly #counts: FireCounts;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #reread = new vscode.EventEmitter<CodebookSnapshot>();
  readonly #subscriptions: vscode.Disposable[] = [];
  #model: OpenModel | null = null;
  #codebook: CodebookSnapshot | null = null;
  /** What is, or was, asked to be open: with it a crashed engine is set up again. */
  #wanted: OpenParams | { readonly codebook: string } | null = null;
  #described: ModelDescription | null = null;
  #isOpen = false;
  #opening: Promise<void> | null = null;
  readonly #activities: string[] = [];

  constructor(script: string, findModel: ModelFinder, counts: FireCounts, log: vscode.LogOutputChannel) {
    this.#findModel = findModel;
    this.#counts = counts;
    const owner = {
      codebookReread: (snapshot: CodebookSnapshot): null => {
        this.#codebook = snapshot;
        this.#changed.fire();
        this.#reread.fire(snapshot);
        return null;
      },
      log: ({ level, message }: { readonly level: 'info' | 'warn' | 'error'; readonly message: string }): null => {
        log[level](message);
        return null;
      },
    };
    this.engine = new EngineSupervisor(script, owner, log);
    this.#subscriptions.push(
      this.engine.onDidChangeStatus((status) => {
        if (status !== 'running') this.#forget();
        this.#changed.fire();
      }),
    );
  }

  /** The open model; null before the first is opened, while the engine is stopped, and after a crash. */
  get model(): OpenModel | null {
    return this.#model;
  }

  /** What is known of the model that is open, or that the next call opens again. */
  get description(): ModelDescription | null {
    return this.hasModel ? this.#described : null;
  }

  /** The open codebook; it stays to be seen when the engine is stopped or has crashed. */
  get codebook(): CodebookSnapshot | null {
    return this.#codebook;
  }

  /** What is being done now, in words; null when nothing is. */
  get activity(): string | null {
    return this.#activities.at(-1) ?? null;
  }

  /** Whether a model is open, or will be opened again by the next call that needs it. */
  get hasModel(): boolean {
    return this.#wanted !== null && 'model' in this.#wanted;
  }

  readonly onDidChange = this.#changed.event;
  /** Fires when the codebook's files were changed by another program, after {@link onDidChange}. */
  readonly onDidReread = this.#reread.event;

  /** Opens a model with its codebook, in place of what is open. */
  async open(params: OpenParams): Promise<OpenModel> {
    await this.#openInstead(params);
    return this.#model!;
  }

  /** Opens a codebook to look at, without its model. */
  async openCodebook(folder: string): Promise<CodebookSnapshot> {
    await this.#openInstead({ codebook: folder });
    return this.#codebook!;
  }

  /**
   * Opens another codebook, with the model that is or was open, and alone when there is none. It is made if it is not there;
   * `hook` and `radius` say for which module then, and with which radius.
   */
  async useCodebook(folder: string, hook?: string, radius?: number): Promise<CodebookSnapshot> {
    const wanted = this.#wanted;
    const hasModel = wanted && 'model' in wanted;
    await this.#openInstead(hasModel ? { ...wanted, codebook: folder, hook, radius } : { codebook: folder });
    return this.#codebook!;
  }

  /** The open model; one is found and opened when there is none. Throws `cancelled` when the person chooses none. */
  async requireModel(): Promise<OpenModel> {
    await this.#ready();
    return this.#model!;
  }

  /** Frees the model and ends the engine; the next call that needs it starts it again. */
  unload(): void {
    this.#forget();
    this.engine.stop();
    this.#changed.fire();
  }

  /** Reads the codebook again that stayed to be seen when its engine was stopped; the engine ends with that. */
  async readAgain(): Promise<void> {
    const folder = this.#codebook?.head.folder;
    if (folder === undefined || this.engine.running || this.#opening) return;
    this.#opening = this.#during(vscode.l10n.t('opening'), this.#glance(folder)).finally(() => {
      this.#opening = null;
    });
    await this.#opening;
    this.#reread.fire(this.#codebook!);
  }

  /** Ends the engine and starts it with what was open. */
  async restart(): Promise<void> {
    this.unload();
    if (this.#wanted) await this.#ensureOpen();
    else this.engine.start();
  }

  async generate(params: GenerateParams, watch: Watch<GenerateProgress> = {}): Promise<Generation> {
    const engine = await this.#ready();
    const generation = await this.#during(vscode.l10n.t('generating'), engine.generate(params, callOptions(watch)));
    this.#count(generation.decision);
    return generation;
  }

  async classify(prompt: Prompt, edits: boolean): Promise<Classification> {
    const engine = await this.#ready();
    const told = await this.#during(vscode.l10n.t('classifying'), engine.classify({ prompt, edits }));
    this.#count(told.decision);
    return told;
  }

  async render(messages: readonly ChatMessage[]): Promise<string> {
    const engine = await this.#ready();
    return (await engine.render({ messages })).text;
  }

  async decide(prompt: Prompt): Promise<Decision> {
    const engine = await this.#ready();
    return this.#during(vscode.l10n.t('deciding'), engine.decide({ prompt }));
  }

  async preview(params: EditParams): Promise<EditPreview> {
    const engine = await this.#ready();
    return this.#during(vscode.l10n.t('checking'), engine.preview(params));
  }

  async edit(params: EditParams, watch: Watch<EditProgress> = {}): Promise<EditMade> {
    const engine = await this.#ready();
    const made = await this.#during(vscode.l10n.t('editing'), engine.edit(params, callOptions(watch)));
    await this.#take(made.change);
    return made;
  }

  async batch(file: string, watch: Watch<BatchProgress> = {}): Promise<BatchMade> {
    const engine = await this.#ready();
    const onProgress = (progress: BatchProgress): void => {
      // If it cannot be asked for now, the next change asks again.
      if (progress.change) this.#take(progress.change).catch(() => undefined);
      watch.onProgress?.(progress);
    };
    return this.#during(vscode.l10n.t('editing'), engine.batch({ file }, callOptions({ ...watch, onProgress })));
  }

  /** `only`: some of the edit's prompts; all when absent. */
  async test(edit: number, only?: readonly PromptPlace[], signal?: AbortSignal): Promise<EditTest> {
    const engine = await this.#ready();
    return this.#during(vscode.l10n.t('testing'), engine.test({ edit, only }, { signal }));
  }

  /** Measures which module and radius suit the open model; `file`: with edits of one's own. */
  async tune(file: string | undefined, watch: Watch<TuningProgress>): Promise<Tuning> {
    const engine = await this.#ready();
    const { model, device, precision } = this.#wanted as OpenParams;
    const tuning = engine.tune({ model, device, precision, file }, callOptions(watch));
    return this.#during(vscode.l10n.t('measuring'), tuning);
  }

  /** Calibrates the two-part router for a model, for the open one where none is named; its state is known from then on. */
  async calibrate(
    again: boolean,
    watch: Watch<CalibrationProgress>,
    other?: Pick<OpenParams, 'model' | 'device' | 'precision'>,
  ): Promise<CalibrationResult> {
    const engine = other ? this.engine.start() : await this.#ready();
    const { model, device, precision } = other ?? (this.#wanted as OpenParams);
    const calibrating = engine.calibrate({ model, device, precision, again }, callOptions(watch));
    const result = await this.#during(vscode.l10n.t('calibrating'), calibrating);
    // Another model may have been opened since.
    if (this.#model?.description.fingerprint === result.fingerprint) {
      this.#model = { ...this.#model, router: { ...this.#model.router, calibrated: result.kinds, missing: [] } };
      this.#changed.fire();
    }
    return result;
  }

  /** Other questions about the subject of an edit. */
  async suggest(prompt: Prompt, subject: string | undefined): Promise<EditSuggestions> {
    const engine = await this.#ready();
    return this.#during(vscode.l10n.t('checking'), engine.suggest({ prompt, subject }));
  }

  /** What an edit of a prompt is taken to be about; null with GRACE's own router. */
  async outline(prompt: Prompt, subject: string | undefined): Promise<EditOutline | null> {
    return (await this.#ready()).outline({ prompt, subject });
  }

  async withFact(prompt: Prompt, edit: number): Promise<Prompt> {
    return (await (await this.#ready()).withFact({ prompt, edit })).prompt;
  }

  async switch(op: 'disable' | 'enable' | 'revert', edits: readonly number[]): Promise<void> {
    await this.#change((engine) => engine.switch({ op, edits }));
  }

  async annotate(annotation: Annotation): Promise<void> {
    await this.#change((engine) => engine.annotate(annotation));
  }

  async setRadius(edit: number, radius: number): Promise<void> {
    await this.#change((engine) => engine.setRadius({ edit, radius }));
  }

  async show(edit: number): Promise<EditDetails> {
    return (await this.#withCodebook()).show({ edit });
  }

  async export(params: ExportParams): Promise<ExportResult> {
    return (await this.#withCodebook()).export(params);
  }

  async import(file: string): Promise<ImportResult> {
    const { result, change } = await (await this.#withCodebook()).import({ file });
    await this.#take(change);
    return result;
  }

  async merge(from: string, dryRun: boolean): Promise<CodebookMerged> {
    const merged = await (await this.#withCodebook()).merge({ from, dryRun });
    if (merged.change) await this.#take(merged.change);
    return merged;
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.engine.dispose();
    this.#changed.dispose();
    this.#reread.dispose();
  }

  /** The engine with a model open. An opening or a reading that fails meanwhile is told to who asked for it, and tried again here. */
  async #ready(): Promise<Remote<EngineApi>> {
    await this.#opening?.catch(() => undefined);
    if (!this.#wanted || !('model' in this.#wanted)) {
      const found = await this.#findModel();
      if (!found) throw new CodedError('cancelled', vscode.l10n.t('No model was chosen.'));
      await this.#openInstead(found);
    }
    await this.#ensureOpen();
    return this.engine.start();
  }

  /** The engine with a codebook open; its model is not needed. */
  async #withCodebook(): Promise<Remote<EngineApi>> {
    await this.#opening?.catch(() => undefined);
    if (!this.#wanted) {
      throw new CodedError(
        'bad-argument',
        vscode.l10n.t('No codebook is open.'),
        vscode.l10n.t('Open a model or a codebook first.'),
      );
    }
    await this.#ensureOpen();
    return this.engine.start();
  }

  /** Opens something else; if that fails, what was open before is what the next call opens again. */
  async #openInstead(wanted: OpenParams | { readonly codebook: string }): Promise<void> {
    await this.#opening?.catch(() => undefined);
    const [before, described] = [this.#wanted, this.#described];
    [this.#wanted, this.#described] = [wanted, null];
    this.#forget();
    try {
      await this.#ensureOpen();
    } catch (error) {
      [this.#wanted, this.#described] = [before, described];
      throw error;
    }
  }

  /** Opens what is wanted, if it is not open; once for all that wait for it. */
  async #ensureOpen(): Promise<void> {
    if (this.#isOpen && this.engine.running) return;
    this.#opening ??= this.#during(vscode.l10n.t('opening'), this.#openWanted()).finally(() => {
      this.#opening = null;
    });
    await this.#opening;
  }

  async #openWanted(): Promise<void> {
    const wanted = this.#wanted!;
    const engine = this.engine.start();
    if ('model' in wanted) {
      const model = await engine.open(wanted);
      this.#model = model;
      this.#described = model.description;
      this.#codebook = model.codebook;
    } else {
      this.#codebook = await engine.openCodebook({ folder: wanted.codebook });
    }
    this.#isOpen = true;
  }

  /** An engine with a codebook open keeps other programs from writing to it: none is left for one that nobody works with. */
  async #glance(folder: string): Promise<void> {
    try {
      this.#codebook = await this.engine.start().openCodebook({ folder });
    } finally {
      this.unload();
    }
  }

  async #change(run: (engine: Remote<EngineApi>) => Promise<CodebookChange>): Promise<void> {
    await this.#take(await run(await this.#withCodebook()));
  }

  /** Takes up a change; when one before it was missed, the whole codebook is asked for. */
  async #take(change: CodebookChange): Promise<void> {
    // A re-read may have brought this change, and later ones, already.
    if (this.#codebook && change.head.revision <= this.#codebook.head.revision) return;
    const next = this.#codebook && applyCodebookChange(this.#codebook, change);
    this.#codebook = next ?? (await this.engine.start().codebook(null));
    this.#changed.fire();
  }

  #count({ fired, edit }: Decision): void {
    if (fired && edit !== null && this.#codebook) this.#counts.add(this.#codebook.head.folder, edit);
  }

  async #during<T>(activity: string, work: Promise<T>): Promise<T> {
    this.#activities.push(activity);
    this.#changed.fire();
    try {
      return await work;
    } finally {
      this.#activities.splice(this.#activities.lastIndexOf(activity), 1);
      this.#changed.fire();
    }
  }

  #forget(): void {
    this.#isOpen = false;
    this.#model = null;
  }
}
