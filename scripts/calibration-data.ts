/**
 * Makes the files that the two-part router is calibrated with, in src/engine/grace/two-part/data: `npm run calibration-data`.
 * GRACE_DATA (../shared/data where it is not set) has unrelated-questions.jsonl (Natural Questions, NQ-open dev) and
 * rewordings.jsonl, whose lead-in sentences are kept out: nothing that a test asks may be in a calibration.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { wordsOf } from '../src/engine/grace/two-part/words.ts';

/** Questions behind these are for tests: `npm run generality` takes the first thousand of them. */
const QUESTIONS = 1250;
/** Words in a row by which a sentence of the tests is known again. */
const RUN = 4;

const data = process.env['GRACE_DATA'] ?? '../shared/data';
const out = 'src/engine/grace/two-part/data';
const records = (file: string): Record<string, string>[] =>
  readFileSync(path.join(data, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>);
const write = (file: string, json: object): void => {
  writeFileSync(path.join(out, file), `${JSON.stringify(json, null, 1)}\n`);
};

const questions = records('unrelated-questions.jsonl')
  .slice(0, QUESTIONS)
  .map(({ question }) => question!);

// What stands before the subject's own sentence.
const tested = new Set(
  records('rewordings.jsonl').flatMap(({ prefixedRewording, subject }) => {
    const words = wordsOf(prefixedRewording!.slice(0, prefixedRewording!.lastIndexOf(subject!)));
    return words.length >= RUN ? [words.slice(0, RUN).join(' ')] : [];
  }),
);
const isTested = (words: readonly string[]): boolean =>
  words.some((_, at) => tested.has(words.slice(at, at + RUN).join(' ')));

const sentences = readFileSync('models/data/person-passages.txt', 'utf8')
  .split(/\n\n/)
  .flatMap((passage) => passage.trim().split(/(?<=[.!?])\s+(?=[A-Z])/))
  .map((sentence) => wordsOf(sentence))
  .filter((words) => words.length >= RUN && !isTested(words));

const documents = [...sentences, ...questions.map((question) => wordsOf(question))];
const counts = new Map<string, number>();
for (const words of documents) for (const word of new Set(words)) counts.set(word, (counts.get(word) ?? 0) + 1);

/** Words by the number of documents that have them; one that is not listed is in one, or in none. */
const byCount: Partial<Record<string, string[]>> = {};
for (const [word, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  if (count > 1) (byCount[count] ??= []).push(word);

write('unrelated-questions.json', { questions });
write('word-frequencies.json', {
  documents: documents.length,
  words: Object.fromEntries(Object.entries(byCount).map(([count, words]) => [count, words?.join(' ')])),
});
process.stdout.write(
  `${questions.length} questions, ${sentences.length} sentences, ${counts.size} words, ` +
    `${Object.values(byCount).flat().length} of them in more than one.\n`,
);
