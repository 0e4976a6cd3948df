import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { describeBytes } from '../../../src/host/bytes.ts';
import { FolderStore } from '../../../src/host/model/folder-store.ts';
import { HuggingFaceStore } from '../../../src/host/model/hugging-face-store.ts';
import { LmStudioStore } from '../../../src/host/model/lm-studio-store.ts';
import { OllamaStore } from '../../../src/host/model/ollama-store.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'grace-stores-'));
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

function write(file: string, content: string | number): string {
  const whole = path.join(home, file);
  mkdirSync(path.dirname(whole), { recursive: true });
  writeFileSync(whole, typeof content === 'string' ? content : new Uint8Array(content));
  return whole;
}

const CONFIG = JSON.stringify({ architectures: ['GPT2LMHeadModel'] });

describe('HuggingFaceStore', () => {
  const repository = '.cache/huggingface/hub/models--openai--tiny-gpt2';

  /** A file of a snapshot as huggingface_hub makes it: a link into the blobs. */
  function link(revision: string, name: string, content: string | number): void {
    const blob = write(`${repository}/blobs/${revision}-${name}`, content);
    const file = path.join(home, repository, 'snapshots', revision, name);
    mkdirSync(path.dirname(file), { recursive: true });
    symlinkSync(blob, file);
  }

  it('finds the revision that main names, through its links, with the size of its shards', async () => {
    for (const revision of ['aaa', 'bbb', 'ccc']) {
      link(revision, 'config.json', CONFIG);
      link(revision, 'model-00001-of-00002.safetensors', 1000);
      link(revision, 'model-00002-of-00002.safetensors', 234);
    }
    write(`${repository}/refs/main`, 'bbb\n');
    expect(await new HuggingFaceStore({}, home).find()).toEqual([
      {
        path: path.join(home, repository, 'snapshots', 'bbb'),
        name: 'openai/tiny-gpt2',
        bytes: 1234,
        format: 'safetensors',
        architecture: 'GPT2LMHeadModel',
      },
    ]);
  });

  it('finds GGUF files, and leaves out repositories without weights, and datasets', async () => {
    link('aaa', 'model.Q4_K.gguf', 77);
    write('.cache/huggingface/hub/models--only--config/snapshots/x/config.json', CONFIG);
    write('.cache/huggingface/hub/datasets--some--data/snapshots/x/config.json', CONFIG);
    const found = await new HuggingFaceStore({}, home).find();
    expect(found.map(({ name, bytes, format }) => [name, bytes, format])).toEqual([
      ['openai/tiny-gpt2/model.Q4_K.gguf', 77, 'gguf'],
    ]);
  });

  it.each([
    ['HF_HUB_CACHE', 'elsewhere', 'elsewhere'],
    ['HF_HOME', 'elsewhere', 'elsewhere/hub'],
    ['XDG_CACHE_HOME', 'elsewhere', 'elsewhere/huggingface/hub'],
  ])('looks where %s says', async (variable, value, folder) => {
    write(`${folder}/models--a--b/snapshots/r/config.json`, CONFIG);
    write(`${folder}/models--a--b/snapshots/r/model.safetensors`, 5);
    const found = await new HuggingFaceStore({ [variable]: path.join(home, value) }, home).find();
    expect(found.map(({ name }) => name)).toEqual(['a/b']);
  });

  it('lives with a config that is no JSON, or very large', async () => {
    write(`${repository}/snapshots/r/config.json`, '{');
    write(`${repository}/snapshots/r/model.safetensors`, 5);
    write('.cache/huggingface/hub/models--a--b/snapshots/r/config.json', 2 ** 21);
    write('.cache/huggingface/hub/models--a--b/snapshots/r/model.safetensors', 5);
    const found = await new HuggingFaceStore({}, home).find();
    expect(found.map(({ architecture }) => architecture)).toEqual(['', '']);
  });
});

describe('OllamaStore', () => {
  const digest = 'a'.repeat(64);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    layers: [
      { mediaType: 'application/vnd.ollama.image.template', digest: `sha256:${'b'.repeat(64)}`, size: 9 },
      { mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${digest}`, size: 42 },
    ],
  });

  it('finds the GGUF file of each tag, named as Ollama names it', async () => {
    write('.ollama/models/manifests/registry.ollama.ai/library/smollm2/135m', manifest);
    write('.ollama/models/manifests/registry.ollama.ai/someone/model/latest', manifest);
    const blob = write(`.ollama/models/blobs/sha256-${digest}`, 42);
    expect(await new OllamaStore({}, home).find()).toEqual([
      { path: blob, name: 'smollm2:135m', bytes: 42, format: 'gguf', architecture: '' },
      { path: blob, name: 'someone/model:latest', bytes: 42, format: 'gguf', architecture: '' },
    ]);
  });

  it('leaves out manifests that make no sense, leave the store, or whose blob is missing', async () => {
    const folder = '.ollama/models/manifests/registry.ollama.ai/library/bad';
    write(`${folder}/not-json`, '{');
    write(`${folder}/outside`, manifest.replaceAll(`sha256:${digest}`, 'sha256:../../../secret'));
    write(`${folder}/missing`, manifest);
    expect(await new OllamaStore({}, home).find()).toEqual([]);
  });

  it('looks where OLLAMA_MODELS says, and nowhere else', async () => {
    write('other/manifests/registry.ollama.ai/library/m/t', manifest);
    write(`other/blobs/sha256-${digest}`, 1);
    write('.ollama/models/manifests/registry.ollama.ai/library/hidden/t', manifest);
    const found = await new OllamaStore({ OLLAMA_MODELS: path.join(home, 'other') }, home).find();
    expect(found.map(({ name }) => name)).toEqual(['m:t']);
  });
});

describe('LmStudioStore', () => {
  it('finds GGUF files and folders of safetensors, of new and old versions', async () => {
    write('.lmstudio/models/publisher/chat-GGUF/chat-Q4.gguf', 10);
    write('.lmstudio/models/publisher/mlx/config.json', CONFIG);
    write('.lmstudio/models/publisher/mlx/model.safetensors', 20);
    write('.cache/lm-studio/models/old/one/one.gguf', 30);
    const found = await new LmStudioStore(home).find();
    expect(found.map(({ name, bytes, format }) => [name, bytes, format])).toEqual([
      ['publisher/chat-GGUF/chat-Q4.gguf', 10, 'gguf'],
      ['publisher/mlx', 20, 'safetensors'],
      ['old/one/one.gguf', 30, 'gguf'],
    ]);
  });
});

describe('FolderStore', () => {
  it('finds models in a folder, and the one that it is', async () => {
    write('mine/config.json', CONFIG);
    write('mine/model.safetensors', 1);
    write('mine/inner/config.json', CONFIG);
    write('mine/inner/model.safetensors', 2);
    const found = await new FolderStore(path.join(home, 'mine')).find();
    expect(found.map(({ name }) => name)).toEqual(['mine', 'inner']);
  });

  it('finds nothing where there is nothing', async () => {
    expect(await new FolderStore(path.join(home, 'nowhere')).find()).toEqual([]);
  });
});

describe('describeBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [9_080_000, '9.1 MB'],
    [271_000_000, '271 MB'],
    [1.6e10, '16.0 GB'],
    [3e15, '3000 TB'],
  ])('%d is %s', (bytes, text) => {
    expect(describeBytes(bytes)).toBe(text);
  });
});
