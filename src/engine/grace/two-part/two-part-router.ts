import { NO_DECISION, type Decision, type KeyMatch, type NearEntry } from '../../../protocol/decision.ts';
import type { Prompt } from '../../../protocol/prompt.ts';
import type { Prefill } from '../../generation/steering.ts';
import type { Decoder } from '../../models/family.ts';
import { askedText, promptTokens } from '../../text/prompt-tokens.ts';
import type { TextTokenizer } from '../../text/tokenizer.ts';
import type { FoldedCodebook } from '../codebook.ts';
import type { Query, Router } from '../router.ts';
import { project, type Calibration, type PromptKind } from './calibration.ts';
import { UNRELATED_QUESTIONS } from './calibration-prompts.ts';
import { matchEntity, queryWords, sharedStems, type QueryWords } from './entity-gate.ts';
import { FarQuestions } from './far-questions.ts';
import { HIGHEST_SCORE, relationScore } from './relation-score.ts';
import { RowIndex } from './row-index.ts';
import { promptName, TwoPartCodebook, type TwoPartRow } from './two-part-codebook.ts';
import { wordWeights } from './word-weights.ts';

/** Score and threshold as the distance and radius that edits are recorded with. */
export const radiusOf = (threshold: number): number => HIGHEST_SCORE - threshold;
export const thresholdOf = (radius: number): number => HIGHEST_SCORE - radius;

/**
 * A router whose edits generalise: a key in two parts (docs/decisions/0020). Who a prompt is about is told by its words, what it asks
 * by the states of the model and the words that are no name; an entry fires where both agree, and the best one does.
 */
export class TwoPartRouter implements Router {
  static readonly NAME = 'two-part';
  readonly name = TwoPartRouter.NAME;
  readonly size: number;
  readonly calibration: Calibration;
  readonly #tokenizer: TextTokenizer;
  readonly #decoder: Decoder;
  readonly #indices = new WeakMap<TwoPartCodebook, RowIndex>();
  readonly #far = new Map<PromptKind, FarQuestions>();

  constructor(calibration: Calibration, tokenizer: TextTokenizer, decoder: Decoder) {
    this.calibration = calibration;
    this.size = calibration.rank;
    this.#tokenizer = tokenizer;
    this.#decoder = decoder;
    for (const kind of ['text', 'chat'] as const) {
      const projection = calibration.projections[kind];
      if (projection) this.#far.set(kind, new FarQuestions(UNRELATED_QUESTIONS, projection.unrelated, this.size));
    }
  }

  query(prompt: Prompt, prefill: Prefill): Query {
    const projection = this.calibration.projections[prompt.kind];
    const tokens = promptTokens(this.#tokenizer, prompt);
    // A chat needs a template, and a model that has one is calibrated with it.
    if (!projection) throw new Error(`The model is not calibrated for a ${prompt.kind}.`);
    return { vector: project(projection, prefill, tokens, this.#decoder), prompt };
  }

  decide({ vector, prompt }: Query, codebook: FoldedCodebook): Decision {
    const index = this.#indexOf(codebook);
    const words = queryWords(askedText(prompt));
    const name = promptName(prompt);
    const own = index.rowOf(name);
    const candidates = new Set(index.about(words.words));
    if (own !== undefined) candidates.add(own);
    const near = [...candidates]
      .filter((row) => index.row(row).kind === prompt.kind)
      .map((row) => this.#match(index, row, vector, words, name))
      .sort(byRank);
    const [first, second] = near;
    if (!first) return NO_DECISION;
    if (!first.fires) return { ...NO_DECISION, nearest: first.entry };
    return { fired: true, ...first.entry, nearest: second?.entry ?? null };
  }

  /** The lowest threshold that the size of a codebook allows: from it on, one in a hundred unrelated questions would fire. */
  floor(codebook: FoldedCodebook, kind: PromptKind): number {
    return this.#indexOf(codebook).floor(kind);
  }

  /** How many of the shipped unrelated questions would fire a key, and of how many. */
  farFires(codebook: FoldedCodebook, entry: number): { readonly fires: number; readonly of: number } {
    const index = this.#indexOf(codebook);
    const row = index.row(entry);
    const far = this.#far.get(row.kind);
    return { fires: far?.countFrom(row, this.#threshold(index, row)) ?? 0, of: far?.count ?? 0 };
  }

  #match(index: RowIndex, at: number, vector: Float32Array, words: QueryWords, name: string): Candidate {
    const row = index.row(at);
    const { passes, ...entity } = matchEntity(row.words, words, wordWeights());
    const score = relationScore(row.key, vector, sharedStems(row.words, words));
    const threshold = this.#threshold(index, row);
    const own = row.prompt === name;
    const match: KeyMatch = { ...entity, score, threshold, own };
    const radius = radiusOf(threshold);
    return {
      fires: own || (passes && score >= threshold && !row.negatives.has(name)),
      passes,
      score,
      entry: { entry: at, edit: row.valueFrom, distance: own ? 0 : radiusOf(score), radius, match },
    };
  }

  #threshold(index: RowIndex, row: TwoPartRow): number {
    return Math.max(thresholdOf(row.radius), index.floor(row.kind));
  }

  #indexOf(codebook: FoldedCodebook): RowIndex {
    if (!(codebook instanceof TwoPartCodebook)) throw new Error('The codebook was folded for another router.');
    let index = this.#indices.get(codebook);
    if (!index) this.#indices.set(codebook, (index = new RowIndex(codebook, this.#far)));
    index.update();
    return index;
  }
}

interface Candidate {
  readonly fires: boolean;
  readonly passes: boolean;
  readonly score: number;
  readonly entry: NearEntry;
}

/** A prompt's own row first, then those that fire, those about the same, and the others; the best score of each. */
function byRank(a: Candidate, b: Candidate): number {
  return rank(b) - rank(a) || b.score - a.score || a.entry.entry - b.entry.entry;
}

const rank = ({ fires, passes, entry }: Candidate): number =>
  entry.match?.own ? 3 : fires ? 2 : passes ? 1 : (entry.match?.coverage ?? 0) - 1;
