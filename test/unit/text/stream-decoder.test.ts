import { describe, expect, it } from 'vitest';
import { readDecoder } from '../../../src/engine/text/detokenizer.ts';
import { StreamDecoder, type TokenSource } from '../../../src/engine/text/stream-decoder.ts';

const LLAMA = {
  type: 'Sequence',
  decoders: [
    { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    { type: 'Strip', content: ' ', start: 1, stop: 0 },
  ],
};

function source(decoder: unknown, tokens: readonly string[]): TokenSource {
  return { detokenizer: readDecoder(decoder), token: (id) => tokens[id], isSpecial: (id) => tokens[id] === '</s>' };
}

function pushes(decoder: StreamDecoder, ids: readonly number[]): readonly string[] {
  return [...ids.map((id) => decoder.push(id)), decoder.flush()];
}

describe('StreamDecoder', () => {
  it('gives a character when its last byte has come', () => {
    const gpt2 = source({ type: 'ByteLevel' }, ['ðŁ', 'Ļ', 'Ĥ', 'Ġa']);
    expect(pushes(new StreamDecoder(gpt2), [3, 0, 1, 2, 3])).toEqual([' a', '', '', '🙂', ' a', '']);
    expect(pushes(new StreamDecoder(gpt2), [0, 1, 3, 0])).toEqual(['', '', '\uFFFD a', '', '\uFFFD']);
  });

  it('gives bytes of a vocabulary with byte fallback when their run ends', () => {
    const llama = source(LLAMA, ['▁a', '<0xC3>', '<0xA9>', '</s>', '<0x41>']);
    expect(pushes(new StreamDecoder(llama), [0, 1, 2, 0])).toEqual(['a', '', '', 'é a', '']);
    expect(pushes(new StreamDecoder(llama), [1, 2, 4, 1, 0])).toEqual([
      '',
      '',
      '',
      '',
      '\uFFFD\uFFFD\uFFFD\uFFFD a',
      '',
    ]);
    expect(pushes(new StreamDecoder(llama), [1, 2])).toEqual(['', '', 'é']);
  });

  it('keeps the space between a prompt and its continuation', () => {
    const llama = source(LLAMA, ['▁a', '<0xC3>', '<0xA9>', '</s>']);
    expect(pushes(new StreamDecoder(llama), [0, 0])).toEqual(['a', ' a', '']);
    expect(pushes(new StreamDecoder(llama, [0]), [0])).toEqual([' a', '']);
    expect(pushes(new StreamDecoder(llama, [0, 1, 2]), [0])).toEqual([' a', '']);
    expect(pushes(new StreamDecoder(llama, [3]), [0])).toEqual(['a', '']);
    const t5 = source({ type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' }, ['▁a']);
    expect(pushes(new StreamDecoder(t5, [0]), [0])).toEqual([' a', '']);
  });

  it('leaves out special tokens, unless it is asked to keep them, and ids without a token', () => {
    const llama = source(LLAMA, ['▁a', '</s>']);
    expect(pushes(new StreamDecoder(llama), [0, 1, 7]).join('')).toBe('a');
    expect(pushes(new StreamDecoder(llama, [], { skipSpecialTokens: false }), [0, 1, 7]).join('')).toBe('a</s>');
  });
});
