/**
 * A decision of the two-part router on top of the prefill, in a codebook of 10,000 edits of SmolLM2: `npm run bench:decision`. Prints one
 * line of JSON: milliseconds of a decision with the projection of its views (median, .99 quantile and largest of 500), how many edits
 * share a word with a prompt, and seconds of the first decision, which indexes the codebook. Subjects are two of 120 words, so that
 * every prompt names words of hundreds of edits; states are Gaussian.
 */
import { mersenne } from 'pure-rand/generator/mersenne';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { parseArgs } from 'node:util';

import { prefillOf, type Prefill } from '../src/engine/generation/steering.ts';
import type { CodebookEdit } from '../src/engine/grace/codebook.ts';
import type { Projection } from '../src/engine/grace/two-part/calibration.ts';
import { fill, RELATIONS, UNRELATED_QUESTIONS } from '../src/engine/grace/two-part/calibration-prompts.ts';
import { TwoPartCodebook } from '../src/engine/grace/two-part/two-part-codebook.ts';
import { radiusOf } from '../src/protocol/two-part.ts';
import { TwoPartRouter } from '../src/engine/grace/two-part/two-part-router.ts';
import { VIEWS, viewHooks } from '../src/engine/grace/two-part/views.ts';
import { hookName } from '../src/engine/models/hook-point.ts';
import { Model } from '../src/engine/models/model.ts';
import { promptIds } from '../src/engine/text/prompt-ids.ts';
import type { Prompt } from '../src/protocol/prompt.ts';
import { gaussianVectors } from '../test/support/large-codebook.ts';
import { smolLM2 } from '../test/support/smol.ts';

const DECISIONS = 500;
const { values } = parseArgs({ options: { edits: { type: 'string', default: '10000' } } });
const count = Number(values.edits);
const model = new Model(await smolLM2());
const tokenizer = model.loadTokenizer();
const { decoder } = model;
const rank = RELATIONS.length - 1;

const vector = gaussianVectors(11);
const text: Projection = {
  matrix: vector(VIEWS * rank * decoder.width),
  offset: vector(rank),
  unrelated: vector(UNRELATED_QUESTIONS.length * rank),
  rates: Object.fromEntries(
    ['strict', 'balanced', 'loose'].map((name) => [name, { reworded: 0, otherQuestion: 0 }]),
  ) as Projection['rates'],
};
const router = new TwoPartRouter({ fingerprint: '', rank, projections: { text, chat: null } }, tokenizer, decoder);

const random = mersenne(5);
const oneOf = <T>(list: readonly T[]): T => list[uniformInt(random, 0, list.length - 1)]!;
const SYLLABLES = ['Ba', 'Ko', 'Lu', 'Mi', 'Ne', 'Ro', 'Sa', 'Te', 'Vi', 'Zo', 'Da', 'Fe'];
const WORDS = SYLLABLES.flatMap((first) =>
  SYLLABLES.slice(0, 10).map((second) => `${first}${second.toLowerCase()}ran`),
);
const WORDINGS = RELATIONS.flatMap(({ wordings }) => wordings);
const ask = (): Prompt => ({ kind: 'text', text: fill(oneOf(WORDINGS), `${oneOf(WORDS)} ${oneOf(WORDS)}`) });

const edits = Array.from({ length: count }, (_, at): CodebookEdit => {
  const asked = { prompts: [ask()], negatives: [] };
  return { edit: at + 1, keys: [vector(rank)], value: vector(1), label: [at], radius: radiusOf(0.4), asked };
});
const codebook = TwoPartCodebook.fold(rank, edits);

/** States of a prompt that no model has read. */
function prefill(prompt: Prompt): Prefill {
  const ids = promptIds(tokenizer, prompt);
  const queries = new Map(viewHooks(decoder).map((hook) => [hookName(hook), vector(ids.length * decoder.width)]));
  return prefillOf(ids, ids.length - 1, [{ start: 0, count: ids.length, queries, handedUp: {} }]);
}

function decide(prompt: Prompt): number {
  const read = prefill(prompt);
  const started = performance.now();
  router.decide(router.query(prompt, read), codebook);
  return performance.now() - started;
}

const first = decide(ask());
const times = Array.from({ length: DECISIONS }, () => decide(ask())).sort((a, b) => a - b);
const decisionMs = { median: times[DECISIONS / 2], quantile99: times[0.99 * DECISIONS], largest: times.at(-1) };
process.stdout.write(
  `${JSON.stringify({ edits: codebook.entries.length, wordsOfSubjects: WORDS.length, decisionMs, firstSeconds: first / 1000 })}\n`,
);
