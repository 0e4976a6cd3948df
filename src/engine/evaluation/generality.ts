import { createHash } from 'node:crypto';

import type { Strictness } from '../../protocol/calibration.ts';
import type { Decision } from '../../protocol/decision.ts';
import type { GeneralityKind, GeneralityResult, GeneralityRow } from '../../protocol/generality.ts';
import { radiusOf, STRICTNESS } from '../../protocol/two-part.ts';
import { FACT_KINDS, type GeneralityFact } from './generality-file.ts';
import { rate } from './wilson.ts';

/** An edit that was made for a fact. */
export interface MadeEdit {
  readonly edit: number;
  /** Whether its value reached the target. */
  readonly success: boolean;
  readonly steps: number;
  /** Of its value: more than one for a track. */
  readonly rows: number;
}

/** What a generality test asks of an engine; texts are prompts, or what a user says in a chat, as its owner has it. */
export interface GeneralitySubject {
  readonly model: string;
  readonly router: string;
  /** Edits that were made before, by what they were made of. */
  readonly made: ReadonlyMap<string, MadeEdit>;
  edit(
    fact: GeneralityFact,
    radius: number | undefined,
    source: string,
  ): Promise<MadeEdit & { readonly seconds: number }>;
  decide(text: string): Promise<Decision>;
  /** The greedy answer, as long as the longest target. */
  answer(text: string, edits: boolean): Promise<string>;
  /** Whether the edited model's greedy answer begins with a target, token for token. */
  says(text: string, target: string): Promise<boolean>;
}

/** One prompt that was tried; kept, so that an interrupted test goes on. */
export interface GeneralityCase {
  /** Number of its fact, or of the unrelated question, from 0. */
  readonly fact: number;
  readonly kind: GeneralityKind;
  readonly text: string;
  /** With the loosest setting. */
  readonly fired: boolean;
  /** Whether it is the fact's own edit that fired. */
  readonly own: boolean;
  /** Whether the prompt is the edit's own, word for word. */
  readonly same: boolean;
  readonly score: number | null;
  /** Where it fired: the answer is the target (must fire), or what the unedited model says (must not). */
  readonly right: boolean;
}

export interface GeneralityOptions {
  readonly facts: readonly GeneralityFact[];
  readonly unrelated: readonly string[];
  /** What an earlier run has tried. */
  readonly known: readonly GeneralityCase[];
  /** The first fact whose prompts are asked, from 0: facts before it are edited and not counted. */
  readonly countFrom?: number | undefined;
  /** Seconds of each edit that an earlier run has made, and what to do with one more. */
  readonly seconds?: readonly number[] | undefined;
  readonly onEdit?: ((seconds: number) => void) | undefined;
  readonly onCase: (tried: GeneralityCase) => void;
  readonly onProgress?: ((what: 'edits' | 'prompts', done: number, of: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const MUST_FIRE: ReadonlySet<GeneralityKind> = new Set(['prompt', 'rewording', 'prefixedRewording', 'alias']);
const KINDS: readonly GeneralityKind[] = [...FACT_KINDS, 'unrelated'];
const LOOSEST = radiusOf(STRICTNESS.loose);

/**
 * Makes an edit of every fact, all in one codebook, and then asks everything: does the edit answer its prompt and rewordings of it,
 * and is everything else left alone? Keys fire as loosely as any setting has them; what stricter ones do follows from the scores.
 */
export async function testGenerality(
  subject: GeneralitySubject,
  options: GeneralityOptions,
): Promise<GeneralityResult> {
  const { facts, signal, onProgress, onEdit, countFrom = 0 } = options;
  const edits: MadeEdit[] = [];
  const seconds = [...(options.seconds ?? [])];
  for (const [at, fact] of facts.entries()) {
    if (signal?.aborted) break;
    const source = sourceOf(fact);
    let known = subject.made.get(source);
    if (!known) {
      const made = await subject.edit(fact, subject.router === 'two-part' ? LOOSEST : undefined, source);
      seconds.push(made.seconds);
      onEdit?.(made.seconds);
      known = made;
    }
    edits.push(known);
    onProgress?.('edits', at + 1, facts.length);
  }
  const numbers = edits.map(({ edit }) => edit);
  const cases = await tryAll(subject, numbers, options);
  return {
    ...{ model: subject.model, router: subject.router, edits: edits.length, countFrom },
    reached: edits.filter(({ success }) => success).length,
    tracks: edits.filter(({ rows }) => rows > 1).length,
    stepsPerEdit: mean(edits.map(({ steps }) => steps)),
    secondsPerEdit: mean(seconds),
    settings: settingsOf(subject.router).map(({ setting, threshold }) => ({
      ...{ setting, threshold },
      rows: KINDS.flatMap((kind) => rowOf(kind, threshold, cases)),
    })),
  };
}

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, one) => sum + one, 0) / Math.max(1, numbers.length);

const sourceOf = (fact: GeneralityFact): string =>
  createHash('sha256')
    .update(JSON.stringify([fact.prompt, fact.target]))
    .digest('hex')
    .slice(0, 16);

async function tryAll(
  subject: GeneralitySubject,
  edits: readonly number[],
  { facts, unrelated, known, countFrom = 0, onCase, onProgress, signal }: GeneralityOptions,
): Promise<readonly GeneralityCase[]> {
  const wanted = [
    ...facts.slice(0, edits.length).flatMap((fact, at) =>
      FACT_KINDS.flatMap((kind) => {
        const text = fact[kind];
        return text && at >= countFrom ? [{ fact: at, kind: kind, text }] : [];
      }),
    ),
    ...unrelated.map((text, at) => ({ fact: at, kind: 'unrelated' as const, text })),
  ];
  const done = new Map(known.map((tried) => [nameOf(tried), tried]));
  const cases: GeneralityCase[] = [];
  for (const [at, wish] of wanted.entries()) {
    if (signal?.aborted) break;
    let tried = done.get(nameOf(wish));
    if (!tried) {
      const { fact, kind, text } = wish;
      const { fired, edit, match } = await subject.decide(text);
      const own = fired && kind !== 'unrelated' && edit === edits[fact];
      const right = fired && (await isRight(subject, kind, text, facts[fact]?.target ?? ''));
      tried = { ...wish, fired, own, same: match?.own ?? false, score: match?.score ?? null, right };
      onCase(tried);
    }
    cases.push(tried);
    onProgress?.('prompts', at + 1, wanted.length);
  }
  return cases;
}

const nameOf = ({ kind, fact, text }: Pick<GeneralityCase, 'kind' | 'fact' | 'text'>): string =>
  `${kind} ${fact} ${text}`;

async function isRight(
  subject: GeneralitySubject,
  kind: GeneralityKind,
  text: string,
  target: string,
): Promise<boolean> {
  if (MUST_FIRE.has(kind)) return subject.says(text, target);
  return (await subject.answer(text, true)) === (await subject.answer(text, false));
}

function settingsOf(router: string): readonly { setting: Strictness | 'radius'; threshold: number | null }[] {
  if (router !== 'two-part') return [{ setting: 'radius', threshold: null }];
  return (['strict', 'balanced', 'loose'] as const).map((setting) => ({ setting, threshold: STRICTNESS[setting] }));
}

function rowOf(kind: GeneralityKind, threshold: number | null, cases: readonly GeneralityCase[]): GeneralityRow[] {
  const asked = cases.filter((tried) => tried.kind === kind);
  if (asked.length === 0) return [];
  const must = MUST_FIRE.has(kind);
  const fires = ({ fired, same, score }: GeneralityCase): boolean =>
    fired && (threshold === null || same || (score ?? 0) >= threshold);
  const hits = asked.filter((tried) => fires(tried) && (!must || tried.own)).length;
  const right = asked.filter((tried) => (fires(tried) ? tried.right : !must)).length;
  return [{ kind, fires: rate(hits, asked.length), right: rate(right, asked.length) }];
}
