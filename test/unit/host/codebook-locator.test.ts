import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type * as vscode from 'vscode';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CodebookLocator, safeName } from '../../../src/host/codebook/codebook-locator.ts';
import { fake, fakeContext, resetFake, Uri } from '../../support/fake-vscode.ts';

vi.mock('vscode', () => import('../../support/fake-vscode.ts'));

let home: string;
let locator: CodebookLocator;

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'grace-locator-'));
  resetFake();
  locator = new CodebookLocator(fakeContext(path.join(home, 'storage')) as unknown as vscode.ExtensionContext);
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

/** Makes a codebook, as far as it is seen from outside. */
function make(...parts: readonly string[]): string {
  const folder = path.join(home, ...parts);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'codebook.json'), '{}');
  return folder;
}

const openWorkspace = (uri = Uri.file(path.join(home, 'workspace'))): void => {
  fake.workspaceFolders = [{ uri, name: 'workspace', index: 0 }];
};

describe('CodebookLocator', () => {
  it('puts a new codebook with the extension without a workspace', () => {
    expect(locator.defaultFolder('biographies')).toBe(path.join(home, 'storage', 'codebooks', 'biographies'));
  });

  it('puts it in the workspace, unless the setting says otherwise', () => {
    openWorkspace();
    expect(locator.defaultFolder('org/llama 3.2')).toBe(path.join(home, 'workspace', '.grace', 'llama-3.2'));
    fake.configuration.set('grace.codebook.location', 'extension');
    expect(locator.defaultFolder('llama')).toBe(path.join(home, 'storage', 'codebooks', 'llama'));
  });

  it.each([
    ['that is not trusted', false, 'file'],
    ['that is not on a disk', true, 'vscode-vfs'],
  ])('leaves a workspace alone %s', async (_, trusted, scheme) => {
    make('workspace', '.grace', 'mine');
    openWorkspace(Uri.from({ scheme, path: path.join(home, 'workspace') }));
    fake.isTrusted = trusted;
    expect(locator.defaultFolder('m')).toBe(path.join(home, 'storage', 'codebooks', 'm'));
    expect(await locator.list()).toEqual([]);
    expect(await locator.lastOrFirst()).toBeUndefined();
  });

  it('finds the one that was used last with the model, however its publisher is named', () => {
    openWorkspace();
    const folder = make('elsewhere', 'book');
    locator.remember(folder, 'org/model');
    expect(locator.defaultFolder('model')).toBe(folder);
    expect(locator.defaultFolder('other')).not.toBe(folder);
    expect(locator.defaultFolder('model', 'model.layers.1:input')).toBe(path.join(home, 'workspace', '.grace', 'model-model.layers.1-input')); // prettier-ignore
  });

  it('forgets one that is gone, or lies in a workspace that is not trusted', () => {
    openWorkspace();
    const folder = make('workspace', 'book');
    locator.remember(folder, 'model');
    expect(locator.defaultFolder('model')).toBe(folder);
    fake.isTrusted = false;
    expect(locator.defaultFolder('model')).not.toBe(folder);
    fake.isTrusted = true;
    rmSync(folder, { recursive: true });
    expect(locator.defaultFolder('model')).toBe(path.join(home, 'workspace', '.grace', 'model'));
  });

  it('lists each codebook once', async () => {
    openWorkspace();
    const [here, stored, other] = [make('workspace', '.grace', 'b'), make('storage', 'codebooks', 'c'), make('x', 'd')];
    mkdirSync(path.join(home, 'workspace', '.grace', 'no-codebook'));
    for (const folder of [other, here, path.join(home, 'gone')]) locator.remember(folder, 'm');
    expect(await locator.list()).toEqual([
      { folder: here, name: 'b', where: 'workspace' },
      { folder: stored, name: 'c', where: 'extension' },
      { folder: other, name: 'd', where: 'recent' },
    ]);
  });

  it('begins with the last one, or the first of the workspace', async () => {
    openWorkspace();
    const [here, other] = [make('workspace', '.grace', 'b'), make('x', 'd')];
    expect(await locator.lastOrFirst()).toBe(here);
    locator.remember(other, 'm');
    expect(await locator.lastOrFirst()).toBe(other);
  });
});

describe('safeName', () => {
  it.each([
    ['a model', 'a-model'],
    ['../../etc', 'etc'],
    ['...', 'codebook'],
    ['', 'codebook'],
    ['con', 'codebook-con'],
    ['NUL.txt', 'codebook-NUL.txt'],
    ['naïve/模型', 'naïve-模型'],
    ['x'.repeat(200), 'x'.repeat(80)],
  ])('%s', (name, expected) => {
    expect(safeName(name)).toBe(expected);
  });
});
