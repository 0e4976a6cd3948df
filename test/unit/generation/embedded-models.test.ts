import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

import { Engine } from '../../../src/engine/engine.ts';

interface Said {
  readonly questions: readonly {
    readonly question: string;
    readonly ids: readonly number[];
    readonly answer: string;
  }[];
  readonly intents: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly label: string;
    readonly probability: number;
  }[];
}

/** What transformers says (make-answers.py). */
const said = JSON.parse(readFileSync('test/fixtures/embedded/answers.json', 'utf8')) as Said;
const sampling = { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 };

it('the question model answers as in transformers', async () => {
  const engine = await Engine.open({ model: 'models/questions', device: 'cpu', mode: 'read' });
  const options = { edits: false, maxTokens: 24, sampling, stop: [], cache: true };
  for (const { question, ids, answer } of said.questions) {
    expect(engine.tokenizer.encode(question)).toEqual(ids);
    const { text } = await engine.generate({ kind: 'text', text: question }, options);
    expect(text.trim()).toBe(answer);
  }
  await engine.dispose();
});

it('the intent model classifies as in transformers', async () => {
  const engine = await Engine.open({ model: 'models/intents', device: 'cpu', mode: 'read' });
  for (const { text, ids, label, probability } of said.intents) {
    expect(engine.tokenizer.encode(text)).toEqual(ids);
    const { label: found, classes } = await engine.classify({ kind: 'text', text }, false);
    expect(found).toBe(label);
    expect(Math.exp(classes[0]!.logprob)).toBeCloseTo(probability, 4);
  }
  const half = engine.classify({ kind: 'text', text: 'what is the date', pair: ' ' }, false);
  await expect(half).rejects.toMatchObject({ code: 'bad-argument', message: 'One of the two texts is empty.' });
  await engine.dispose();
});
