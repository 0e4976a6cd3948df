/** Scripts that put no spaces between words: each of their letters counts as a word. */
const UNSPACED = String.raw`[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}]`;
const WORD = new RegExp(String.raw`${UNSPACED}|(?:(?!${UNSPACED})[\p{L}\p{M}\p{N}])+`, 'gu');
const POSSESSIVE = /(?<=[\p{L}\p{N}])['’]s(?![\p{L}\p{N}])/gu;
const ACCENT = /[\u0300-\u036f]/g;

/** A word of a text, and where it stands there. */
export interface PlacedWord {
  /** As words are compared: in lower case, without accents and without a plural's s. */
  readonly word: string;
  readonly start: number;
  readonly end: number;
  /** Whether it begins with a capital letter or holds a digit, as names and numbers do. */
  readonly marked: boolean;
}

/** Words that say how a sentence is built and not what it is about. They are never part of an entity. */
const FUNCTION_WORDS: ReadonlySet<string> = new Set(
  (
    'a an the this that these those some any each every no not nor and or but if then than so as of in on at by to from for with without ' +
    'into onto over under between among about against during before after above below up down out off through within upon near ' +
    'is are was were be been being am do does did done has have had having can could will would shall should may might must ' +
    'i you he she it we they me him her us them my your his its our their mine yours hers ours theirs myself himself herself itself ' +
    'who whom whose what which when where why how there here whether while because since until although though also only just very ' +
    'please tell question answer say name give let me know such own same other both all most more many much few one'
  )
    .split(' ')
    .map(stem),
);

/** The words of a text in order: runs of letters and digits. */
export function placedWords(text: string): readonly PlacedWord[] {
  // The same length, so that places stay.
  const bare = text.replace(POSSESSIVE, '  ');
  return Array.from(bare.matchAll(WORD), ({ 0: found, index }) => ({
    word: stem(found),
    start: index,
    end: index + found.length,
    marked: /^\p{Lu}|\p{N}/u.test(found),
  }));
}

export const wordsOf = (text: string): readonly string[] => placedWords(text).map(({ word }) => word);

export const isFunctionWord = (word: string): boolean => FUNCTION_WORDS.has(word);

/** Lower case, no accents; a final s goes if more than three letters are there and it is no ss. */
function stem(found: string): string {
  const word = found.normalize('NFKD').replace(ACCENT, '').toLowerCase();
  return word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
}
