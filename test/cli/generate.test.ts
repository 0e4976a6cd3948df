import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

import type { Generation } from '../../src/protocol/generation.ts';
import { DamagedModel } from './damaged-model.ts';
import { ended, grace, run, start, temporaryFolder } from './grace.ts';
import { writeGpt2, writeLlama } from './tiny-models.ts';
import { generation, modelDescription, score } from './shapes.ts';

const place = temporaryFolder();
const GPT2 = writeGpt2(path.join(place, 'gpt2'));
const LLAMA = writeLlama(path.join(place, 'llama'));

const ask = (...options: readonly string[]): readonly string[] => [
  'generate',
  '--model',
  GPT2,
  '--prompt',
  'Who was the',
  '--max-tokens',
  '24',
  ...options,
];
const generate = (...options: readonly string[]): Promise<Generation> => grace(generation, ask(...options));
const ids = ({ tokens }: Generation): readonly number[] => tokens.map(({ id }) => id);

describe('grace inspect', () => {
  it.each([GPT2, LLAMA])('describes %s', async (model) => {
    const described = await grace(modelDescription, ['inspect', '--model', model]);
    expect(described).toMatchObject({ layers: 3, width: 32, vocabulary: 4096, contextLength: 64, chatTemplate: false });
    const { replace, key } = described.defaultHook;
    expect(described.hookPoints.map(({ path, side }) => `${path}:${side}`)).toEqual(
      expect.arrayContaining([`${replace}:output`, key]),
    );
  });
});

describe('grace generate', () => {
  it('tells text, tokens with five alternatives each, decision and end; to people, the text on stdout alone', async () => {
    const generated = await generate();
    expect(generated.decision).toMatchObject({ fired: false, nearest: null });
    for (const { id, logprob, alternatives } of generated.tokens) {
      expect(alternatives[0]).toMatchObject({ id, logprob }); // greedy
      expect(alternatives.map((other) => other.logprob)).toEqual(alternatives.map((other) => other.logprob).sort((a, b) => b - a)); // prettier-ignore
    }
    const { stdout, stderr, exit } = await run(...ask());
    expect({ stdout, exit }).toEqual({ stdout: `${generated.text}\n`, exit: 0 });
    expect(stderr).toMatch(/\d+ tokens \(\w+\), mean probability/);
  });

  it('gives the same tokens with the cache and without, greedy and sampled', async () => {
    for (const options of [[], ['--temperature', '1', '--seed', '5']]) {
      expect(ids(await generate(...options, '--no-cache'))).toEqual(ids(await generate(...options)));
    }
  });

  it('gives the same text for the same seed, and others for others', async () => {
    const sampled = (seed: string): Promise<Generation> => generate('--temperature', '1.5', '--seed', seed);
    const first = await sampled('1');
    expect(ids(await sampled('1'))).toEqual(ids(first));
    const others = [await sampled('2'), await sampled('3')].map(ids);
    expect(others).not.toContainEqual(ids(first));
  });

  it('keeps within top-k and top-p; one token left is greedy', async () => {
    const greedy = ids(await generate());
    expect(ids(await generate('--temperature', '2', '--top-k', '1'))).toEqual(greedy);
    expect(ids(await generate('--temperature', '2', '--top-p', '0.000001'))).toEqual(greedy);
    const three = await generate('--temperature', '2', '--top-k', '3', '--seed', '4');
    for (const { id, alternatives } of three.tokens) {
      expect(alternatives.slice(0, 3).map((other) => other.id)).toContain(id);
    }
  });

  it('repeats itself less with a repetition penalty', async () => {
    const [plain, penalized] = [ids(await generate()), ids(await generate('--repetition-penalty', '5'))];
    expect(new Set(penalized).size).toBeGreaterThan(new Set(plain).size);
  });

  it('ends before a stop string, also one that spans tokens', async () => {
    const { text: whole, tokens } = await generate();
    const stop = whole.slice(5, 9);
    const stopped = await generate('--stop', 'not in it', '--stop', stop);
    expect(stopped).toMatchObject({ text: whole.slice(0, whole.indexOf(stop)), finish: 'stop' });
    expect(stopped.tokens.length).toBeLessThan(tokens.length);
  });

  it('ends at the length, or where the context is full', async () => {
    expect(await generate('--max-tokens', '3')).toMatchObject({ finish: 'length', tokens: { length: 3 } });
    const full = await generate('--max-tokens', '1000');
    expect(['context', 'eos']).toContain(full.finish);
  });

  describe('on Ctrl-C', () => {
    const model = new DamagedModel('models/biographies', place);
    model.write('generation_config.json', '{"eos_token_id": []}'); // it never ends by itself
    const endless = ['--model', model.folder, '--prompt', 'This is', '--max-tokens', '100000', '--no-cache'];

    it('ends with what was said so far, and exit code 1', async () => {
      const child = start('generate', ...endless);
      await once(child.stdout!, 'data');
      child.kill('SIGINT');
      const notes = await text(child.stderr!);
      expect(await ended(child)).toBe(1);
      expect(notes).toContain('tokens (cancelled)');
    });

    it('tells so in the document', async () => {
      const child = start('generate', ...endless, '--json');
      setTimeout(() => child.kill('SIGINT'), 3000);
      expect(generation.parse(JSON.parse(await text(child.stdout!)))).toMatchObject({ finish: 'cancelled' });
      expect(await ended(child)).toBe(1);
    });
  });
});

describe('grace score', () => {
  it('gives a generated text the probabilities it was generated with', async () => {
    const prompt = ['--model', 'demo', '--prompt', 'This is a Wikipedia passage about Amy Klobuchar.'];
    const said = await grace(generation, ['generate', ...prompt, '--max-tokens', '20']);
    const scored = await grace(score, ['score', ...prompt, '--target', said.text]);
    expect(scored.tokens.map(({ id }) => id)).toEqual(ids(said));
    for (const [at, { logprob }] of scored.tokens.entries()) expect(logprob).toBeCloseTo(said.tokens[at]!.logprob, 3);
    expect(scored.perplexity).toBeCloseTo(Math.exp(-scored.logprob / scored.tokens.length), 6);
  });
});
