import { COVERAGE_NEEDED, RUN_NEEDED } from '../../../protocol/two-part.ts';
import { isFunctionWord, placedWords, type PlacedWord } from './words.ts';
import type { WordWeights } from './word-weights.ts';

/** Letters by which two forms of a word are taken for the same. */
const STEM = 5;
const SHORTEST_GAP = /^[\s'’-]{1,3}$/u;

/** What the router keeps of a key's text. */
export interface KeyWords {
  /** Who or what the prompt is about, each word once. */
  readonly entity: readonly string[];
  /** Beginnings of the words that say what is asked. */
  readonly stems: readonly string[];
}

/** What the router looks at in a prompt's text. */
export interface QueryWords {
  readonly words: ReadonlySet<string>;
  readonly stems: ReadonlySet<string>;
  /** Names: words in a row that begin with a capital or hold a digit. */
  readonly names: readonly (readonly string[])[];
}

/** How the entity of a key and a prompt agree. */
export interface EntityMatch {
  readonly found: readonly string[];
  readonly missing: readonly string[];
  readonly coverage: number;
  readonly run: number;
  readonly passes: boolean;
}

/**
 * The words of a key. The entity is what the person says it is; otherwise names and numbers of the prompt, and all of its words
 * where there are none.
 */
export function keyWords(text: string, subject?: string): KeyWords {
  const all = placedWords(text);
  const told = new Set(placedWords(subject ?? '').map(({ word }) => word));
  const isEntity = ({ word, marked }: PlacedWord): boolean =>
    told.size > 0 ? told.has(word) : marked && !isFunctionWord(word);
  const entity = told.size > 0 ? [...told] : unique(all.filter(isEntity));
  const rest = all.filter((word) => !isEntity(word) && !isFunctionWord(word.word));
  return {
    entity: entity.length > 0 ? entity : unique(all),
    stems: [...new Set(rest.map(({ word }) => stemOf(word)))],
  };
}

/** Whether a rephrasing calls the subject by other names: it has names, and none of the subject's words. */
export function isAlias(text: string, subject: string | undefined): boolean {
  const told = new Set(telling(subject ?? ''));
  return told.size > 0 && guessSubject(text) !== '' && !telling(text).some((word) => told.has(word));
}

const telling = (text: string): readonly string[] =>
  placedWords(text).flatMap(({ word }) => (isFunctionWord(word) ? [] : [word]));

export function queryWords(text: string): QueryWords {
  const all = placedWords(text);
  const names: string[][] = [];
  let before: PlacedWord | undefined;
  for (const word of all) {
    const isName = word.marked && !isFunctionWord(word.word);
    const follows = before !== undefined && SHORTEST_GAP.test(text.slice(before.end, word.start));
    if (isName && follows) names.at(-1)!.push(word.word);
    else if (isName) names.push([word.word]);
    before = isName ? word : undefined;
  }
  return {
    words: new Set(all.map(({ word }) => word)),
    stems: new Set(all.map(({ word }) => stemOf(word))),
    names,
  };
}

/** Whether a prompt is about what a key is about, by its words alone. */
export function matchEntity({ entity }: KeyWords, { words, names }: QueryWords, weights: WordWeights): EntityMatch {
  const [found, missing]: [string[], string[]] = [[], []];
  let [known, total] = [0, 0];
  for (const word of entity) {
    const weight = weights.of(word);
    total += weight;
    if (words.has(word)) known += weight;
    (words.has(word) ? found : missing).push(word);
  }
  const coverage = total > 0 ? known / total : missing.length === 0 ? 1 : 0;
  const run = longestRun(entity, names, weights);
  return { found, missing, coverage, run, passes: coverage >= COVERAGE_NEEDED && run >= RUN_NEEDED };
}

/** How much of a prompt's name is of an entity, at most; 1 where no name has a word of it. */
function longestRun(entity: readonly string[], names: QueryWords['names'], weights: WordWeights): number {
  let run = 0;
  for (const name of names) {
    let [known, total] = [0, 0];
    for (const word of name) {
      const weight = weights.of(word);
      total += weight;
      if (entity.includes(word)) known += weight;
    }
    if (known > 0) run = Math.max(run, known / total);
  }
  return run > 0 ? run : 1;
}

/** The share of a key's words about what is asked that a prompt has. */
export function sharedStems({ stems }: KeyWords, query: QueryWords): number {
  return stems.length === 0 ? 0 : stems.filter((stem) => query.stems.has(stem)).length / stems.length;
}

/** Who a prompt seems to be about, as it stands there; empty where it has no name and no number. */
export function guessSubject(text: string): string {
  const names = placedWords(text).filter(({ marked, word }) => marked && !isFunctionWord(word));
  const [first, last] = [names[0], names.at(-1)];
  return first && last ? text.slice(first.start, last.end) : '';
}

const unique = (words: readonly PlacedWord[]): readonly string[] => [...new Set(words.map(({ word }) => word))];
const stemOf = (word: string): string => Array.from(word).slice(0, STEM).join('');
