import {
  appendFileSync,
  copyFileSync,
  cpSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { EngineChild } from './engine-child.ts';
import { grace, temporaryFolder } from './grace.ts';
import * as shapes from './shapes.ts';
import { writeGpt2 } from './tiny-models.ts';

const place = temporaryFolder();
const GPT2 = writeGpt2(path.join(place, 'gpt2'));
let books = 0;
const newBook = (): string => path.join(place, `codebook-${++books}`);
const poll = <T>(what: () => T) => expect.poll(what, { timeout: 10_000, interval: 20 });
const live = (host: EngineChild): number | undefined => host.snapshot?.head.live;
const journalOf = (folder: string): string => path.join(folder, 'edits.jsonl');
const disabled = (edit: number): string => `${JSON.stringify({ op: 'disable', edit, at: new Date().toISOString() })}\n`;

/** As version control puts a file in place: under another name, then renamed. */
function replace(file: string, content: string | Buffer): void {
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}

async function hostWith(edits: number): Promise<{ readonly host: EngineChild; readonly folder: string }> {
  const [host, folder] = [new EngineChild(), newBook()];
  await host.open(GPT2, folder);
  for (let edit = 1; edit <= edits; edit++) await host.edit(`Who was number ${edit}`, 'it');
  return { host, folder };
}

describe('a codebook that two processes have open', () => {
  it('is written by one, seen by the other, and handed over when the first one closes', async () => {
    const { host, folder } = await hostWith(1);
    const second = new EngineChild();
    const { codebook } = await second.open(GPT2, folder);
    expect(codebook!.head.readOnly).toMatch(new RegExp(`open for writing in process ${host.child.pid} `));
    for (const call of [
      () => second.engine.switch({ op: 'disable', edits: [1] }),
      () => second.edit('Who was number 2', 'it'),
      () => second.engine.annotate({ edit: 1, title: 'mine' }),
      () => second.engine.merge({ from: folder, dryRun: false }),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'codebook-read-only' });
    expect(await second.say('Who was number 1')).toBe('it');
    await host.edit('Who was number 2', 'it');
    await poll(() => live(second)).toBe(2);
    expect(await second.say('Who was number 2')).toBe('it');
    await host.engine.close(null);
    await poll(() => second.snapshot!.head.readOnly).toBeNull();
    expect(await second.edit('Who was number 3', 'it')).toBe(3);
  });

  it('may be written as soon as the first process is gone, however it went', async () => {
    const { host, folder } = await hostWith(1);
    const second = new EngineChild();
    await second.open(GPT2, folder);
    const exited = host.exited();
    host.child.kill('SIGKILL');
    await exited;
    expect(await second.engine.switch({ op: 'disable', edits: [1] })).toMatchObject({
      head: { readOnly: null, live: 0 },
    });
  });
});

describe('a codebook that another program changes', () => {
  it('is read again when its journal is replaced, and written behind what is there then', async () => {
    const { host, folder } = await hostWith(2);
    const journal = journalOf(folder);
    replace(journal, readFileSync(journal, 'utf8') + disabled(1));
    await poll(() => live(host)).toBe(1);
    expect(host.rereads).toHaveLength(1);
    // At once: before any watch can have told of it.
    replace(journal, readFileSync(journal, 'utf8') + disabled(2));
    expect(await host.engine.annotate({ edit: 2, title: 'kept' })).toMatchObject({ head: { live: 0 } });
    const { edits } = await grace(shapes.editList, ['edits', '--codebook', folder]);
    expect(edits.map(({ state, title }) => [state, title])).toEqual([['disabled', ''], ['disabled', 'kept']]); // prettier-ignore
  });

  it('is read again when its journal is cut off, appended to, or of the same length', async () => {
    const { host, folder } = await hostWith(2);
    const journal = journalOf(folder);
    const [first] = readFileSync(journal, 'utf8').split('\n');
    truncateSync(journal, Buffer.byteLength(first!) + 1);
    await poll(() => live(host)).toBe(1);
    appendFileSync(journal, disabled(1));
    await poll(() => live(host)).toBe(0);
    const enabled = readFileSync(journal, 'utf8').replace('"op":"disable"', '"op":"xxxxxxx"');
    writeFileSync(journal, enabled);
    await poll(() => live(host)).toBe(1);
    expect(host.snapshot!.head.notices).toHaveLength(1);
  });

  it('says which lines a merge has left that cannot be read, and goes on', async () => {
    const { host, folder } = await hostWith(1);
    const journal = journalOf(folder);
    replace(journal, `<<<<<<< HEAD\n${readFileSync(journal, 'utf8')}=======\n>>>>>>> theirs\n`);
    await poll(() => host.snapshot!.head.notices.length).toBe(3);
    expect(host.snapshot!.head).toMatchObject({ live: 1, readOnly: null });
    expect(await host.edit('Who was number 2', 'it')).toBeGreaterThan(1);
    expect(readFileSync(journal, 'utf8')).toContain('>>>>>>> theirs');
  });

  it('stays as it was while its description is damaged or gone, and is whole afterwards', async () => {
    const { host, folder } = await hostWith(1);
    const manifest = path.join(folder, 'codebook.json');
    const whole = readFileSync(manifest, 'utf8');
    for (const damaged of ['{', whole.replace(/"fingerprint": "[^"]*"/, '"fingerprint": "0"')]) {
      replace(manifest, damaged);
      await poll(() => host.snapshot!.head.readOnly).toMatch(/shown as it was before/);
      expect(host.snapshot!.head.live).toBe(1);
      expect(host.snapshot!.head.notices.at(-1)).toBe(host.snapshot!.head.readOnly);
      expect(await host.say('Who was number 1')).toBe('it');
      await expect(host.engine.switch({ op: 'disable', edits: [1] })).rejects.toMatchObject({
        code: 'codebook-read-only',
      });
      replace(manifest, whole);
      await poll(() => host.snapshot!.head.readOnly).toBeNull();
    }
    expect(await host.edit('Who was number 2', 'it')).toBe(2);
  });

  it('stays as it was when its folder is removed, and is written again when that is back', async () => {
    const { host, folder } = await hostWith(2);
    cpSync(folder, `${folder}-kept`, { recursive: true, filter: (file) => !file.endsWith('.lock') });
    rmSync(folder, { recursive: true });
    await poll(() => host.snapshot!.head.readOnly).not.toBeNull();
    expect(await host.say('Who was number 1')).toBe('it');
    await expect(host.edit('Who was number 3', 'it')).rejects.toMatchObject({ code: 'codebook-read-only' });
    renameSync(`${folder}-kept`, folder);
    await poll(() => host.snapshot!.head.readOnly).toBeNull();
    expect(await host.edit('Who was number 3', 'it')).toBe(3);
    const { edits } = await grace(shapes.editList, ['edits', '--codebook', folder]);
    expect(edits).toHaveLength(3);
  });

  it('takes up an edit whose vectors arrive after the journal', async () => {
    const { host, folder } = await hostWith(2);
    const copy = newBook();
    cpSync(folder, copy, { recursive: true });
    const { vectors } = await host.engine.show({ edit: 2 });
    const [from, to] = [folder, copy].map((book) => path.join(book, 'vectors', vectors));
    rmSync(to!);
    const other = new EngineChild();
    await other.open(GPT2, copy);
    expect(other.snapshot!.items.map(({ state }) => state)).toEqual(['live', 'damaged']);
    copyFileSync(from!, to!);
    await poll(() => other.snapshot!.items.map(({ state }) => state)).toEqual(['live', 'live']);
  });
});
