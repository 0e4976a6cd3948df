import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { RunFolder } from '../../../src/engine/evaluation/run-folder.ts';
import { readLog } from '../../../src/engine/evaluation/run-log.ts';
import { readExperiment, runExperiment } from '../../../src/engine/experiment-run.ts';
import type { EditLine, MethodName } from '../../../src/protocol/evaluation.ts';
import { writeGpt2 } from '../../cli/tiny-models.ts';

const place = mkdtempSync(path.join(tmpdir(), 'grace-fine-tuning-'));
afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});
writeGpt2(path.join(place, 'model'));
const rows = ['Paris', 'Rome', 'music'].map((target, at) => JSON.stringify({ prompt: `Question ${at}?`, target }));
writeFileSync(path.join(place, 'rows.jsonl'), rows.join('\n'));

/** What each edit of a method came to, its time aside. */
async function editsOf(method: MethodName, name: string, baselines: object): Promise<readonly Partial<EditLine>[]> {
  const file = path.join(place, `${name}.json`);
  const content = {
    ...{ name, title: 'Edits', model: 'model', task: 'questions', data: { edits: 'rows.jsonl' } },
    ...{ settings: { ends: false, maxTokens: 3 }, baselines: { steps: 30, ...baselines } },
  };
  writeFileSync(file, JSON.stringify(content));
  const out = path.join(place, `${name}-${method}`);
  const signal = new AbortController().signal;
  await runExperiment(readExperiment(file), { out, device: 'cpu', methods: [method], signal });
  return readLog(RunFolder.open(out).pathOf(method)).flatMap((line) =>
    line.op === 'edit' ? [{ ...line, seconds: null }] : [],
  );
}

describe('FineTuning', { timeout: 120_000 }, () => {
  it('consolidates nothing where lambda is 0, and holds the weight back the more it is', async () => {
    const free = await editsOf('ft', 'free', {});
    expect(free.map(({ forced }) => forced)).toEqual([true, true, true]);
    expect(await editsOf('ft-ewc', 'none', { ewcLambda: 0 })).toEqual(free);
    const steps = async (lambda: number): Promise<number> => {
      const edits = await editsOf('ft-ewc', `lambda-${lambda}`, { ewcLambda: lambda });
      return edits.reduce((sum, edit) => sum + edit.steps!, 0);
    };
    const needed = free.reduce((sum, edit) => sum + edit.steps!, 0);
    expect(await steps(1e6)).toBeGreaterThan(needed);
  });

  it('goes through all edits again after every so many', async () => {
    const once = await editsOf('ft', 'once', {});
    const again = await editsOf('ft-retrain', 'again', { retrainEvery: 2, retrainEpochs: 5 });
    expect(again[0]).toEqual(once[0]);
    expect(again[1]).not.toEqual(once[1]);
  });
});
