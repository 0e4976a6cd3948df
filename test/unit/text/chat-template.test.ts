import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../../../src/protocol/prompt.ts';
import { readPrompt, renderChat } from '../../../src/engine/text/chat-template.ts';
import { errorOf, tokenizerOf, wordTokenizer } from './tokenizer-folders.ts';

// In the manner of SmolLM2-Instruct, Llama-3-Instruct and Gemma-2-it.
const CHATML = `{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
You are helpful<|im_end|>
' }}{% endif %}{{'<|im_start|>' + message['role'] + '
' + message['content'] + '<|im_end|>' + '
'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %}`;
const LLAMA3 = `{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>

'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>

' }}{% endif %}`;
const GEMMA = `{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate') }}{% endif %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '
' + message['content'] | trim + '<end_of_turn>
' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model
'}}{% endif %}`;

const user: ChatMessage = { role: 'user', content: ' Hi ' };
const assistant: ChatMessage = { role: 'assistant', content: 'Hello' };
const model = (chatTemplate: string | undefined, specialTokens: Record<string, string> = {}) => ({
  chatTemplate,
  specialTokens,
});

describe('renderChat', () => {
  it('writes ChatML as SmolLM2 does', () => {
    expect(renderChat(model(CHATML), [user, assistant], { addGenerationPrompt: false })).toBe(
      '<|im_start|>system\nYou are helpful<|im_end|>\n<|im_start|>user\n Hi <|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n',
    );
    expect(renderChat(model(CHATML), [user])).toMatch(/<\|im_end\|>\n<\|im_start\|>assistant\n$/);
  });

  it('writes what Llama 3 and Gemma expect', () => {
    expect(renderChat(model(LLAMA3, { bos_token: '<B>' }), [user])).toBe(
      '<B><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
    );
    expect(renderChat(model(GEMMA, { bos_token: '<bos>' }), [user, assistant, user])).toBe(
      '<bos><start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\nHello<end_of_turn>\n' +
        '<start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\n',
    );
  });

  it('passes on why a template refuses', () => {
    const error = errorOf(() => renderChat(model(GEMMA, { bos_token: '<bos>' }), [{ role: 'system', content: 'x' }]));
    expect(error).toMatchObject({ code: 'bad-argument', data: { reason: 'System role not supported' } });
    expect(errorOf(() => renderChat(model(GEMMA, { bos_token: 'b' }), [user, user])).message).toContain('alternate');
  });

  it('needs a template', () => {
    const error = errorOf(() => renderChat(model(undefined), [user]));
    expect(error.code).toBe('bad-argument');
    expect(error.advice).toContain('--prompt');
  });

  it('tells the date in English, whatever the machine speaks', () => {
    const template = `{{ strftime_now("%d %b %Y, %B %A %H:%M:%S 100%%") }}`;
    const now = new Date(2024, 6, 5, 4, 3, 2);
    expect(renderChat(model(template), [], { now })).toBe('05 Jul 2024, July Friday 04:03:02 100%');
  });

  it('gives tools and documents as none, as transformers does', () => {
    const template = `{% if tools is not none %}tools{% endif %}{% if documents %}documents{% endif %}{{ missing }}.`;
    expect(renderChat(model(template), [])).toBe('.');
  });

  it.each([
    ['a syntax error', '{% for x in %}'],
    ['an unknown filter', '{{ messages | frobnicate }}'],
    ['a huge range', '{% for i in range(1000000000) %}x{% endfor %}'],
    ['a range without end', '{% for i in range(1, 5, 0) %}x{% endfor %}'],
    ['deep nesting', '{{ ' + '('.repeat(100_000) + '1' + ')'.repeat(100_000) + ' }}'],
  ])('refuses a template with %s', (_, template) => {
    expect(errorOf(() => renderChat(model(template), [user])).code).toBe('tokenizer-unsupported');
  });

  it('stops a template that takes too long', () => {
    const loop = '{% for a in range(90000) %}'.repeat(3) + '{% endfor %}'.repeat(3);
    expect(errorOf(() => renderChat(model(loop), [user])).message).toContain('longer');
  });
});

describe('where the template comes from', () => {
  const definition = wordTokenizer(['[UNK]', 'a']);
  const template = (files: Record<string, unknown>) => tokenizerOf(definition, files).chatTemplate;

  it('is tokenizer_config.json, chat_template.json or chat_template.jinja, the last one first', () => {
    const config = { 'tokenizer_config.json': { chat_template: 'config' } };
    const json = { 'chat_template.json': { chat_template: 'json' } };
    expect(template({})).toBeUndefined();
    expect(template(config)).toBe('config');
    expect(template({ ...config, ...json })).toBe('json');
    expect(template({ ...config, ...json, 'chat_template.jinja': 'jinja' })).toBe('jinja');
  });

  it('may be a list, of which the one called default counts', () => {
    const list = (...names: readonly string[]) => ({
      'tokenizer_config.json': { chat_template: names.map((name) => ({ name, template: `T ${name}` })) },
    });
    expect(template(list('tool_use', 'default'))).toBe('T default');
    expect(errorOf(() => template(list('tool_use', 'rag'))).code).toBe('tokenizer-unsupported');
    expect(errorOf(() => template({ 'tokenizer_config.json': { chat_template: 7 } })).code).toBe(
      'tokenizer-unsupported',
    );
  });
});

describe('readPrompt', () => {
  const tokenizer = tokenizerOf(
    wordTokenizer(['[UNK]', 'Hi'], {
      added_tokens: [{ id: 2, content: '<s>', special: true }],
      post_processor: {
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
        pair: [],
      },
    }),
    { 'tokenizer_config.json': { bos_token: '<s>', chat_template: '{{ bos_token }} {{ messages[0].content }}' } },
  );

  it('begins a text with one beginning-of-text token, chat or not', () => {
    const chat = readPrompt(tokenizer, { kind: 'chat', messages: [user] });
    expect(tokenizer.encode(chat.text, chat)).toEqual([2, 1]);
    const text = readPrompt(tokenizer, { kind: 'text', text: 'Hi' });
    expect(tokenizer.encode(text.text, text)).toEqual([2, 1]);
  });
});
