import { setTimeout as pause } from 'node:timers/promises';

import type { BenchSession } from '../../src/host/bench/bench-session.ts';
import type { Watch } from '../../src/host/engine/watch.ts';
import type { ClassChange, Classification, ClassProbability } from '../../src/protocol/classification.ts';
import type { CodebookSnapshot, EditItem } from '../../src/protocol/codebook-snapshot.ts';
import { CodedError } from '../../src/protocol/coded-error.ts';
import { NO_DECISION, type Decision, type KeyMatch } from '../../src/protocol/decision.ts';
import type { EditReach } from '../../src/protocol/edit-reach.ts';
import type { EditResult } from '../../src/protocol/edit-result.ts';
import type {
  EditMade,
  EditParams,
  EditPreview,
  EditProgress,
  GenerateParams,
  GenerateProgress,
  OpenModel,
} from '../../src/protocol/engine-api.ts';
import type { FinishReason, GeneratedToken, Generation } from '../../src/protocol/generation.ts';
import type { ModelDescription } from '../../src/protocol/model-description.ts';
import type { EditSuggestions, SuggestedNegative } from '../../src/protocol/edit-suggestions.ts';
import type { EditOutline, RouterState } from '../../src/protocol/router-state.ts';
import type { ChatMessage, Prompt } from '../../src/protocol/prompt.ts';

/** A token with five alternatives, itself among them. */
export function token(text: string, probability = 0.95): GeneratedToken {
  const id = Buffer.from(text).reduce((sum, byte) => (sum * 31 + byte) % 50_000, 7);
  const rest = [' the', ' a', ' Oslo', ' her', ','].filter((other) => other !== text).slice(0, 4);
  const others = rest.map((other, index) => ({
    id: 60_000 + index,
    text: other,
    logprob: Math.log(((1 - probability) / 2 ** (index + 1)) * 0.98),
  }));
  const logprob = Math.log(probability);
  const alternatives = [{ id, text, logprob }, ...others].toSorted((a, b) => b.logprob - a.logprob);
  return { id, text, logprob, alternatives };
}

/** A text as tokens, a word each; probabilities go round. */
export function tokensOf(text: string): GeneratedToken[] {
  const probabilities = [0.99, 0.93, 0.62, 0.31, 0.12, 0.02, 0.97, 0.99];
  const pieces = text.match(/\s?\S+|\s+/g) ?? [];
  return pieces.map((piece, index) => token(piece, probabilities[index % probabilities.length]));
}

export const END_TOKEN: GeneratedToken = { ...token('', 0.88), id: 0 };

export const DECISION_FIRED: Decision = {
  fired: true,
  entry: 11,
  edit: 12,
  distance: 3.1,
  radius: 5,
  nearest: { entry: 3, edit: 4, distance: 9, radius: 5 },
};

export const DECISION_NEAR: Decision = {
  ...NO_DECISION,
  nearest: { entry: 3, edit: 4, distance: 7.3, radius: 5 },
};

export function openModel(chatTemplate = true): OpenModel {
  const hooks = [0, 1, 2, 3].map((block) => `model.layers.${block}.mlp.down_proj`);
  return {
    model: '/models/biographies',
    description: {
      name: 'biographies',
      architecture: 'llama',
      kind: 'causal',
      fingerprint: 'f'.repeat(16),
      parameters: 4_200_000,
      bytes: 8_400_000,
      layers: 4,
      width: 192,
      vocabulary: 2048,
      contextLength: 512,
      chatTemplate,
      device: 'cpu',
      deviceReason: null,
      devices: ['cpu'],
      hookPoints: hooks.map((path, block) => ({
        path,
        side: 'output',
        kind: 'linear',
        stack: 'decoder',
        block,
        size: 192,
      })),
      defaultHook: { replace: hooks[2]!, key: hooks[2]! },
    },
    hook: { replace: hooks[2]!, key: hooks[2]! },
    radius: 5.2,
    router: { inUse: 'grace', calibrated: [], missing: ['text'] },
    defaults: { steps: 100, replace: 'replace_last' },
    codebook: snapshot([]),
  };
}

/** The same with a model of another kind. */
function openOther(description: Partial<ModelDescription>): OpenModel {
  const open = openModel(false);
  return { ...open, description: { ...open.description, ...description } };
}

/** Classes of a text, the most likely first; those that are not named share what is left. */
export function classesOf(likely: Readonly<Record<string, number>>, labels = INTENTS): readonly ClassProbability[] {
  const left = 1 - Object.values(likely).reduce((sum, each) => sum + each, 0);
  const others = left / Math.max(1, labels.length - Object.keys(likely).length);
  return labels
    .map((label, id) => ({ id, label, logprob: Math.log(likely[label] ?? others) }))
    .toSorted((a, b) => b.logprob - a.logprob);
}

/** More than fit without a filter. */
export const INTENTS: readonly string[] = [
  ...['alarm', 'apr', 'balance', 'calendar', 'card_declined', 'damaged_card', 'freeze_account', 'interest_rate'],
  ...['lost_card', 'order_checks', 'pay_bill', 'pin_change', 'report_fraud', 'transfer', 'weather', 'whisper_mode'],
];

/** A classifier of many labels, or of the few that are named. */
export const openClassifier = (labels = INTENTS): OpenModel =>
  openOther({ name: 'intents', architecture: 'BertForSequenceClassification', kind: 'classifier', labels });

export const openMasked = (): OpenModel =>
  openOther({ name: 'bert', architecture: 'BertForMaskedLM', kind: 'masked', mask: '[MASK]' });

export const openAnswering = (): OpenModel =>
  openOther({ name: 'questions', architecture: 'T5ForConditionalGeneration', kind: 'encoder-decoder' });

const RATES = {
  strict: { reworded: 0.84, otherQuestion: 0.985 },
  balanced: { reworded: 0.92, otherQuestion: 0.971 },
  loose: { reworded: 0.97, otherQuestion: 0.908 },
} as const;

export const CALIBRATED: RouterState['calibrated'] = [
  { kind: 'text', rates: RATES },
  { kind: 'chat', rates: RATES },
];

/** A model whose codebook the two-part router decides in. */
export const openTwoPart = (): OpenModel => ({
  ...openModel(),
  router: { inUse: 'two-part', calibrated: CALIBRATED, missing: [] },
  radius: 0.8,
});

const agreement = (score: number, missing: readonly string[] = []): KeyMatch => ({
  ...{ found: ['astrid', 'lund'], missing, coverage: missing.length === 0 ? 1 : 0.72, run: 1 },
  ...{ score, threshold: 0.4, own: false },
});

export const TWO_PART_FIRED: Decision = {
  fired: true,
  entry: 11,
  edit: 12,
  distance: 0.52,
  radius: 0.8,
  match: agreement(0.68),
  nearest: { entry: 3, edit: 4, distance: 0.99, radius: 0.8, match: agreement(0.21) },
};

export const TWO_PART_NEAR: Decision = {
  ...NO_DECISION,
  nearest: { entry: 3, edit: 4, distance: 0.89, radius: 0.8, match: agreement(0.31, ['erika']) },
};

/** What a check says of an edit that goes too far. */
export const REACH: EditReach = {
  entity: ['astrid', 'lund'],
  isGuess: false,
  threshold: 0.4,
  unrelated: { fires: 0, of: 1250 },
  negatives: [{ prompt: { kind: 'text', text: 'Who are the parents of Astrid Lund?' }, match: agreement(0.24) }],
  edits: [
    { edit: 4, fires: true, match: agreement(0.47) },
    { edit: 9, fires: false, match: agreement(0.18) },
  ],
  nearest: null,
};

function item(edit: number, target: string): EditItem {
  return {
    edit,
    state: 'live',
    title: '',
    prompt: 'a prompt',
    target,
    tags: [],
    annotated: false,
    radius: 5,
    keys: 1,
    subject: '',
    negatives: 0,
    rows: 1,
    at: '2026-01-02T03:04:05.000Z',
    success: true,
    entry: String(edit),
  };
}

function snapshot(items: readonly EditItem[], revision = 1, readOnly: string | null = null): CodebookSnapshot {
  return {
    head: {
      model: { name: 'biographies', architecture: 'llama', fingerprint: 'f'.repeat(16) },
      hook: { replace: 'model.layers.2.mlp.down_proj', key: 'model.layers.2.mlp.down_proj' },
      router: 'euclidean',
      radius: 5.2,
      edits: items.length,
      live: items.length,
      entries: items.length,
      notices: [],
      folder: '/workspace/.grace/biographies',
      revision,
      readOnly,
    },
    items,
  };
}

/** A session without an engine: what it says is written down beforehand, and it says it at a pace of its own. */
export class FakeSession implements BenchSession {
  model: OpenModel | null;
  codebook: CodebookSnapshot | null;
  hasModel = true;
  /** What generation gives with edits, and without. */
  answer: readonly GeneratedToken[] = [...tokensOf(' was born in Oslo in 1931.'), END_TOKEN];
  unedited: readonly GeneratedToken[] = [...tokensOf(' was born in Bergen in 1931.'), END_TOKEN];
  /** What a classifier says with edits, and without. */
  classes: readonly ClassProbability[] = classesOf({ lost_card: 0.62, damaged_card: 0.21, report_fraud: 0.08 });
  uneditedClasses: readonly ClassProbability[] = classesOf({ card_declined: 0.91, lost_card: 0.04 });
  decision: Decision = NO_DECISION;
  finish: FinishReason = 'eos';
  /** Between one token, or step, and the next; 0: all at once. */
  milliseconds = 0;
  steps = 12;
  checked: EditPreview = {
    reach: null,
    action: 'add',
    outcome: {
      steps: [{ action: 'add', entry: 2, nearest: 1, distance: 14.2 }],
      orphans: [],
      displaced: [],
      relabelled: [],
    },
  };
  result: Partial<EditResult> = {};
  /** Of the two-part router: who a prompt seems to be about, the score that the codebook asks for, and what it suggests. */
  guess = 'Astrid Lund';
  floor = 0.31;
  negatives: readonly SuggestedNegative[] = [];
  readonly outlined: (readonly [Prompt, string | undefined])[] = [];
  readonly suggested: (readonly [Prompt, string | undefined])[] = [];
  /** Thrown instead of the next answer, after what has been said until then. */
  failure: Error | null = null;
  readonly generated: GenerateParams[] = [];
  readonly edited: EditParams[] = [];
  readonly switched: { readonly op: string; readonly edits: readonly number[] }[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(model: OpenModel | null = openModel()) {
    this.model = model;
    this.codebook = model?.codebook ?? null;
    this.hasModel = model !== null;
  }

  readonly onDidChange = (listener: () => void): { dispose(): void } => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** As if other edits had been made. */
  setEdits(edits: readonly number[], readOnly: string | null = null): void {
    const revision = (this.codebook?.head.revision ?? 0) + 1;
    this.codebook = snapshot(
      edits.map((edit) => item(edit, 'a target')),
      revision,
      readOnly,
    );
    this.changed();
  }

  requireModel(): Promise<OpenModel> {
    if (this.model) return Promise.resolve(this.model);
    return Promise.reject(new CodedError('cancelled', 'No model was chosen.'));
  }

  async generate(params: GenerateParams, watch: Watch<GenerateProgress> = {}): Promise<Generation> {
    this.generated.push(params);
    const decision = params.edits ? this.decision : NO_DECISION;
    watch.onProgress?.({ kind: 'decision', decision });
    const said: GeneratedToken[] = [];
    const begin = performance.now();
    for (const next of params.edits ? this.answer : this.unedited) {
      // Timers round up; the pace is kept over the whole.
      const late = begin + said.length * this.milliseconds - performance.now();
      if (late > 0) await pause(late);
      if (watch.signal?.aborted) return { text: '', tokens: said, decision, finish: 'cancelled' };
      if (this.failure && said.length === 3) throw this.#fail();
      said.push(next);
      watch.onProgress?.({ kind: 'token', token: next });
    }
    return { text: said.map(({ text }) => text).join(''), tokens: said, decision, finish: this.finish };
  }

  readonly classified: Prompt[] = [];

  classify(prompt: Prompt, edits: boolean): Promise<Classification> {
    this.classified.push(prompt);
    if (this.failure) return Promise.reject(this.#fail());
    const classes = edits ? this.classes : this.uneditedClasses;
    return Promise.resolve({ label: classes[0]!.label, classes, decision: edits ? this.decision : NO_DECISION });
  }

  outline(prompt: Prompt, subject: string | undefined): Promise<EditOutline | null> {
    this.outlined.push([prompt, subject]);
    if (this.model?.router.inUse !== 'two-part') return Promise.resolve(null);
    const entity = (subject ?? this.guess).toLowerCase().split(' ').filter(Boolean);
    return Promise.resolve({ guess: this.guess, entity, floor: this.floor });
  }

  suggest(prompt: Prompt, subject: string | undefined): Promise<EditSuggestions> {
    this.suggested.push([prompt, subject]);
    return Promise.resolve({ subject: subject ?? this.guess, negatives: this.negatives });
  }

  withFact(prompt: Prompt, edit: number): Promise<Prompt> {
    if (prompt.kind !== 'text') throw new Error('Only texts are told facts here.');
    return Promise.resolve({ kind: 'text', text: `The fact of edit ${edit}.\n${prompt.text}` });
  }

  render(messages: readonly ChatMessage[]): Promise<string> {
    const turns = messages.map(({ role, content }) => `<|${role}|>\n${content}</s>\n`);
    return Promise.resolve(`${turns.join('')}<|assistant|>\n`);
  }

  preview(): Promise<EditPreview> {
    return this.failure ? Promise.reject(this.#fail()) : Promise.resolve(this.checked);
  }

  async edit(params: EditParams, watch: Watch<EditProgress> = {}): Promise<EditMade> {
    this.edited.push(params);
    const loss = Array.from({ length: this.steps + 1 }, (_, step) => 6.4 * Math.exp(-step / (this.steps / 4)));
    for (const [step, value] of loss.entries()) {
      if (this.milliseconds > 0) await pause(this.milliseconds);
      if (watch.signal?.aborted) throw new CodedError('cancelled', 'The edit was cancelled.');
      if (this.failure && step === 3) throw this.#fail();
      watch.onProgress?.({ step, loss: value });
    }
    const edit = (this.codebook?.items.at(-1)?.edit ?? 0) + 1;
    const earlier = this.codebook?.items.map((other) => other.edit) ?? [];
    const result: EditResult = {
      edit,
      action: 'add',
      success: true,
      before: ' was born in Oslo in 1931.',
      after: `${params.target} in 1931.`,
      steps: this.steps,
      rows: 1,
      loss,
      learningRate: 1,
      radius: params.radius ?? 5.2,
      decision: { ...DECISION_FIRED, edit, entry: edit - 1, distance: 0 },
      orphans: [],
      displaced: [],
      relabelled: [],
      probes: params.probes.map((prompt) => ({ prompt, before: ' of France', after: ' of France', unchanged: true })),
      seconds: 1.84,
      ...this.result,
    };
    this.setEdits([...earlier, edit]);
    const head = this.codebook!.head;
    return { result, change: { head, changed: [], removed: [] }, classes: this.#classChange(params.target) };
  }

  switch(op: 'disable' | 'enable' | 'revert', edits: readonly number[]): Promise<void> {
    this.switched.push({ op, edits });
    const left = this.codebook?.items.map(({ edit }) => edit).filter((edit) => !edits.includes(edit)) ?? [];
    this.setEdits(left);
    return Promise.resolve();
  }

  #classChange(target: string): ClassChange | undefined {
    const before = this.classes;
    if (this.model?.description.kind !== 'classifier') return undefined;
    this.classes = classesOf({ [target]: 0.97 }, this.model.description.labels);
    return { before, after: this.classes };
  }

  #fail(): Error {
    const failure = this.failure!;
    this.failure = null;
    return failure;
  }
}
