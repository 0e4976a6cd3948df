import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { getL10nJson } from '@vscode/l10n-dev';
import { expect, it } from 'vitest';

const sourcesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join(folder, name));

const read = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

// All sources are parsed: on a busy machine that takes minutes.
it(
  'has every text of the extension and its pages for translators; `npm run l10n` brings it up to date',
  { timeout: 300_000 },
  async () => {
    const files = [...sourcesIn('src'), ...sourcesIn('webview')];
    const found = await getL10nJson(files.map((file) => ({ extension: '.ts', contents: readFileSync(file, 'utf8') })));
    expect(Object.keys(read('l10n/bundle.l10n.json')).sort()).toEqual(Object.keys(found).sort());
  },
);

it('has every text of package.json', () => {
  const texts = read('package.nls.json');
  const named = [...readFileSync('package.json', 'utf8').matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key!);
  expect(named.filter((key) => !(key in texts))).toEqual([]);
  expect(Object.keys(texts).filter((key) => !named.includes(key))).toEqual([]);
});

it('says in package.json nothing that is not to be translated', () => {
  const { contributes } = read('package.json') as { readonly contributes: object };
  const titles = JSON.stringify(contributes).matchAll(
    /"(?:title|label|markdownDescription|description|altText|contents)":"([^"]*)"/g,
  );
  expect([...titles].map(([, title]) => title!).filter((title) => !/^%[^%]+%$/.test(title))).toEqual([]);
});
