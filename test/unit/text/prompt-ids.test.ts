import { expect, it } from 'vitest';
import { continuationIds, promptIds } from '../../../src/engine/text/prompt-ids.ts';
import type { Prompt } from '../../../src/protocol/prompt.ts';
import { errorOf, tokenizerOf, wordTokenizer } from './tokenizer-folders.ts';

const tokenizer = tokenizerOf(wordTokenizer(['?', 'user:', 'assistant:', 'Who', 'She', 'was', 'first']), {
  'tokenizer_config.json': {
    tokenizer_class: 'BertTokenizer',
    chat_template:
      "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + ' ' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}",
  },
});
const chat = (content: string, answer?: string): Prompt => ({
  ...{ kind: 'chat', messages: [{ role: 'user', content }] },
  ...(answer === undefined ? {} : { answer }),
});
const words = (ids: readonly number[]): string => ids.map((id) => tokenizer.token(id)).join(' ');

it('lets a chat go on behind what the assistant has said', () => {
  expect(words(promptIds(tokenizer, chat('Who')))).toBe('user: Who assistant:');
  expect(words(promptIds(tokenizer, chat('Who', 'She was')))).toBe('user: Who assistant: She was');
  expect(promptIds(tokenizer, chat('Who', ''))).toEqual(promptIds(tokenizer, chat('Who')));
  const { promptIds: prompt, targetIds } = continuationIds(tokenizer, chat('Who', 'She'), 'was first');
  expect([words(prompt), words(targetIds)]).toEqual(['user: Who assistant: She', 'was first']);
});

it('refuses what says nothing', () => {
  expect(errorOf(() => promptIds(tokenizer, chat(' ', '\n'))).code).toBe('bad-argument');
  expect(errorOf(() => promptIds(tokenizer, { kind: 'text', text: ' ' })).code).toBe('bad-argument');
  expect(words(promptIds(tokenizer, chat(' ', 'She')))).toContain('She');
});
