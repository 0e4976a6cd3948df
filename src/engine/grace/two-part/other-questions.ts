import type { SuggestedNegative } from '../../../protocol/edit-suggestions.ts';
import type { Prompt } from '../../../protocol/prompt.ts';
import { askedText } from '../../text/prompt-tokens.ts';
import type { Query } from '../router.ts';
import { fill, promptOf, RELATIONS } from './calibration-prompts.ts';
import { keyWords, queryWords, sharedStems } from './entity-gate.ts';
import { relationScore } from './relation-score.ts';

/** Wordings of each relation that are asked: a statement and another one. */
const WORDINGS = 2;

/** Everyday relations asked about a subject, relation by relation, as a text or in a chat. */
export function askAbout(subject: string, kind: Prompt['kind']): readonly (readonly Prompt[])[] {
  return RELATIONS.map(({ wordings }) =>
    wordings.slice(0, WORDINGS).map((wording) => promptOf(kind, fill(wording, subject))),
  );
}

/**
 * Of each relation the wording that is nearest to a key, but of the relation that the key itself is taken to ask, which is the one
 * nearest to it as a whole: prompts that an edit of this key should hardly fire on, the likeliest to fire it first.
 *
 * @param asked relation by relation, one query for each wording
 */
export function othersThan(
  key: Query,
  subject: string,
  asked: readonly (readonly Query[])[],
): readonly SuggestedNegative[] {
  const words = keyWords(askedText(key.prompt), subject);
  const relations = asked.map((queries) => {
    const scored = queries.map(({ prompt, vector }) => {
      const shared = sharedStems(words, queryWords(askedText(prompt)));
      return { prompt, score: relationScore(key.vector, vector, shared) };
    });
    scored.sort((a, b) => b.score - a.score);
    return { nearest: scored[0]!, mean: scored.reduce((sum, { score }) => sum + score / scored.length, 0) };
  });
  relations.sort((a, b) => b.mean - a.mean);
  return relations.slice(1).map(({ nearest }) => nearest).sort((a, b) => b.score - a.score); // prettier-ignore
}
