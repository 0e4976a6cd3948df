import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { EvaluationResult, SweepResult } from '../../src/protocol/evaluation.ts';
import { ended, expectRefusal, grace, run, start, temporaryFolder, writeLines } from './grace.ts';
import { writeGpt2 } from './tiny-models.ts';

const place = temporaryFolder();
writeGpt2(path.join(place, 'model'));
writeLines(
  path.join(place, 'edits.jsonl'),
  ['Paris', 'Rome', 'Oslo', 'Bern', 'Lima', 'Kiev'].map((target) => ({
    prompt: `${target} is the capital of`,
    target: `a country with ${target}`,
    rephrasings: [`The capital ${target} is in`],
  })),
);
writeLines(path.join(place, 'others.jsonl'), [{ question: 'How are you?', answer: 'well' }]);
const experiment = path.join(place, 'capitals.json');
writeFileSync(
  experiment,
  JSON.stringify({
    name: 'capitals',
    title: 'Capitals',
    model: 'model',
    task: 'questions',
    data: { edits: 'edits.jsonl', unrelated: 'others.jsonl' },
    checkpoints: { every: 3, sample: 2 },
    settings: { ends: false },
    sweep: { hooks: ['transformer.h.0', 'transformer.h.1'], radii: [0.5, 1e9], size: 3 },
  }),
);

const metrics = z.strictObject({
  prompts: z.int(),
  exact: z.number(),
  f1: z.number(),
  forced: z.number(),
  perplexity: z.number().nullable(),
  unchanged: z.number(),
});
const groups = z.partialRecord(z.enum(['ES', 'ERR', 'TRR', 'ARR', 'holdout']), metrics);
const checkpoint = z.strictObject({ edits: z.int(), keys: z.int().nullable(), groups, course: groups });
const model = z.strictObject({ name: z.string(), architecture: z.string(), fingerprint: z.string() });
const evaluationResult: z.ZodType<EvaluationResult> = z.strictObject({
  name: z.string(),
  title: z.string(),
  task: z.enum(['questions', 'labels', 'passages']),
  model,
  hook: z.strictObject({ replace: z.string(), key: z.string() }),
  radius: z.number(),
  seed: z.int(),
  stream: z.int(),
  prompts: z.partialRecord(z.enum(['ES', 'ERR', 'TRR', 'ARR', 'holdout']), z.int()),
  tooLong: z.int(),
  unusable: z.int().optional(),
  notes: z.array(z.string()),
  methods: z.array(
    z.strictObject({
      method: z.enum([
        'none',
        'ft',
        'ft-ewc',
        'ft-retrain',
        'defer',
        'memory',
        'in-context',
        'grace',
        'grace-two-part',
      ]),
      complete: z.boolean(),
      checkpoints: z.array(checkpoint),
      actions: z.partialRecord(z.enum(['add', 'expand', 'reuse', 'split', 'update']), z.int()),
      cost: z
        .strictObject({
          medianSeconds: z.number().nullable(),
          meanSeconds: z.number().nullable(),
          memory: z.number(),
          checkpoints: z.array(
            z.strictObject({ edits: z.int(), medianSeconds: z.number().nullable(), memory: z.number() }),
          ),
        })
        .nullable(),
    }),
  ),
});
const sweepResult: z.ZodType<SweepResult> = z.strictObject({
  name: z.string(),
  title: z.string(),
  task: z.enum(['questions', 'labels', 'passages']),
  model,
  seed: z.int(),
  before: checkpoint,
  cells: z.array(
    z.strictObject({
      hook: z.string(),
      radius: z.number(),
      measured: z.number(),
      policy: z.string(),
      edits: z.int(),
      keys: z.int(),
      groups,
    }),
  ),
});

describe('grace evaluate', () => {
  const out = path.join(place, 'run');
  const args = ['evaluate', '--experiment', experiment, '--out', out, '--method', 'grace', '--method', 'ft'];

  it('goes on after a kill at any moment, and comes to what an uninterrupted run comes to', async () => {
    const killed = start(...args);
    const log = path.join(out, 'grace', 'log.jsonl');
    const lines = (): number => {
      try {
        return readFileSync(log, 'utf8').split('\n').length;
      } catch {
        return 0;
      }
    };
    while (lines() < 4 && killed.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
    killed.kill('SIGKILL');
    await ended(killed);
    const { methods } = await grace(evaluationResult, args);
    const { methods: whole } = await grace(evaluationResult, [
      ...args.slice(0, 3),
      '--out',
      `${out}-2`,
      ...args.slice(5),
    ]);
    const withoutCost = (all: EvaluationResult['methods']) => all.map((method) => ({ ...method, cost: null }));
    expect(withoutCost(methods)).toEqual(withoutCost(whole));
    expect(methods.map(({ complete }) => complete)).toEqual([true, true]);
    expect(methods.find(({ method }) => method === 'grace')!.checkpoints.at(-1)!.groups.ERR).toMatchObject({
      exact: 1,
    });
  });

  it('prints a table for people, and progress on stderr', async () => {
    const { stdout, stderr, exit } = await run(...args);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^Capitals: 6 edits/);
    expect(stdout).toMatch(/^grace +6 +\d/m);
    expect(stderr).toMatch(/left/);
  });

  it('refuses what is no experiment, and methods that it does not know', async () => {
    await expectRefusal('bad-input-file', ['evaluate', '--experiment', path.join(place, 'edits.jsonl')], /JSON/);
    await expectRefusal('bad-input-file', ['evaluate', '--experiment', path.join(place, 'none.json')], /no such file/);
    await expectRefusal('bad-argument', [...args.slice(0, 5), '--method', 'magic'], /magic/);
  });
});

describe('grace plot', () => {
  it('draws a run and a sweep, each with its title and its numbers as text', async () => {
    const [runFolder, sweep, pictures] = ['run', 'sweep', 'pictures'].map((name) => path.join(place, name)) as [
      string,
      string,
      string,
    ];
    await run('sweep', '--experiment', experiment, '--out', sweep);
    const two = ['--run', runFolder, '--run', `${runFolder}-2`];
    const shape = z.strictObject({ files: z.array(z.string()) });
    const { files } = await grace(shape, ['plot', ...two, '--sweep', sweep, '--out', pictures]);
    const names = files.map((file) => path.basename(file, '.svg'));
    expect(names).toEqual(
      expect.arrayContaining(['err', 'trr', 'holdout', 'keys', 'sweep-err', 'distances', 'key-map']),
    );
    for (const file of files) {
      const svg = readFileSync(file, 'utf8');
      expect(svg).toMatch(/^<svg[^>]* xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      expect(svg).toMatch(/<title>[^<]+<\/title><desc>[^<]+<\/desc>/);
      expect(svg).not.toMatch(/NaN|undefined|<a /);
    }
    expect(readFileSync(path.join(pictures, 'err.svg'), 'utf8')).toContain('GRACE (2)');
    // Both hook points stand above the same two radii, though their measured radii differ.
    const heatMap = readFileSync(path.join(pictures, 'sweep-err.svg'), 'utf8');
    const [, axis = ''] = /aria-label="x-axis tick label"(.*?)<\/g>/s.exec(heatMap) ?? [];
    expect(axis.match(/<text/g)).toHaveLength(2);
    expect(heatMap.match(/<rect/g)).toHaveLength(4);
    await expectRefusal('bad-input-file', ['plot', '--run', place, '--out', pictures], /run/);
    await expectRefusal('bad-argument', ['plot', '--out', pictures], /nothing to draw/);
  });
});

describe('grace sweep', () => {
  it('measures each cell, and has them again when it is run again', async () => {
    const args = ['sweep', '--experiment', experiment, '--out', path.join(place, 'sweep')];
    const first = await grace(sweepResult, args);
    expect(first.cells.map(({ keys }) => keys)[0]).toBeGreaterThan(0);
    expect(first.cells).toHaveLength(4);
    expect(await grace(sweepResult, args)).toEqual(first);
  });
});
