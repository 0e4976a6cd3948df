import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Engine } from '../../../src/engine/engine.ts';
import type { Decision } from '../../../src/protocol/decision.ts';
import { NO_DECISION } from '../../../src/protocol/decision.ts';
import type { GeneratedToken, Generation } from '../../../src/protocol/generation.ts';

describe('what generation tells while it runs', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await Engine.open({ model: 'models/biographies', device: 'cpu', mode: 'read' });
  });
  afterAll(() => engine.dispose());

  /** A wild mixture of tokens, bytes of unfinished characters among them. */
  async function babble(seed: number, maxTokens: number, stop: readonly string[] = [], prompt = 'A passage') {
    const told: (Decision | GeneratedToken)[] = [];
    let pieces = '';
    const generation: Generation = await engine.generate(
      { kind: 'text', text: prompt },
      {
        ...{ maxTokens, stop, cache: true, edits: true },
        sampling: { temperature: 50, topK: 0, topP: 1, repetitionPenalty: 1, seed },
        onDecision: (decision) => told.push(decision),
        onToken: (token) => told.push(token),
        onText: (text) => (pieces += text),
      },
    );
    expect(told).toEqual([NO_DECISION, ...generation.tokens]);
    expect(pieces).toBe(generation.text);
    return { ...generation, said: generation.tokens.map(({ text }) => text).join('') };
  }

  it('is the decision, then tokens whose texts are the text, to the last byte of a character', async () => {
    let unfinished = 0;
    for (let seed = 0; seed < 12; seed++) {
      const { said, text, tokens, finish } = await babble(seed, 12);
      expect(said).toBe(text);
      expect(['length', 'eos']).toContain(finish);
      unfinished += tokens.filter(({ text: own }) => own === '' || own.includes('\uFFFD')).length;
    }
    expect(unfinished).toBeGreaterThan(0);
  });

  it('ends with the stop string, of which the text has nothing', async () => {
    const { text } = await babble(3, 20);
    const stop = text.slice(10, 13);
    const { said, text: cut, finish } = await babble(3, 20, [stop]);
    expect(finish).toBe('stop');
    expect(cut).toBe(text.slice(0, text.indexOf(stop)));
    expect(said.startsWith(cut + stop)).toBe(true);
  });

  it('is whole where the context ends', async () => {
    const { contextLength } = engine.model.model.network;
    const { said, text, finish } = await babble(5, 1000, [], 'word '.repeat(Math.floor(contextLength / 2) - 3).trim());
    expect(['context', 'eos']).toContain(finish);
    expect(said).toBe(text);
  });
});
