import { describe, expect, it } from 'vitest';

import { behindLeadIns, MOST_LEAD_INS } from '../../../src/engine/grace/lead-ins.ts';
import { errorOf } from './samples.ts';

describe('lead-ins', () => {
  it('stand before a text, or before what the person said last, each once', () => {
    const all = behindLeadIns({ kind: 'text', text: 'Paris is in' }, MOST_LEAD_INS, 1);
    const texts = all.map((prompt) => (prompt.kind === 'text' ? prompt.text : ''));
    expect(new Set(texts).size).toBe(MOST_LEAD_INS);
    expect(texts.every((text) => /\S Paris is in$/.test(text))).toBe(true);
    const messages = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: 'Where is Paris?' },
    ];
    const [chat] = behindLeadIns({ kind: 'chat', messages }, 1, 1);
    const said = chat?.kind === 'chat' ? chat.messages : [];
    expect(said.slice(0, 2)).toEqual(messages.slice(0, 2));
    expect(said[2]!.content).toMatch(/\S Where is Paris\?$/);
  });

  it('are the same for the same seed, and no more than there are', () => {
    const prompt = { kind: 'text', text: 'a' } as const;
    expect(behindLeadIns(prompt, 4, 7)).toEqual(behindLeadIns(prompt, 4, 7));
    expect(behindLeadIns(prompt, 4, 7)).not.toEqual(behindLeadIns(prompt, 4, 8));
    expect(errorOf(() => behindLeadIns(prompt, MOST_LEAD_INS + 1, 0)).code).toBe('bad-argument');
  });
});
