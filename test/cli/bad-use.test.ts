import path from 'node:path';
import { describe, expect, it } from 'vitest';

import type { ErrorCode } from '../../src/protocol/coded-error.ts';
import { DamagedModel } from './damaged-model.ts';
import { expectRefusal, run, temporaryFolder, writeLines } from './grace.ts';
import { writeGpt2 } from './tiny-models.ts';

const place = temporaryFolder();
const GPT2 = writeGpt2(path.join(place, 'gpt2'));
const messages = (name: string, content: unknown): string => writeLines(path.join(place, name), [content]);
const CHAT = messages('chat.json', [{ role: 'user', content: 'Who was' }]);
let codebooks = 0;
const codebook = (): string[] => ['--codebook', path.join(place, `codebook-${++codebooks}`)];

const MODEL = ['--model', GPT2];
const ASK = ['--prompt', 'Who was'];
const TARGET = ['--target', 'it'];
const edit = (...args: readonly string[]): string[] => ['edit', ...MODEL, ...ASK, ...TARGET, ...codebook(), ...args];

/** Every command that asks a model something, complete but for the prompt. */
const ASKING: Readonly<Record<string, () => readonly string[]>> = {
  generate: () => MODEL,
  score: () => [...MODEL, ...TARGET],
  edit: () => [...MODEL, ...TARGET, ...codebook()],
};

interface Case {
  readonly args: readonly string[];
  readonly says: RegExp;
  readonly code?: ErrorCode;
}

const refuseAll = (cases: readonly Case[]): void => {
  for (const { args, says, code = 'bad-argument' } of cases) {
    it(args.join(' ').replaceAll(place, '').replaceAll(GPT2, 'gpt2').slice(0, 120), async () => {
      await expectRefusal(code, args, says);
    });
  }
};

for (const [command, rest] of Object.entries(ASKING)) {
  const ask = (...args: readonly string[]): readonly string[] => [command, ...rest(), ...args];
  describe(`wrong use of ${command}`, () => {
    refuseAll([
      { args: ask(), says: /either --prompt or --messages/ },
      { args: ask(...ASK, '--messages', CHAT), says: /either --prompt or --messages/ },
      { args: ask('--prompt', ''), says: /--prompt is empty/ },
      { args: ask('--prompt', ' \n\t\u00a0'), says: /--prompt is empty/ },
      { args: ask('--prompt', 'word '.repeat(100)), says: /\d{3} tokens, and the model's context holds 64/, code: 'context-exceeded' },
      { args: ask('--messages', CHAT), says: /no chat template/ },
      { args: ask('--messages', path.join(place, 'none')), says: /no such file/, code: 'bad-input-file' },
      { args: ask('--messages', messages('broken.json', '[{"role":')), says: /not JSON/, code: 'bad-input-file' },
      { args: ask('--messages', messages('other.json', { role: 'user' })), says: /not a chat/, code: 'bad-input-file' },
      { args: ask(...ASK, '--hook', 'transformer.h.9'), says: /no hook point transformer.h.9/, code: 'hook-unknown' },
      { args: ask(...ASK, '--key', 'transformer.h.1:middle'), says: /no hook point/, code: 'hook-unknown' },
      { args: ask(...ASK, '--key', 'transformer.h.2.mlp.c_fc'), says: /depends on the output of transformer.h.1/, code: 'hook-unknown' },
      { args: ask(...ASK, '--device', 'tpu'), says: /'tpu' is invalid/ },
      { args: ask(...ASK, '--colour', 'red'), says: /Unknown option '--colour'/ },
      { args: ask(...ASK, 'more'), says: /Too many arguments/ },
      { args: ask('--prompt'), says: /--prompt <text>' has no value/ },
      { args: [command, ...rest().slice(2), ...ASK], says: /--model <folder>' not specified/ },
    ]); // prettier-ignore
  });
}

describe('wrong settings', () => {
  refuseAll([
    { args: edit('--radius', '-1'), says: /--radius.*0 or more/ },
    { args: edit('--radius', 'NaN'), says: /--radius/ },
    { args: edit('--radius', 'Infinity'), says: /--radius.*finite/ },
    { args: edit('--radius', ''), says: /--radius/ },
    { args: edit('--steps', '0'), says: /--steps.*1 or more/ },
    { args: edit('--steps', '1.5'), says: /--steps/ },
    { args: edit('--lr', '0'), says: /--lr.*more than 0/ },
    { args: edit('--lr', 'fast'), says: /--lr/ },
    { args: edit('--replace', 'replace_some'), says: /--replace.*replace_last, replace_prompt, replace_all/ },
    { args: edit('--value', 'matrix'), says: /--value.*vector, track/ },
    { args: edit('--value', 'track', '--replace', 'replace_all'), says: /track cannot be put in with replace_all/ },
    { args: edit('--preset', 'best'), says: /--preset/ },
    { args: edit('--start', 'hot'), says: /--start/ },
    { args: edit('--seed', '-1'), says: /--seed/ },
    { args: edit('--rephrase', ' '), says: /--rephrase is empty/ },
    { args: edit('--probe', ''), says: /--probe is empty/ },
    { args: edit('--hook', ''), says: /--hook.*empty/ },
    { args: edit('--codebook', ''), says: /--codebook.*empty/ },
    { args: ['generate', ...MODEL, ...ASK, '--temperature', '-1'], says: /--temperature/ },
    { args: ['generate', ...MODEL, ...ASK, '--top-k', '-1'], says: /--top-k/ },
    { args: ['generate', ...MODEL, ...ASK, '--top-p', '0'], says: /--top-p/ },
    { args: ['generate', ...MODEL, ...ASK, '--repetition-penalty', '0'], says: /--repetition-penalty/ },
    { args: ['generate', ...MODEL, ...ASK, '--max-tokens', '0'], says: /--max-tokens/ },
  ]);
});

describe('wrong targets', () => {
  const long = 'word '.repeat(100);
  refuseAll([
    { args: ['edit', ...MODEL, ...ASK, '--target', ' ', ...codebook()], says: /--target is empty/ },
    { args: ['score', ...MODEL, ...ASK, '--target', ''], says: /--target is empty/ },
    { args: ['edit', ...MODEL, ...ASK, ...codebook()], says: /--target <text>' not specified/ },
    { args: ['edit', ...MODEL, ...ASK, ...TARGET], says: /--codebook <folder>' not specified/ },
    { args: ['edit', ...MODEL, ...ASK, '--target', long, ...codebook()], says: /prompt and its target have \d+ tokens, .* holds 64/, code: 'context-exceeded' },
    { args: ['score', ...MODEL, ...ASK, '--target', long], says: /prompt and its continuation have \d+ tokens, .* holds 64/, code: 'context-exceeded' },
    { args: edit('--rephrase', long), says: /\d+ tokens, .* holds 64/, code: 'context-exceeded' },
    { args: edit('--probe', long), says: /\d+ tokens, .* holds 64/, code: 'context-exceeded' },
  ]); // prettier-ignore
});

describe('wrong commands', () => {
  refuseAll([
    { args: ['correct'], says: /Unknown command 'correct'/ },
    { args: ['help', 'correct'], says: /Unknown command 'correct'/ },
    { args: ['--colour'], says: /Unknown option '--colour'/ },
    { args: ['export', ...codebook()], says: /--out <file>' not specified/ },
    { args: ['import', ...codebook()], says: /--from <file>' not specified/ },
    { args: ['batch', ...MODEL, ...codebook()], says: /--file <jsonl>' not specified/ },
    { args: ['batch', ...MODEL, ...codebook(), '--file', path.join(place, 'none')], says: /no such file/, code: 'bad-input-file' },
    { args: ['edits'], says: /--codebook <folder>' not specified/ },
    { args: ['show', ...codebook()], says: /Missing required argument 'edit'/ },
    { args: ['revert', ...codebook()], says: /Missing required argument 'edits'/ },
    { args: ['show', 'abc', ...codebook()], says: /'abc' is not the number/ },
    { args: ['disable', '1', '-2', ...codebook()], says: /'-2' is not the number/ },
  ]); // prettier-ignore

  it('without a command, the help goes to stderr', async () => {
    expect(await run()).toMatchObject({
      exit: 2,
      stdout: '',
      stderr: expect.stringContaining('Usage: grace') as string,
    });
  });

  it('errors for people are one line on stderr, and nothing on stdout', async () => {
    const ran = await run('generate', ...MODEL, '--prompt', '');
    expect(ran).toMatchObject({
      exit: 2,
      stdout: '',
      stderr: 'grace: --prompt is empty. Give a text with at least one word.\n',
    });
  });
});

describe('chats', () => {
  const withTemplate = (template: string): readonly string[] => {
    const model = new DamagedModel(GPT2, place);
    model.write('chat_template.jinja', template);
    return ['generate', '--model', model.folder, '--max-tokens', '2'];
  };
  const TEMPLATE = '{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}';

  it("are rendered by the model's template", async () => {
    expect(await run(...withTemplate(TEMPLATE), '--messages', CHAT)).toMatchObject({ exit: 0 });
  });

  refuseAll([
    { args: [...withTemplate(TEMPLATE), '--messages', messages('blank.json', [{ role: 'user', content: ' ' }])], says: /prompt is empty/ },
    { args: [...withTemplate(''), '--messages', CHAT], says: /prompt has no tokens/ },
    { args: [...withTemplate('{% for m in %}'), '--messages', CHAT], says: /cannot be rendered/, code: 'tokenizer-unsupported' },
    { args: [...withTemplate('{{ raise_exception("No\nroles") }}'), '--messages', CHAT], says: /refuses these messages: No roles\./ },
    { args: [...withTemplate('{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}'), '--messages', CHAT], says: /took longer/, code: 'tokenizer-unsupported' },
  ]); // prettier-ignore
});
