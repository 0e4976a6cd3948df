import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { CodebookFolder } from '../../../src/engine/grace/codebook-folder.ts';
import { WriterLock } from '../../../src/engine/grace/lock.ts';
import { bundle, Child } from './child-process.ts';
import { MANIFEST } from './sample-edits.ts';
import { codeOf, errorOf, temporaryFolder } from './samples.ts';

let program: string;

beforeAll(async () => {
  program = await bundle('writing-child');
});

describe('WriterLock', () => {
  it('admits one writer within a process, and the next one after it', () => {
    const folder = temporaryFolder();
    const lock = WriterLock.acquire(folder);
    const refusal = errorOf(() => WriterLock.acquire(folder));
    expect(refusal.code).toBe('codebook-locked');
    expect(refusal.message).toContain(`process ${process.pid} `);
    lock.release();
    lock.release();
    WriterLock.acquire(folder).release();
  });

  it('takes a lock file that says nothing useful, or was left by a process that is gone', () => {
    for (const rest of ['', 'nonsense', '{"pid":1,"host":"elsewhere","since":"2020-01-01T00:00:00Z"}\n']) {
      const folder = temporaryFolder();
      writeFileSync(path.join(folder, '.lock'), rest);
      const lock = WriterLock.acquire(folder);
      expect(JSON.parse(readFileSync(path.join(folder, '.lock'), 'utf8'))).toMatchObject({ pid: process.pid });
      lock.release();
    }
  });

  it('keeps other processes from writing, not from reading, and ends with kill -9', async () => {
    const folder = temporaryFolder();
    CodebookFolder.create(folder, MANIFEST).close();
    const child = new Child(program, folder);
    await child.waitFor(1);
    const refusal = errorOf(() => CodebookFolder.open(folder, 'write'));
    expect(refusal.code).toBe('codebook-locked');
    expect(refusal.data).toMatchObject({ folder, pid: expect.not.closeTo(process.pid) as unknown });
    expect(CodebookFolder.open(folder, 'read').edits).toEqual([]);
    await child.kill();
    CodebookFolder.open(folder, 'write').close();
  });

  it('is given back when opening fails', () => {
    const folder = temporaryFolder();
    CodebookFolder.create(folder, MANIFEST).close();
    const journal = path.join(folder, 'edits.jsonl');
    const manifest = readFileSync(path.join(folder, 'codebook.json'));
    writeFileSync(path.join(folder, 'codebook.json'), '{');
    expect(codeOf(() => CodebookFolder.open(folder, 'write'))).toBe('codebook-damaged');
    writeFileSync(path.join(folder, 'codebook.json'), manifest);
    expect(readFileSync(journal, 'utf8')).toBe('');
    CodebookFolder.open(folder, 'write').close();
  });
});
