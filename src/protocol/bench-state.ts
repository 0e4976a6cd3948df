import type { ClassChange, ClassProbability } from './classification.ts';
import type { ErrorReport } from './coded-error.ts';
import type { Decision } from './decision.ts';
import type { ReplacementPolicy } from './edit.ts';
import type { SuggestedNegative } from './edit-suggestions.ts';
import type { EditResult } from './edit-result.ts';
import type { EditPreview } from './engine-api.ts';
import type { FinishReason, GeneratedToken, Sampling } from './generation.ts';
import type { ModelKind } from './model-description.ts';
import type { ChatMessage, Prompt } from './prompt.ts';
import type { EditOutline, RouterState } from './router-state.ts';

/** The model as the Edit Bench needs to know it. */
export interface BenchModel {
  readonly name: string;
  readonly architecture: string;
  readonly kind: ModelKind;
  /** Names of its classes by number; none where it is no classifier. */
  readonly labels: readonly string[];
  /** What stands for a word to be filled in; null where it fills in none. */
  readonly mask: string | null;
  readonly device: string;
  /** "local", or the name of the remote machine. */
  readonly machine: string;
  readonly chatTemplate: boolean;
  readonly contextLength: number;
  /** The module whose output is edited. */
  readonly hook: string;
  /** Modules whose output can be edited. */
  readonly hooks: readonly string[];
  readonly radius: number | null;
  readonly steps: number;
  readonly replace: ReplacementPolicy;
  readonly router: RouterState;
}

export interface BenchCodebook {
  readonly name: string;
  readonly live: number;
  readonly readOnly: string | null;
}

/** What is typed into the prompt; text and chat are both kept, `kind` says which one counts. */
export interface PromptDraft {
  readonly kind: 'text' | 'chat';
  readonly text: string;
  /** A second text, for models that judge two together; it counts where it is written. */
  readonly pair?: string | undefined;
  readonly messages: readonly ChatMessage[];
}

export interface BenchSettings {
  readonly sampling: Sampling;
  readonly maxTokens: number;
  readonly stop: readonly string[];
  /** With edits and without, side by side. */
  readonly compare: boolean;
  /** With the fact of the edit that fires before the prompt, and no edits, as well. */
  readonly inContext: boolean;
  /** Tokens shaded by their probability. */
  readonly shading: boolean;
}

export type BenchSide = 'edited' | 'unedited' | 'inContext';

/** One generation, running while `finish` is null. */
export interface BenchOutput {
  readonly tokens: readonly GeneratedToken[];
  /** Null before prefill has ended. */
  readonly decision: Decision | null;
  readonly finish: FinishReason | null;
  /** What a classifier says instead of tokens: all classes, the most likely first. */
  readonly classes?: readonly ClassProbability[] | undefined;
}

/** A generation of this session. */
export interface BenchRun {
  /** Counts from 1. */
  readonly run: number;
  readonly at: string;
  readonly prompt: Prompt;
  readonly outputs: Readonly<Partial<Record<BenchSide, BenchOutput>>>;
  /** The prompt with the fact before it; null where no edit fired, absent where that was not asked for. */
  readonly told?: Prompt | null | undefined;
}

/** An edit that is being written. Null in a number field: the engine's own choice. */
export interface EditDraft {
  /** What the edit learns: the prompt up to what is wrong. */
  readonly prompt: Prompt;
  /**
   * What the answer says before what is wrong, where that is no part of the prompt: an encoder-decoder has its whole answer for a
   * target, which begins so.
   */
  readonly lead?: string | undefined;
  /** What the model said. */
  readonly wrong: string;
  readonly target: string;
  /** Whether the answer ends with the target. */
  readonly ends: boolean;
  readonly rephrasings: readonly string[];
  /** Who or what it is about, for the two-part router; empty: names and numbers of the prompt. */
  readonly subject: string;
  /** Prompts that must not fire it. */
  readonly negatives: readonly string[];
  /** Prompts of the user's own whose answers must not change. */
  readonly probes: readonly string[];
  /** Whether the default set of unrelated prompts is asked as well. */
  readonly defaultProbes: boolean;
  readonly radius: number | null;
  readonly replace: ReplacementPolicy;
  readonly steps: number | null;
  readonly learningRate: number | null;
}

export interface BenchResult {
  readonly draft: EditDraft;
  readonly result: EditResult;
  /** Of a classifier. */
  readonly classes?: ClassChange | undefined;
  /** True once it has been taken back. */
  readonly undone: boolean;
}

export type BenchActivity = 'opening' | 'generating' | 'checking' | 'editing' | 'undoing';

/**
 * Everything the Edit Bench shows. The host owns it; the page keeps nothing that the host cannot send again, so that a page that
 * was hidden or reloaded is as it was.
 */
export interface BenchState {
  readonly revision: number;
  readonly model: BenchModel | null;
  readonly codebook: BenchCodebook | null;
  readonly activity: BenchActivity | null;
  readonly prompt: PromptDraft;
  readonly settings: BenchSettings;
  /** The chat as the model's template renders it, when it was asked for. */
  readonly rendered: string | null;
  /** The oldest first. */
  readonly runs: readonly BenchRun[];
  /** The run that is shown; null before the first. */
  readonly shown: number | null;
  readonly draft: EditDraft | null;
  /** What the draft is taken to be about; null without one, and with GRACE's own router. */
  readonly outline: EditOutline | null;
  /** Other questions about its subject; null before they are asked for. */
  readonly suggestions: readonly SuggestedNegative[] | null;
  readonly preview: EditPreview | null;
  /** Loss before each step so far of the edit that is being learned, or of the last one. */
  readonly losses: readonly number[];
  readonly result: BenchResult | null;
  readonly problem: ErrorReport | null;
}

/** What changes a state; each has the revision that the state has afterwards. */
export type BenchEvent =
  | {
      readonly kind: 'patch';
      readonly revision: number;
      readonly patch: Partial<Omit<BenchState, 'revision'>>;
    }
  | {
      /** A run that is new, or other than before; those before `oldest` are forgotten. */
      readonly kind: 'run';
      readonly revision: number;
      readonly run: BenchRun;
      readonly oldest: number;
    }
  | {
      readonly kind: 'tokens';
      readonly revision: number;
      readonly run: number;
      readonly side: BenchSide;
      readonly tokens: readonly GeneratedToken[];
    }
  | { readonly kind: 'losses'; readonly revision: number; readonly losses: readonly number[] };

/** The state after an event; null when an event between the two is missing, and the whole state must be asked for. */
export function applyBenchEvent(state: BenchState, event: BenchEvent): BenchState | null {
  const { revision } = event;
  if (revision !== state.revision + 1) return null;
  switch (event.kind) {
    case 'patch':
      return { ...state, ...event.patch, revision };
    case 'losses':
      return { ...state, losses: [...state.losses, ...event.losses], revision };
    case 'run':
      return { ...state, runs: withRun(state.runs, event), revision };
    case 'tokens':
      return {
        ...state,
        runs: state.runs.map((run) => (run.run === event.run ? withTokens(run, event) : run)),
        revision,
      };
  }
}

function withRun(
  runs: readonly BenchRun[],
  { run, oldest }: Extract<BenchEvent, { kind: 'run' }>,
): readonly BenchRun[] {
  const kept = runs.filter((other) => other.run >= oldest);
  if (!kept.some((other) => other.run === run.run)) return [...kept, run];
  return kept.map((other) => (other.run === run.run ? run : other));
}

function withTokens(run: BenchRun, { side, tokens }: Extract<BenchEvent, { kind: 'tokens' }>): BenchRun {
  const output = run.outputs[side] ?? { tokens: [], decision: null, finish: null };
  return { ...run, outputs: { ...run.outputs, [side]: { ...output, tokens: [...output.tokens, ...tokens] } } };
}
