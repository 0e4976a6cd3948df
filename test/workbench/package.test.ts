import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';

import { run } from '../support/command.ts';
import { extract, readArchive } from './support/archive.ts';

const { extension, installation } = inject('equipment');
const files = readArchive(extension);
const names = files.map(({ name }) => name);
const platform = `${process.platform}-${process.arch}`;

/** What an unpacked file has to be. */
const WANTED = [
  /^\[Content_Types\]\.xml$/,
  /^extension\.vsixmanifest$/,
  /^extension\/(package\.json|package\.nls(\.[\w-]+)?\.json|readme\.md|changelog\.md|LICENSE\.txt|THIRD-PARTY-NOTICES\.txt)$/,
  /^extension\/l10n\/bundle\.l10n(\.[\w-]+)?\.json$/,
  /^extension\/(bin|dist)\/.+/,
  /^extension\/media\/.+\.(svg|png|gif|md|txt|json|jsonl)$/,
  /^extension\/models\/(biographies|questions|intents)\/(README\.md|\w+\.json|model\.safetensors)$/,
  /^extension\/models\/experiments\/[\w-]+\.json$/,
  /^extension\/models\/data\/[\w-]+\.(jsonl|json|txt|md)$/,
];
const BINARY = /\.(node|so|so\.\d+|dylib|dll|bare|exe)$/;

it('holds nothing but what is wanted', () => {
  expect(names.filter((name) => !WANTED.some((pattern) => pattern.test(name)))).toEqual([]);
});

it('holds no sources, no maps and no tests', () => {
  expect(names.filter((name) => /\.(ts|tsx|map|vsix|py)$|\/(src|test|tests|bench|script)\//.test(name))).toEqual([]);
  const bundles = files.filter(({ name }) => /^extension\/dist\/[^/]+\.c?js$/.test(name));
  expect(bundles.map(({ name }) => path.basename(name))).toEqual(
    expect.arrayContaining(['extension.cjs', 'engine.js', 'cli.js']),
  );
  for (const bundle of bundles) expect(bundle.read().includes('sourceMappingURL')).toBe(false);
});

it('holds the binaries of this platform and of no other', () => {
  const binaries = names.filter((name) => BINARY.test(name));
  const of = (folder: string): string[] => binaries.filter((name) => name.includes(folder));
  const mine = [
    ...of(`/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/`),
    ...of(`/fs-native-extensions/prebuilds/${platform}/`),
  ];
  expect(of('/onnxruntime-node/').length).toBeGreaterThanOrEqual(2);
  expect(of('/fs-native-extensions/')).toHaveLength(1);
  expect(binaries.toSorted()).toEqual(mine.toSorted());
  const manifest = files
    .find(({ name }) => name === 'extension.vsixmanifest')
    ?.read()
    .toString('utf8');
  expect(manifest).toContain(`TargetPlatform="${platform}"`);
});

it('names every file of the manifest', () => {
  const manifest = files
    .find(({ name }) => name === 'extension/package.json')!
    .read()
    .toString('utf8');
  const { main, icon } = JSON.parse(manifest) as { main: string; icon?: string };
  const pictures = [...manifest.matchAll(/"((?:\.\/)?media\/[^"]+)"/g)].map(([, file]) => file!);
  for (const file of [main, ...(icon === undefined ? [] : [icon]), ...pictures]) {
    expect(names).toContain(`extension/${path.posix.normalize(file)}`);
  }
});

it('takes 45 MB at most', () => {
  expect(statSync(extension).size).toBeLessThanOrEqual(45 * 2 ** 20);
});

it.each([
  ['the Node of the tests', process.execPath],
  ['the Node of VS Code', installation.node],
])('runs the demo away from the repository, on %s', async (_, node) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'grace-package-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  extract(files, folder);
  const output = await run(node, [path.join(folder, 'extension/bin/grace.mjs'), 'demo', '--json'], { cwd: folder });
  expect(
    () =>
      void output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
  ).not.toThrow();
  expect(output).not.toBe('');
});
