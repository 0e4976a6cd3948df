import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, describe } from 'vitest';

import { runUnedited, type Respond } from '../../../src/engine/evaluation/run-method.ts';
import type { Material } from '../../../src/engine/evaluation/material.ts';
import { readPictureData } from '../../../src/engine/evaluation/picture-data.ts';
import { RunFolder, type RunDescription } from '../../../src/engine/evaluation/run-folder.ts';
import { whileWriting } from '../../../src/engine/evaluation/run-lock.ts';
import { readLog } from '../../../src/engine/evaluation/run-log.ts';
import { loadState, saveState } from '../../../src/engine/evaluation/state-file.ts';
import { streamedEdit } from '../../../src/engine/evaluation/streamed-edit.ts';
import { encodeSafetensors } from '../../../src/engine/weights/safetensors-bytes.ts';
import { NO_DECISION } from '../../../src/protocol/decision.ts';
import { errorOf, temporaryFolder } from '../grace/samples.ts';

const SAID = { prompt: 'Who?', target: 'me', output: 'me', exact: true, f1: 1, forced: true, nll: 0.1 };
const EDIT = { op: 'edit', row: 0, ...SAID, steps: 3, edit: 1, action: 'add', seconds: 1 };
const NEAR = { entry: 0, edit: 1, distance: 3, radius: 2 };
const FIRED = { fired: true, entry: 0, edit: 1, distance: 1, radius: 2, nearest: null };
const ANSWER = { op: 'answer', edits: 1, group: 'TRR', row: 0, ...SAID, unchanged: true };
const CHECKPOINT = { op: 'checkpoint', edits: 1, keys: 1, memory: 1, groups: {} };

const DESCRIPTION: RunDescription = {
  ...{ name: 'tiny', title: 'A tiny stream', task: 'questions', radius: 2, seed: 0, stream: 1, tooLong: 0, notes: [] },
  model: { name: 'model', architecture: 'GPT2LMHeadModel', fingerprint: 'f' },
  hook: { replace: 'h.1', key: 'h.1:input' },
  prompts: { ERR: 1 },
};

const asLines = (lines: readonly object[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

function logOf(lines: readonly object[], folder = temporaryFolder()): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'log.jsonl'), asLines(lines));
  return folder;
}

describe('readLog', () => {
  it('reads every decision that is written', () => {
    const match = { found: ['a'], missing: [], coverage: 1, run: 1, score: 1.1, threshold: 0.8, own: false };
    const lines = [
      { ...EDIT, decision: { ...FIRED, nearest: { ...NEAR, match }, match } },
      { ...ANSWER, decision: FIRED },
      { ...ANSWER, decision: { ...NO_DECISION, nearest: NEAR } },
      { ...EDIT, edit: undefined, action: undefined, seconds: null, nll: null },
      CHECKPOINT,
    ];
    expect(readLog(logOf(lines))).toEqual(JSON.parse(JSON.stringify(lines)));
  });

  it.each([
    ['an entry that fired without its distance', { ...ANSWER, decision: { ...FIRED, distance: null } }],
    ['a distance that is no number', { ...ANSWER, decision: { ...NO_DECISION, nearest: { ...NEAR, distance: '3' } } }],
    ['a decision that is none', { ...ANSWER, decision: 'yes' }],
    ['an edit’s decision that is none', { ...EDIT, row: 1, decision: { fired: true } }],
    ['an answer under the edits’ own group', { ...ANSWER, group: 'ES', decision: FIRED }],
    ['what no edit does', { ...EDIT, row: 1, action: 'burn' }],
    ['a number of an edit that is none', { ...EDIT, row: 1, edit: {} }],
  ])('reads no further than a line with %s', (_, damaged) => {
    expect(readLog(logOf([EDIT, damaged, CHECKPOINT]))).toEqual([EDIT]);
  });
});

describe('RunFolder', () => {
  const begin = (folder: string, kind: 'evaluation' | 'sweep', identity: unknown): Promise<RunFolder> =>
    RunFolder.begin(folder, kind, identity, () => Promise.resolve(DESCRIPTION));

  it('says what kind of run it holds, and is read as nothing else', async () => {
    const [run, sweep] = [temporaryFolder(), temporaryFolder()];
    await begin(run, 'evaluation', [1]);
    await begin(sweep, 'sweep', [2]);
    expect(JSON.parse(readFileSync(path.join(sweep, 'run.json'), 'utf8'))).toMatchObject({ kind: 'sweep' });
    expect(RunFolder.open(run, 'evaluation').description).toEqual(DESCRIPTION);
    expect(RunFolder.open(sweep).description).toEqual(DESCRIPTION);
    const asRun = errorOf(() => readPictureData([run, sweep], undefined));
    expect([asRun.code, asRun.message]).toEqual(['bad-argument', `${sweep} holds a sweep, not a run of methods.`]);
    expect(errorOf(() => readPictureData([], run)).message).toBe(`${run} holds a run of methods, not a sweep.`);
    expect(readPictureData([run], sweep).sweep?.cells).toEqual([]);
  });

  it('goes on with one of an earlier version, which does not say its kind', async () => {
    const folder = temporaryFolder();
    await begin(folder, 'evaluation', [1]);
    const file = path.join(folder, 'run.json');
    const run = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...run, kind: undefined }));
    expect((await begin(folder, 'evaluation', [1])).description).toEqual(DESCRIPTION);
    expect(RunFolder.open(folder, 'sweep').description).toEqual(DESCRIPTION);
  });

  it('names the folder that is taken when another one should be used', async () => {
    const [folder, full] = [temporaryFolder(), temporaryFolder()];
    await begin(folder, 'evaluation', [1]);
    await expect(begin(folder, 'evaluation', [2])).rejects.toMatchObject({
      ...{ code: 'bad-argument', data: { taken: folder } },
    });
    writeFileSync(path.join(full, 'mine.txt'), '');
    await expect(begin(path.join(full, 'mine.txt'), 'evaluation', [1])).rejects.toMatchObject({ code: 'bad-argument' });
    await expect(begin(full, 'evaluation', [1])).rejects.toMatchObject({ data: { taken: full } });
  });

  it.each([
    ['model', 'GPT2'],
    ['model', undefined],
    ['hook', { replace: 1 }],
    ['prompts', { all: 3 }],
    ['tooLong', '1'],
  ])('is no run with such a %s: %j', async (name, value) => {
    const folder = temporaryFolder();
    await begin(folder, 'evaluation', [1]);
    const file = path.join(folder, 'run.json');
    const { run, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as { readonly run: object };
    writeFileSync(file, JSON.stringify({ ...rest, run: { ...run, [name]: value } }));
    logOf([EDIT], path.join(folder, 'ft'));
    const refusal = errorOf(() => streamedEdit({ run: folder, method: 'ft', row: 0 }));
    expect(refusal.code).toBe('bad-input-file');
  });
});

describe('loadState', () => {
  const parameters = (...numbers: number[]) =>
    new Map([['weight', { shape: [numbers.length], data: Float32Array.from(numbers) }]]);

  it('fills the parameters with what was kept', () => {
    const [folder, into] = [temporaryFolder(), parameters(0, 0)];
    saveState(folder, 7, parameters(1, 2));
    expect(loadState(folder, into)).toBe(7);
    expect([...into.get('weight')!.data]).toEqual([1, 2]);
  });

  it('names a damaged file, and says what to do', () => {
    const folder = temporaryFolder();
    saveState(folder, 7, parameters(1, 2));
    const file = path.join(folder, 'state.safetensors');
    writeFileSync(file, readFileSync(file).subarray(0, -4));
    expect(errorOf(() => loadState(folder, parameters(0, 0)))).toMatchObject({
      ...{ code: 'bad-input-file', message: expect.stringContaining(file) as string },
      advice: 'Delete that file; the method then begins anew.',
    });
  });

  it.each([[{}], [{ edits: '' }], [{ edits: 'many' }], [{ edits: '-1' }], [{ edits: '0' }], [{ edits: '1.5' }]])(
    'leaves the parameters as they are where the number of edits is %j',
    (metadata) => {
      const [folder, into] = [temporaryFolder(), parameters(0, 0)];
      const pieces = [...encodeSafetensors({ tensors: parameters(1, 2), metadata: metadata })];
      writeFileSync(path.join(folder, 'state.safetensors'), Buffer.concat(pieces));
      expect(loadState(folder, into)).toBe(0);
      expect([...into.get('weight')!.data]).toEqual([0, 0]);
    },
  );
});

describe('a folder that is being written', () => {
  const prompt = { kind: 'text', text: 'Who?' } as const;
  const item = { row: 0, fact: 0, prompt, targets: ['me'], subject: undefined };
  const material = { stream: [item, { ...item, row: 1 }], unrelated: [], accurate: [], holdout: [] } as unknown as Material; // prettier-ignore
  const watch = { signal: new AbortController().signal, onProgress: () => undefined };
  const { output, exact, f1, forced, nll } = SAID;
  const answer = { output, exact, f1, forced, nll, decision: NO_DECISION };

  it('has one writer; the next one goes on where that has ended', async () => {
    const folder = temporaryFolder();
    const asked: number[] = [];
    let goOn = (): void => undefined;
    const waiting = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const respond: Respond = async ({ row }) => {
      await waiting;
      asked.push(row);
      return answer;
    };
    const first = runUnedited(folder, respond, material, watch);
    const second = runUnedited(folder, () => Promise.resolve(answer), material, watch);
    await expect(second).rejects.toMatchObject({
      code: 'codebook-locked',
      message: expect.stringContaining(`is being written by process ${process.pid} `) as string,
    });
    goOn();
    await first;
    expect(asked).toEqual([0, 1]);
    const never = (): Promise<never> => Promise.reject(new Error('it was asked before'));
    expect(await runUnedited(folder, never, material, watch)).toHaveLength(2);
  });

  it('is given back when writing fails', async () => {
    const folder = temporaryFolder();
    await expect(whileWriting(folder, () => Promise.reject(new Error('full')))).rejects.toThrow('full');
    expect(await whileWriting(folder, () => Promise.resolve(1))).toBe(1);
    expect(existsSync(path.join(folder, '.lock'))).toBe(true);
  });
});
