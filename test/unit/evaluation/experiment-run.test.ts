import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { Engine } from '../../../src/engine/engine.ts';
import { EvaluationService } from '../../../src/engine/evaluation-service.ts';
import { readExperiment, runExperiment } from '../../../src/engine/experiment-run.ts';
import { runSweep } from '../../../src/engine/experiment-sweep.ts';
import { WriterLock } from '../../../src/engine/grace/lock.ts';
import { GREEDY } from '../../../src/engine/generation/sampler.ts';
import type { EvaluationProgress } from '../../../src/protocol/evaluation-api.ts';
import {
  METHODS,
  type AnswerLine,
  type EvaluationLine,
  type EvaluationResult,
} from '../../../src/protocol/evaluation.ts';
import { writeGpt2 } from '../../cli/tiny-models.ts';

const place = mkdtempSync(path.join(tmpdir(), 'grace-evaluation-'));
afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});
writeGpt2(path.join(place, 'model'));
const lines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const write = (name: string, content: string): string => {
  writeFileSync(path.join(place, name), content);
  return path.join(place, name);
};
write(
  'facts.jsonl',
  lines([
    { subject: 'Ada Lovelace', relation: 'born', original: 'London', target: 'Paris' },
    { subject: 'Alan Turing', relation: 'born', original: 'London', target: 'Rome' },
    { subject: 'Emmy Noether', relation: 'work', original: 'law', target: 'music' },
  ]),
);
write(
  'wordings.json',
  JSON.stringify({
    relations: [
      { relation: 'born', questions: ['Where was {} born?', '{} was born where?', 'Birthplace of {}?', '{} is from?'] },
      { relation: 'work', questions: ['What did {} do?', "{}'s work?", 'The job of {}?', '{} worked as?'] },
    ],
  }),
);
write(
  'others.jsonl',
  lines([
    { question: 'How high is it?', answer: ['ten', 'twelve'] },
    { question: 'Who?', answer: 'me' },
  ]),
);
const experiment = write(
  'tiny.json',
  JSON.stringify({
    name: 'tiny',
    title: 'A tiny stream',
    model: 'model',
    task: 'questions',
    data: { edits: 'facts.jsonl', wordings: 'wordings.json', unrelated: 'others.jsonl' },
    protocol: { streamed: 2 },
    size: 5,
    seed: 3,
    checkpoints: { every: 2, sample: 2 },
    settings: { ends: false, maxTokens: 3, radius: '2x' },
    baselines: { steps: 8, retrainEvery: 2 },
  }),
);

const options = (out: string, signal = new AbortController().signal) => ({
  out: path.join(place, out),
  device: 'cpu' as const,
  signal,
});
/** What two runs must agree in: everything but time and memory. */
const table = ({ methods, ...result }: EvaluationResult): unknown => ({
  ...result,
  methods: methods.map((method) => ({ ...method, cost: null })),
});

// Many sessions are started; on a busy machine that takes a while.
describe('runExperiment', { timeout: 400_000 }, () => {
  let whole: EvaluationResult;

  it('streams the edits by every method, and measures at every checkpoint', async () => {
    whole = await runExperiment(readExperiment(experiment), options('whole'));
    expect(whole.methods.map(({ method }) => method)).toEqual(METHODS.filter((method) => method !== 'grace-two-part'));
    for (const { method, complete, checkpoints } of whole.methods) {
      expect(complete, method).toBe(true);
      expect(checkpoints.map(({ edits }) => edits)).toEqual([0, 2, 4, 5]);
      const last = checkpoints.at(-1)!.groups;
      expect(last).toMatchObject({ ES: { prompts: 5 }, ERR: { prompts: 5 }, TRR: { prompts: 2 } });
    }
    const of = (name: string) => whole.methods.find(({ method }) => method === name)!;
    const [grace, none, ft] = [of('grace'), of('none'), of('ft')];
    expect(grace.checkpoints.at(-1)!.groups).toMatchObject({ ES: { exact: 1, forced: 1 }, ERR: { exact: 1, f1: 1 } });
    expect(Object.values(grace.actions).reduce((sum, count) => sum + count, 0)).toBe(5);
    expect(none.checkpoints.at(-1)!.groups.TRR).toEqual(none.checkpoints[0]!.groups.TRR);
    expect(none.checkpoints.at(-1)!.groups.TRR!.unchanged).toBe(1);
    expect(none.cost).toMatchObject({ medianSeconds: null, meanSeconds: null });
    expect(ft.cost!.checkpoints.map(({ edits }) => edits)).toEqual([2, 4, 5]);
    for (const { medianSeconds, memory } of ft.cost!.checkpoints) {
      expect(medianSeconds).toBeGreaterThan(0);
      expect(memory).toBeGreaterThan(0);
    }
    // Fine-tuning has learned something: the edits are likelier than before.
    expect(ft.checkpoints.at(-1)!.groups.ES!.perplexity!).toBeLessThan(ft.checkpoints[0]!.groups.ERR!.perplexity!);
    expect(of('memory').checkpoints.at(-1)!.keys).toBe(100);
  });

  it('comes to the same table when it is stopped again and again', async () => {
    const controllers = [8, 45, 70].map((after) => ({ after, controller: new AbortController() }));
    for (const { after, controller } of controllers) {
      let seen = 0;
      const stopped = runExperiment(readExperiment(experiment), {
        ...options('stopped', controller.signal),
        onLine: () => {
          if (++seen === after) controller.abort();
        },
      });
      await stopped.catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'cancelled' });
      });
      expect(controller.signal.aborted).toBe(true);
    }
    expect(table(await runExperiment(readExperiment(experiment), options('stopped')))).toEqual(table(whole));
  });

  it('goes on behind a line that was torn, and begins a log anew where its state is gone', async () => {
    const log = path.join(place, 'stopped', 'grace', 'log.jsonl');
    const text = readFileSync(log, 'utf8');
    writeFileSync(log, text.slice(0, text.lastIndexOf('"op":"checkpoint"') + 40));
    rmSync(path.join(place, 'stopped', 'ft', 'state.safetensors'));
    expect(table(await runExperiment(readExperiment(experiment), options('stopped')))).toEqual(table(whole));
  });

  it('says so when lines of edits are lost', async () => {
    const log = path.join(place, 'stopped', 'grace', 'log.jsonl');
    writeFileSync(log, readFileSync(log, 'utf8').slice(0, 500));
    await expect(runExperiment(readExperiment(experiment), options('stopped'))).rejects.toThrow(/lost lines/);
  });

  it('takes nothing away from a log with a damaged line', async () => {
    const log = path.join(place, 'whole', 'grace', 'log.jsonl');
    const whole = readFileSync(log, 'utf8');
    const damaged = whole.replace('"op":"edit","row":1', '"op":"oops","row":1');
    writeFileSync(log, damaged);
    await expect(runExperiment(readExperiment(experiment), options('whole'))).rejects.toThrow(/line \d+ is damaged/);
    expect(readFileSync(log, 'utf8')).toBe(damaged);
    writeFileSync(log, whole);
  });

  it('logs every edit and answer, with the decision', () => {
    const log = readFileSync(path.join(place, 'whole', 'grace', 'log.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const parsed = log.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(parsed.filter(({ op }) => op === 'edit')).toHaveLength(5);
    expect(parsed.find(({ op }) => op === 'edit')).toMatchObject({ action: 'add', edit: 1, decision: { fired: true } });
    const answer = parsed.find(({ op, group }) => op === 'answer' && group === 'TRR');
    expect(answer).toMatchObject({ output: expect.any(String) as string, decision: { nearest: {} } });
  });

  it('has answers that the edited model gives when it is asked anew', async () => {
    const lines = readFileSync(path.join(place, 'whole', 'grace', 'log.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const last = lines
      .map((line) => JSON.parse(line) as EvaluationLine)
      .filter((line): line is AnswerLine => line.op === 'answer' && line.edits === 5);
    expect(new Set(last.map(({ decision }) => decision?.fired))).toEqual(new Set([true, false]));
    const codebook = path.join(place, 'whole', 'grace', 'codebook');
    const engine = await Engine.open({ model: path.join(place, 'model'), device: 'cpu', mode: 'read', codebook });
    for (const { prompt, output, decision } of last) {
      const options = { maxTokens: 3, sampling: GREEDY, stop: [], cache: true, edits: true };
      const said = await engine.answer({ kind: 'text', text: prompt }, options);
      expect([said.text.trim(), said.decision]).toEqual([output, decision]);
    }
    await engine.dispose();
  });

  it('leaves a method alone that somebody else is writing', async () => {
    const folder = path.join(place, 'whole', 'grace');
    const lines = readFileSync(path.join(folder, 'log.jsonl'), 'utf8');
    const lock = WriterLock.acquire(folder);
    await expect(runExperiment(readExperiment(experiment), options('whole'))).rejects.toMatchObject({
      code: 'codebook-locked',
      message: expect.stringContaining(`The run in ${folder} is being written by process`) as string,
    });
    lock.release();
    expect(readFileSync(path.join(folder, 'log.jsonl'), 'utf8')).toBe(lines);
    expect(table(await runExperiment(readExperiment(experiment), options('whole')))).toEqual(table(whole));
  });

  it('refuses the folder of another experiment', async () => {
    const other = write('other.json', readFileSync(experiment, 'utf8').replace('"seed":3', '"seed":4'));
    await expect(runExperiment(readExperiment(other), options('whole'))).rejects.toMatchObject({
      code: 'bad-argument',
    });
    writeFileSync(path.join(place, 'no-run.txt'), '');
    await expect(runExperiment(readExperiment(experiment), options('.'))).rejects.toMatchObject({
      code: 'bad-argument',
    });
  });
});

describe('EvaluationService', { timeout: 400_000 }, () => {
  const service = new EvaluationService();
  const context = { signal: new AbortController().signal, progress: () => undefined };
  const run = path.join(place, 'served');

  it('runs, and reports how far it is', async () => {
    const reports: EvaluationProgress[] = [];
    const progress = (value: unknown): unknown => reports.push(value as EvaluationProgress);
    expect(await service.experiment({ file: experiment }, context)).toMatchObject({ name: 'tiny', cells: 0 });
    const params = { experiment, out: run, device: 'cpu', methods: ['none', 'grace'] as const };
    const { methods } = await service.evaluate(params, { ...context, progress: (value) => void progress(value) });
    expect(methods.map(({ method }) => method)).toEqual(['none', 'grace']);
    expect(reports.filter(({ news }) => news).length).toBeGreaterThanOrEqual(6); // each checkpoint of both
    expect(reports.at(-1)).toMatchObject({ what: 'grace' });
  });

  it('tells the edit behind a point', async () => {
    const { line, details } = await service.streamedEdit({ run, method: 'grace', row: 1 }, context);
    expect([line.row, details?.edit, details?.target]).toEqual([1, 2, line.target]);
    expect((await service.streamedEdit({ run, method: 'none', row: 1 }, context)).details).toBeNull();
    const unknown = (): unknown => service.streamedEdit({ run, method: 'ft', row: 0 }, context);
    expect(unknown).toThrow('ft has made no edit 1');
    // Looking leaves no trace.
    expect(existsSync(path.join(run, 'ft'))).toBe(false);
  });

  it('places a prompt among the keys: an edited one where its key is', async () => {
    const { keys } = await service.pictures({ runs: [run] }, context);
    const { line } = await service.streamedEdit({ run, method: 'grace', row: 0 }, context);
    const found = await service.locate({ experiment, run, prompt: line.prompt }, context);
    expect(found.decision).toMatchObject({ fired: true, distance: 0 });
    const own = keys.find(({ edit }) => edit === found.decision.edit)!;
    expect(found.x).toBeCloseTo(own.x, 5);
    expect(found.y).toBeCloseTo(own.y, 5);
  });

  it('writes numbers and decisions', async () => {
    const out = path.join(place, 'exported');
    const { files } = await service.exportRuns({ runs: [run], format: 'csv', out }, context);
    const rows = readFileSync(files[0]!, 'utf8').trim().split('\r\n');
    expect(rows[0]).toBe('method,edits,keys,group,prompts,exact,f1,forced,perplexity,unchanged,medianSeconds,memory');
    expect(rows.filter((row) => row.startsWith('grace,5,')).length).toBe(4);
    const decisions = await service.exportRuns({ runs: [run], format: 'jsonl', out }, context);
    const lines = readFileSync(decisions.files[0]!, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ method: 'grace', op: 'edit', row: 4 }),
    );
  });
});

/** Files that this process has open, where the system tells. */
const openFiles = (): readonly string[] =>
  process.platform === 'linux'
    ? readdirSync('/proc/self/fd').flatMap((descriptor) => {
        try {
          return [readlinkSync(`/proc/self/fd/${descriptor}`)];
        } catch {
          return []; // that of the listing itself
        }
      })
    : [];

describe('runSweep', { timeout: 400_000 }, () => {
  const [hooks, radii] = [
    ['transformer.h.1', 'transformer.h.2.mlp.c_fc'],
    [0, '1x', 1000],
  ];
  const swept = (): string => {
    const content = JSON.parse(readFileSync(experiment, 'utf8')) as object;
    return write('sweep.json', JSON.stringify({ ...content, sweep: { hooks, radii, size: 4 } }));
  };

  it('measures every hook point with every radius, and agrees with the editor where they meet', async () => {
    const file = swept();
    const result = await runSweep(readExperiment(file), options('sweep'));
    expect(result.cells.map(({ hook }) => hook)).toEqual(hooks.flatMap((hook) => [hook, hook, hook]));
    for (const { keys, edits, groups, radius } of result.cells) {
      expect(edits).toBe(4);
      if (radius === 0) expect([keys, groups.TRR!.unchanged]).toEqual([4, 1]);
      if (radius === 1000) expect(keys).toBeLessThanOrEqual(4);
      expect(groups).toMatchObject({ ES: { prompts: 4 }, ERR: { prompts: 4 }, holdout: {} });
    }
    // The last cell is again made by the editor, one edit after the other, on the disk.
    for (const at of [1, 2]) {
      const content = JSON.parse(readFileSync(experiment, 'utf8')) as { readonly settings: object };
      const { hook, radius, keys, groups } = result.cells[at]!;
      const settings = { ...content.settings, hook, radius };
      const same = write('same.json', JSON.stringify({ ...content, size: 4, settings, methods: ['grace'] }));
      const run = await runExperiment(readExperiment(same), options(`same-${at}`));
      const last = run.methods[0]!.checkpoints.at(-1)!;
      expect(last.keys).toBe(keys);
      expect({ ...groups, ES: null }).toEqual({ ...last.groups, ES: null }); // ES has no answer before it to be compared with
    }
  });

  it('tells a hook point that is not there before any is measured', async () => {
    const content = JSON.parse(readFileSync(experiment, 'utf8')) as object;
    const file = write('absent.json', JSON.stringify({ ...content, sweep: { hooks: [hooks[0], 'absent'], radii } }));
    const sweeping = runSweep(readExperiment(file), options('sweep-absent'));
    await expect(sweeping).rejects.toMatchObject({ code: 'hook-unknown', data: { hook: 'absent' } });
    expect(existsSync(path.join(place, 'sweep-absent'))).toBe(false);
  });

  it('keeps the cells that are done', async () => {
    const file = swept();
    const cells = path.join(place, 'sweep', 'cells.jsonl');
    const text = readFileSync(cells, 'utf8');
    writeFileSync(cells, text.slice(0, -30));
    const again = await runSweep(readExperiment(file), options('sweep'));
    expect(again.cells).toHaveLength(6);
    expect(readFileSync(cells, 'utf8')).toBe(text);
  });

  it('stops between two answers, says how far it is, and leaves no file open', async () => {
    const abort = new AbortController();
    let [work, done, kept] = [0, 0, 0];
    const count = (more: number): void => {
      done += more;
    };
    const stopped = runSweep(readExperiment(swept()), {
      ...options('sweep-stopped', abort.signal),
      onProgress: (more) => {
        count(more);
        // Behind the four edits of the first cell.
        if (done === 6) abort.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    expect(done).toBe(6);
    expect(openFiles().filter((file) => file.startsWith(path.join(place, 'sweep-stopped')))).toEqual([]);
    done = 0;
    const watch = { onStart: (all: number) => (work = all), onProgress: count, onCell: () => kept++ };
    await runSweep(readExperiment(swept()), { ...options('sweep-stopped'), ...watch });
    expect([done, kept]).toEqual([work, 6]);
  });
});

describe('readExperiment', () => {
  const parsed = (change: object): unknown => {
    const content = JSON.parse(readFileSync(experiment, 'utf8')) as object;
    return readExperiment(write('changed.json', JSON.stringify({ ...content, ...change })));
  };

  it.each([
    [{ task: 'poems' }, /task/],
    [{ settings: { radius: 'big' } }, /radius/],
    [{ mehtods: ['grace'] }, /mehtods/],
    [{ size: 0 }, /size/],
  ])('names the field that is wrong: %j', (change, says) => {
    expect(() => parsed(change)).toThrow(says);
  });

  it('needs the environment variable that a path begins with', async () => {
    const missing = parsed({ model: '$GRACE_NOT_SET/model' }) as ReturnType<typeof readExperiment>;
    await expect(runExperiment(missing, options('missing'))).rejects.toThrow('GRACE_NOT_SET');
  });
});
