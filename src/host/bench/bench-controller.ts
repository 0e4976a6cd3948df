import path from 'node:path';

import type { BenchHostApi, BenchInput } from '../../protocol/bench-api.ts';
import type {
  BenchActivity,
  BenchEvent,
  BenchOutput,
  BenchSide,
  BenchState,
  EditDraft,
} from '../../protocol/bench-state.ts';
import { reportError, type CodedError } from '../../protocol/coded-error.ts';
import type { EditMade, GenerateParams } from '../../protocol/engine-api.ts';
import type { GeneratedToken } from '../../protocol/generation.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import { EMPTY_PROMPT, startSettings, type BenchStore } from './bench-memory.ts';
import { askModel } from './ask-model.ts';
import { benchModel } from './bench-model.ts';
import type { BenchSession } from './bench-session.ts';
import {
  draftOfOutput,
  editParams,
  newDraft,
  isWriter,
  promptOf,
  type DraftSubject,
  type EditedModel,
  type TokenRange,
} from './edit-draft.ts';
import { FrameBatch } from './frame-batch.ts';
import { LiveState } from './live-state.ts';

/** What is known of a draft that has just begun. */
const NO_ADVICE = { outline: null, suggestions: null, preview: null } as const;

/** What the Edit Bench leads to elsewhere. */
export interface BenchActions {
  /** Shows an edit in the codebook view. */
  revealEdit(edit: number): Promise<void>;
  openModel(): Promise<void>;
  tryDemo(): Promise<void>;
  /** Takes up the codebook for another module, and makes it if need be. */
  chooseHook(hook: string): Promise<void>;
  calibrate(): Promise<void>;
  createCodebook(): Promise<void>;
  /** "local", or the name of the remote machine. */
  machine(): string;
}

/** The user's settings, as far as the Edit Bench follows them. */
export interface BenchPreferences {
  readonly maxTokens: number;
  readonly temperature: number;
  /** The set of unrelated prompts. */
  readonly probes: readonly Prompt[];
}

export interface BenchSurroundings {
  readonly session: BenchSession;
  readonly actions: BenchActions;
  readonly store: BenchStore;
  readonly preferences: () => BenchPreferences;
  /** Tells the page, which may not be there to hear it. */
  readonly emit: (event: BenchEvent) => void;
  readonly edited: (made: EditMade) => void;
  /** Said when the edit that is to be taken back is in a codebook that is not open. */
  readonly otherCodebook: () => CodedError;
}

/** Owns what the Edit Bench shows, and does what its page asks for: one thing at a time. */
export class BenchController {
  readonly #surroundings: BenchSurroundings;
  readonly #subscription: { dispose(): unknown };
  readonly #live: LiveState;
  #running: AbortController | null = null;

  readonly handlers: Handlers<BenchHostApi> = {
    state: () => this.state,
    change: (input) => this.#change(input),
    generate: () => this.#generate(),
    stop: () => {
      this.#running?.abort();
      return null;
    },
    render: () => this.#toggleRendered(),
    showRun: ({ run }) => this.#showRun(run),
    select: ({ run, side, from, to }) => this.#select(run, side, { from, to }),
    discardDraft: () => this.#live.patch({ draft: null, ...NO_ADVICE, losses: [] }),
    check: () => this.#check(),
    apply: () => this.#apply(),
    suggest: () => this.#suggest(),
    undo: () => this.#undo(),
    revealEdit: ({ edit }) => this.#lead(() => this.#surroundings.actions.revealEdit(edit)),
    chooseHook: ({ hook }) => this.#lead(() => this.#surroundings.actions.chooseHook(hook)),
    openModel: () => this.#lead(() => this.#surroundings.actions.openModel()),
    tryDemo: () => this.#lead(() => this.#surroundings.actions.tryDemo()),
    calibrate: () => this.#lead(() => this.#surroundings.actions.calibrate()),
    createCodebook: () => this.#lead(() => this.#surroundings.actions.createCodebook()),
    dismissProblem: () => this.#live.patch({ problem: null }),
  };

  constructor(surroundings: BenchSurroundings) {
    this.#surroundings = surroundings;
    this.#live = new LiveState(surroundings.store, surroundings.emit, {
      revision: 0,
      model: null,
      codebook: null,
      activity: null,
      prompt: EMPTY_PROMPT,
      settings: startSettings(surroundings.preferences()),
      rendered: null,
      runs: [],
      shown: null,
      draft: null,
      ...NO_ADVICE,
      losses: [],
      result: null,
      problem: null,
    });
    // Nobody is there yet to be told.
    this.#live.adopt(this.#news());
    this.#subscription = surroundings.session.onDidChange(() => {
      const news = this.#news();
      if (Object.keys(news).length > 0) {
        this.#live.patch(news);
        void this.#outline();
      }
    });
  }

  get state(): BenchState {
    return this.#live.now;
  }

  /** Puts a prompt in, as if it had been typed. */
  showPrompt(prompt: Prompt): void {
    const { prompt: before } = this.state;
    const typed =
      prompt.kind === 'text'
        ? { ...before, kind: prompt.kind, text: prompt.text, pair: prompt.pair }
        : { ...before, kind: prompt.kind, messages: withAnswer(prompt) };
    this.#live.patch({ prompt: typed, rendered: null });
  }

  /** Puts an edit in, as if its text had been selected, and its prompt. */
  showDraft(about: DraftSubject): void {
    this.showPrompt(about.prompt);
    this.#begin(newDraft(about, this.#edited.replace));
  }

  dispose(): void {
    this.#running?.abort();
    this.#subscription.dispose();
    this.#live.dispose();
  }

  #change({ prompt, settings, draft }: BenchInput): null {
    const { rendered } = this.state;
    this.#live.adopt({
      ...(prompt && { prompt }),
      ...(settings && { settings }),
      // What was checked was another edit.
      ...(draft && { draft, preview: null }),
    });
    this.#live.saveSoon();
    if (draft) void this.#outline();
    if (prompt && rendered !== null) void this.#render();
    return null;
  }

  async #generate(): Promise<null> {
    return this.#during('generating', async (signal) => {
      const { settings, runs } = this.state;
      const { sampling, maxTokens, stop, compare, inContext } = settings;
      const prompt = promptOf(this.state.prompt, this.#edited.kind);
      const run = (runs.at(-1)?.run ?? 0) + 1;
      this.#live.setRun({ run, at: new Date().toISOString(), prompt, outputs: {} });
      this.#live.patch({ shown: run });
      const params = { prompt, maxTokens, sampling, stop };
      try {
        for (const side of compare ? (['edited', 'unedited'] as const) : (['edited'] as const)) {
          await this.#say(run, side, { ...params, edits: side === 'edited' }, signal);
        }
        if (inContext && isWriter(this.#edited.kind)) await this.#sayInContext(run, params, signal);
      } finally {
        this.#live.dropIfEmpty(run);
      }
    });
  }

  /** Answers with the fact of the edit that has fired before the prompt, and without edits. */
  async #sayInContext(number: number, params: Omit<GenerateParams, 'edits'>, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const edit = this.#live.run(number)?.outputs.edited?.decision?.edit ?? null;
    const told = edit === null ? null : await this.#surroundings.session.withFact(params.prompt, edit);
    const run = this.#live.run(number);
    if (run) this.#live.setRun({ ...run, told });
    if (told) await this.#say(number, 'inContext', { ...params, prompt: told, edits: false }, signal);
  }

  async #say(run: number, side: BenchSide, params: GenerateParams, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const set = (output: Partial<BenchOutput>): void => {
      const found = this.#live.run(run);
      if (!found) return;
      const before = found.outputs[side] ?? { tokens: [], decision: null, finish: null };
      this.#live.setRun({ ...found, outputs: { ...found.outputs, [side]: { ...before, ...output } } });
    };
    const batch = new FrameBatch<GeneratedToken>((tokens) => {
      this.#live.tell({ kind: 'tokens', run, side, tokens });
    });
    set({});
    try {
      const answer = await askModel(this.#surroundings.session, params, {
        signal,
        onProgress: (progress) => {
          if (progress.kind === 'decision') set({ decision: progress.decision });
          else batch.add(progress.token);
        },
      });
      batch.flush();
      // The answer holds whatever progress was lost on the way.
      set(answer);
    } catch (error) {
      batch.flush();
      set({ finish: 'cancelled' });
      throw error;
    }
  }

  #select(number: number, side: BenchSide, range: TokenRange): null {
    const run = this.#live.run(number);
    const output = run?.outputs[side];
    const draft = run && output && draftOfOutput(run.prompt, output, range, this.#edited);
    if (draft) this.#begin(draft);
    return null;
  }

  #begin(draft: EditDraft): void {
    this.#live.patch({ draft, ...NO_ADVICE, losses: [], problem: null });
    void this.#outline();
  }

  /** Says what the draft is taken to be about, where the router looks at words; a guess is filled in once. */
  async #outline(): Promise<null> {
    const { draft, outline: before, model } = this.state;
    const { session } = this.#surroundings;
    if (!draft || !session.model || model?.router.inUse !== 'two-part') {
      return before === null ? null : this.#live.patch({ outline: null });
    }
    return this.#lead(async () => {
      const outline = await session.outline(draft.prompt, draft.subject.trim() || undefined);
      const now = this.state.draft;
      if (now?.prompt !== draft.prompt || now.subject !== draft.subject || !outline) return;
      const isFirst = before === null && draft.subject === '';
      this.#live.patch(isFirst ? { outline, draft: { ...now, subject: outline.guess } } : { outline });
    });
  }

  #suggest(): Promise<null> {
    return this.#during('checking', async () => {
      const { draft } = this.state;
      if (!draft) return;
      const subject = draft.subject.trim() || undefined;
      const { negatives } = await this.#surroundings.session.suggest(draft.prompt, subject);
      if (this.state.draft?.prompt === draft.prompt) this.#live.patch({ suggestions: negatives });
    });
  }

  #check(): Promise<null> {
    return this.#during('checking', async () => {
      const { draft } = this.state;
      if (!draft) return;
      const preview = await this.#surroundings.session.preview(this.#params(draft));
      if (this.state.draft === draft) this.#live.patch({ preview });
    });
  }

  #apply(): Promise<null> {
    return this.#during('editing', async (signal) => {
      const { draft } = this.state;
      if (!draft) return;
      this.#live.patch({ losses: [], result: null });
      const batch = new FrameBatch<number>((losses) => {
        this.#live.tell({ kind: 'losses', losses });
      });
      const { session, edited } = this.#surroundings;
      const onProgress = ({ loss }: { readonly loss: number }): void => {
        batch.add(loss);
      };
      const made = await session.edit(this.#params(draft), { signal, onProgress }).finally(() => {
        batch.flush();
      });
      this.#live.resultFolder = session.codebook?.head.folder ?? null;
      const { result, classes } = made;
      this.#live.patch({ draft: null, ...NO_ADVICE, result: { draft, result, classes, undone: false } });
      edited(made);
    });
  }

  #undo(): Promise<null> {
    return this.#during('undoing', async () => {
      const { result } = this.state;
      if (!result || result.undone) return;
      const { session, otherCodebook } = this.#surroundings;
      const folder = session.codebook?.head.folder;
      if (this.#live.resultFolder !== null && this.#live.resultFolder !== folder) throw otherCodebook();
      await session.switch('revert', [result.result.edit]);
      this.#live.patch({ result: { ...result, undone: true } });
    });
  }

  #showRun(run: number): null {
    if (this.#live.run(run)) this.#live.patch({ shown: run });
    return null;
  }

  async #toggleRendered(): Promise<null> {
    if (this.state.rendered !== null) return this.#live.patch({ rendered: null });
    this.#live.patch({ problem: null });
    return this.#render();
  }

  async #render(): Promise<null> {
    const { messages } = this.state.prompt;
    return this.#lead(async () => {
      const rendered = await this.#surroundings.session.render(messages);
      if (this.state.prompt.messages === messages) this.#live.patch({ rendered });
    });
  }

  /** Does the one thing that the bench is busy with; while it is, it takes on nothing else. */
  async #during(activity: BenchActivity, work: (signal: AbortSignal) => Promise<void>): Promise<null> {
    if (this.#running) return null;
    const controller = new AbortController();
    this.#running = controller;
    const { session } = this.#surroundings;
    this.#live.patch({ activity: session.model || activity === 'undoing' ? activity : 'opening', problem: null });
    await this.#lead(async () => {
      // Taking back needs the codebook alone.
      if (activity !== 'undoing') await session.requireModel();
      controller.signal.throwIfAborted();
      if (this.state.activity !== activity) this.#live.patch({ activity });
      await work(controller.signal);
    });
    this.#running = null;
    return this.#live.patch({ activity: null });
  }

  /** Shows the error if there is one; that a person called something off is none. */
  async #lead(work: () => Promise<void>): Promise<null> {
    try {
      await work();
    } catch (error) {
      const calledOff = error instanceof Error && error.name === 'AbortError';
      const problem = reportError(error);
      if (!calledOff && problem.code !== 'cancelled') this.#live.patch({ problem });
    }
    return null;
  }

  /** What has become of the model and the codebook. */
  #news(): Partial<BenchState> {
    const { session, actions } = this.#surroundings;
    const open = session.model;
    // A model that will be opened again by the next call is still the one that is worked with.
    const kept = session.hasModel ? this.state.model : null;
    const model = open ? benchModel(open, actions.machine()) : kept;
    const head = session.codebook?.head;
    const codebook = head ? { name: path.basename(head.folder), live: head.live, readOnly: head.readOnly } : null;
    return {
      ...(isSame(model, this.state.model) ? {} : { model }),
      ...(isSame(codebook, this.state.codebook) ? {} : { codebook }),
      ...this.#takenBackElsewhere(),
    };
  }

  /** Marks the shown result when its edit is no longer in its codebook. */
  #takenBackElsewhere(): Partial<BenchState> {
    const { result } = this.state;
    const codebook = this.#surroundings.session.codebook;
    if (!result || result.undone || !codebook || codebook.head.folder !== this.#live.resultFolder) return {};
    const isThere = codebook.items.some(({ edit }) => edit === result.result.edit);
    return isThere ? {} : { result: { ...result, undone: true } };
  }

  #params(draft: EditDraft): ReturnType<typeof editParams> {
    return editParams(draft, this.#surroundings.preferences().probes, this.state.outline?.guess);
  }

  get #edited(): EditedModel {
    return this.state.model ?? { kind: 'causal', replace: 'replace_last' };
  }
}

/** A chat whose answer has begun is shown with what was said as the assistant's message. */
function withAnswer({
  messages,
  answer,
}: Extract<Prompt, { kind: 'chat' }>): readonly { role: string; content: string }[] {
  return answer ? [...messages, { role: 'assistant', content: answer }] : messages;
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
