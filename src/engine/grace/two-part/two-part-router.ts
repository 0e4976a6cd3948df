import type { PromptKind } from '../../../protocol/calibration.ts';
import { CodedError } from '../../../protocol/coded-error.ts';
import { NO_DECISION, type Decision, type KeyMatch, type NearEntry } from '../../../protocol/decision.ts';
import type { Prompt } from '../../../protocol/prompt.ts';
import type { EditOutline } from '../../../protocol/router-state.ts';
import { COVERAGE_NEEDED, radiusOf, RUN_NEEDED, thresholdOf } from '../../../protocol/two-part.ts';
import type { Prefill } from '../../generation/steering.ts';
import type { Decoder } from '../../models/family.ts';
import type { EditReach, MetEdit } from '../../../protocol/edit-reach.ts';
import type { SuggestedNegative } from '../../../protocol/edit-suggestions.ts';
import { askedText, promptTokens } from '../../text/prompt-tokens.ts';
import type { TextTokenizer } from '../../text/tokenizer.ts';
import type { CodebookEdit, FoldedCodebook } from '../codebook.ts';
import type { Query, Router } from '../router.ts';
import { project, type Calibration } from './calibration.ts';
import { UNRELATED_QUESTIONS } from './calibration-prompts.ts';
import {
  guessSubject,
  keyWords,
  matchEntity,
  queryWords,
  sharedStems,
  type EntityMatch,
  type QueryWords,
} from './entity-gate.ts';
import { FarQuestions } from './far-questions.ts';
import { askAbout, othersThan } from './other-questions.ts';
import { relationScore } from './relation-score.ts';
import { RowIndex } from './row-index.ts';
import { promptName, TwoPartCodebook, type TwoPartRow } from './two-part-codebook.ts';
import { wordWeights } from './word-weights.ts';

/** How much more than the score of a prompt that must not fire a threshold is. */
const MARGIN = 0.02;

/** Earlier edits that are told of before an edit is made. */
const MOST_MET = 3;

/**
 * A router whose edits generalise: a key in two parts (docs/decisions/0024). Who a prompt is about is told by its words, what it asks
 * by the states of the model and the words that are no name; an entry fires where both agree, and the best one does.
 */
export class TwoPartRouter implements Router {
  static readonly NAME = 'two-part';
  readonly name = TwoPartRouter.NAME;
  /** On a rewording the same value leads by less than on the prompt it was learned on. */
  readonly loss = 0.1;
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
    const tokens = promptTokens(this.#tokenizer, prompt, prefill.ids);
    if (!projection) {
      throw new CodedError(
        'not-calibrated',
        `The two-part router is calibrated for this model, but not for ${prompt.kind === 'chat' ? 'its chat template' : 'plain text'}.`,
        'Let the calibration come to its end: grace calibrate --model MODEL.',
      );
    }
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
    if (!first.fires) return { ...NO_DECISION, nearest: entryOf(first) };
    return { fired: true, ...entryOf(first), nearest: second ? entryOf(second) : null };
  }

  /** The lowest threshold that the size of a codebook allows: from it on, one in a hundred unrelated questions would fire. */
  floor(codebook: FoldedCodebook, kind: PromptKind): number {
    return this.#indexOf(codebook).floor(kind);
  }

  outline(prompt: Prompt, subject: string | undefined, codebook: FoldedCodebook): EditOutline {
    const text = askedText(prompt);
    return {
      guess: guessSubject(text),
      entity: keyWords(text, subject).entity,
      floor: this.floor(codebook, prompt.kind),
    };
  }

  heed(edit: CodebookEdit, negatives: readonly Query[]): number {
    let { radius } = edit;
    for (const row of TwoPartCodebook.fold(this.size, [edit]).entries)
      for (const negative of negatives) {
        const { passes, score } = agreement(row, negative.vector, queryWords(askedText(negative.prompt)));
        if (passes && score >= thresholdOf(radius)) radius = Math.max(0, radiusOf(score + MARGIN));
      }
    return radius;
  }

  reach(edit: CodebookEdit, negatives: readonly Query[], codebook: FoldedCodebook): EditReach {
    const drafted = TwoPartCodebook.fold(this.size, [edit]);
    const [own] = drafted.entries;
    const { kind, words } = own!;
    const threshold = Math.max(thresholdOf(edit.radius), this.floor(codebook, kind));
    const far = this.#far.get(kind);
    const fires = new Set(
      drafted.entries.flatMap((row) => [...(far?.scores(row) ?? [])].flatMap(([at, score]) => (score >= threshold ? [at] : []))), // prettier-ignore
    );
    const prompt = edit.asked!.prompts[0]!;
    const { fired, edit: firing, match, nearest } = this.decide({ vector: edit.keys[0]!, prompt }, codebook);
    const known = fired ? { edit: firing!, match: match! } : nearest && { edit: nearest.edit, match: nearest.match! };
    return {
      entity: words.entity,
      isGuess: edit.asked?.subject === undefined && guessSubject(askedText(prompt)) === '',
      threshold,
      unrelated: { fires: fires.size, of: far?.count ?? 0 },
      negatives: negatives.map((query) => {
        const decision = this.decide(query, drafted);
        return { prompt: query.prompt, match: decision.match ?? decision.nearest?.match ?? null };
      }),
      edits: this.#met(drafted, codebook),
      nearest: known,
    };
  }

  /** Earlier edits about the same as an edit, whose prompts score most for it. */
  #met(drafted: TwoPartCodebook, codebook: FoldedCodebook): readonly MetEdit[] {
    const rows = codebook instanceof TwoPartCodebook ? codebook.entries : [];
    const met = rows.flatMap(({ key, prompt, valueFrom }): readonly MetEdit[] => {
      // Its own prompt is told of as what becomes of the row.
      if (drafted.rowOf(prompt) !== undefined) return [];
      const decision = this.decide({ vector: key, prompt: JSON.parse(prompt) as Prompt }, drafted);
      const match = decision.match ?? decision.nearest?.match;
      const isAbout = match && match.coverage >= COVERAGE_NEEDED && match.run >= RUN_NEEDED;
      return isAbout ? [{ edit: valueFrom, fires: decision.fired, match }] : [];
    });
    return met.sort((a, b) => b.match.score - a.match.score).slice(0, MOST_MET);
  }

  guessSubject(prompt: Prompt): string {
    return guessSubject(askedText(prompt));
  }

  askAbout(subject: string, kind: PromptKind): readonly (readonly Prompt[])[] {
    return askAbout(subject, kind);
  }

  othersThan(key: Query, subject: string, asked: readonly (readonly Query[])[]): readonly SuggestedNegative[] {
    return othersThan(key, subject, asked);
  }

  #match(index: RowIndex, at: number, vector: Float32Array, words: QueryWords, name: string): Candidate {
    const row = index.row(at);
    const entity = matchEntity(row.words, words, wordWeights());
    const score = relationScore(row.key, vector, sharedStems(row.words, words));
    const threshold = this.#threshold(index, row);
    const own = row.prompt === name;
    const fires = own || (entity.passes && score >= threshold && !row.negatives.has(name));
    const rank = own ? 3 : fires ? 2 : entity.passes ? 1 : entity.coverage - 1;
    return { at, row, entity, score, threshold, own, fires, rank };
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

/** How a row and a prompt agree, whatever the row's threshold. */
function agreement(row: TwoPartRow, vector: Float32Array, words: QueryWords): EntityMatch & { readonly score: number } {
  const score = relationScore(row.key, vector, sharedStems(row.words, words));
  return { ...matchEntity(row.words, words, wordWeights()), score };
}

/** A row that has a word of a prompt. */
interface Candidate {
  readonly at: number;
  readonly row: TwoPartRow;
  readonly entity: EntityMatch;
  readonly score: number;
  readonly threshold: number;
  readonly own: boolean;
  readonly fires: boolean;
  /** A prompt's own row first, then those that fire, those about the same, and the others by how much of a name they share. */
  readonly rank: number;
}

/** By rank; the best score among equals. */
const byRank = (a: Candidate, b: Candidate): number => b.rank - a.rank || b.score - a.score || a.at - b.at;

function entryOf({ at, row, entity, score, threshold, own }: Candidate): NearEntry {
  const { found, missing, coverage, run } = entity;
  const match: KeyMatch = { found, missing, coverage, run, score, threshold, own };
  const distance = own ? 0 : radiusOf(score);
  return { entry: at, edit: row.valueFrom, distance, radius: radiusOf(threshold), match };
}
