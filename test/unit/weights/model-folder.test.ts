import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/protocol/coded-error.ts';
import { findGguf, openModelFolder } from '../../../src/engine/weights/model-folder.ts';
import { codeOf, errorOf, temporaryFolder } from './safetensors-files.ts';

const { root } = temporaryFolder();
let made = 0;

function folder(files: Readonly<Record<string, string>>, name = `model-${made++}`): string {
  const target = path.join(root, name);
  mkdirSync(target, { recursive: true });
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(target, file)), { recursive: true });
    writeFileSync(path.join(target, file), content);
  }
  return target;
}

describe('a model folder', () => {
  it('has a configuration, and perhaps one for generation', () => {
    const plain = openModelFolder(folder({ 'config.json': '{"model_type":"llama"}' }, 'my-model'));
    expect(plain).toMatchObject({ name: 'my-model', config: { model_type: 'llama' }, generationConfig: undefined });
    const full = folder({ 'config.json': '{}', 'generation_config.json': '{"eos_token_id":[1,2]}' });
    expect(openModelFolder(full).generationConfig).toEqual({ eos_token_id: [1, 2] });
    expect(openModelFolder(`${full}${path.sep}.`).folder).toBe(full);
  });

  it('keeps names like __proto__ to itself', () => {
    const { config } = openModelFolder(folder({ 'config.json': '{"__proto__":{"polluted":1},"a":2}' }));
    expect(config['a']).toBe(2);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('that is missing, or a file, or has no configuration, is not found, with advice', () => {
    const empty = folder({ 'weights.gguf': '', 'tokenizer.json': '{}' });
    expect(errorOf(() => openModelFolder(path.join(root, 'gone'))).advice).toContain('hf download');
    expect(errorOf(() => openModelFolder(path.join(empty, 'tokenizer.json'))).advice).toContain(empty);
    expect(errorOf(() => openModelFolder(path.join(empty, 'weights.gguf'))).advice).toContain('gguf');
    expect(codeOf(() => openModelFolder(path.join(empty, 'tokenizer.json', 'x')))).toBe('model-not-found');
    expect(codeOf(() => openModelFolder(`${empty}\0`))).toBe('model-not-found');
    expect(errorOf(() => openModelFolder(empty)).message).toContain('config.json');
    expect(errorOf(() => openModelFolder(folder({ 'adapter_config.json': '{}' }))).message).toContain('adapter');
  });

  it('with a broken configuration is damaged, naming the file and the place', () => {
    const message = (text: string) => errorOf(() => openModelFolder(folder({ 'config.json': text }))).message;
    expect(message('{\n  "a": 1,\n  "b" 2\n}')).toMatch(/config\.json is not valid JSON.*line 3, column 7/);
    expect(message('{"a": 1')).toMatch(/line 1, column 8/);
    expect(message('[1]')).toContain('object');
    expect(message(`{"a":${'['.repeat(200)}${']'.repeat(200)}}`)).toContain('deep');
    expect(message(' '.repeat(9 * 2 ** 20))).toContain('bytes');
    expect(message(`{"a":[${'[],'.repeat(2_600_000)}[]]}`)).toContain('values');
  });

  it('answers any configuration with an object or a CodedError', () => {
    const target = folder({ 'config.json': '{}' });
    const bytes = fc.oneof(
      fc.json().map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 40 }),
      fc.tuple(fc.nat(24), fc.nat(255)).map(([at, byte]) => {
        const text = Buffer.from('{"model_type":"llama","n":1}');
        text[at] = byte;
        return text;
      }),
    );
    fc.assert(
      fc.property(bytes, (content) => {
        writeFileSync(path.join(target, 'config.json'), content);
        try {
          expect(openModelFolder(target).config).toBeTypeOf('object');
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError);
          expect((error as CodedError).code).toBe('model-damaged');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a model in the Hugging Face cache', () => {
  const revisions = { 'snapshots/old/config.json': '{"r":"old"}', 'snapshots/new/config.json': '{"r":"new"}' };
  const cached = (files: Readonly<Record<string, string>>): string => {
    const target = folder(files, `cache-${made++}/models--org--some-model`);
    utimesSync(path.join(target, 'snapshots', 'old'), 1, 1);
    return target;
  };

  it('is the revision that refs/main names', () => {
    const opened = openModelFolder(cached({ ...revisions, 'refs/main': 'old\n' }));
    expect(opened).toMatchObject({ name: 'org/some-model', config: { r: 'old' } });
  });

  it('is the newest one where refs/main names none that is there', () => {
    expect(openModelFolder(cached(revisions)).config).toEqual({ r: 'new' });
    expect(openModelFolder(cached({ ...revisions, 'refs/main': '../../..' })).config).toEqual({ r: 'new' });
  });

  it('can be named by its snapshot, and may be empty', () => {
    expect(openModelFolder(path.join(cached(revisions), 'snapshots', 'old')).name).toBe('org/some-model');
    const empty = folder({}, 'models--o--empty');
    mkdirSync(path.join(empty, 'snapshots'));
    expect(codeOf(() => openModelFolder(empty))).toBe('model-not-found');
  });
});

describe('a GGUF file', () => {
  it('is named by itself, or by a folder that holds nothing else to open', () => {
    const one = folder({ 'a.gguf': '', 'README.md': '' });
    expect(findGguf(path.join(one, 'a.gguf'))).toBe(path.join(one, 'a.gguf'));
    expect(findGguf(one)).toBe(path.join(one, 'a.gguf'));
    expect(findGguf(folder({ 'a.gguf': '', 'config.json': '{}' }))).toBeUndefined();
    expect(findGguf(folder({}))).toBeUndefined();
    expect(findGguf(path.join(root, 'gone.gguf'))).toBeUndefined();
  });

  it('is to be named where a folder holds several', () => {
    const error = errorOf(() => findGguf(folder({ 'a.gguf': '', 'b.GGUF': '' })));
    expect(error.code).toBe('model-not-found');
    expect(error.advice).toContain('a.gguf, b.GGUF');
  });
});
