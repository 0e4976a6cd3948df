import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { testCodebook } from '../../../src/engine/codebook-test.ts';
import { EditTester } from '../../../src/engine/edit-test.ts';
import { Engine } from '../../../src/engine/engine.ts';
import type { EditRequest } from '../../../src/engine/grace/editor.ts';
import { DEFAULT_TRAINING } from '../../../src/engine/grace/learn-value.ts';
import type { EditTest } from '../../../src/protocol/edit-test.ts';
import type { Prompt } from '../../../src/protocol/prompt.ts';
import { writeGpt2 } from '../../cli/tiny-models.ts';

const text = (content: string): Prompt => ({ kind: 'text', text: content });
const PROBE = text('Who was the first');
const outcomes = ({ prompts }: EditTest): readonly string[] => prompts.map(({ role, at, outcome }) => `${role} ${at} ${outcome}`); // prettier-ignore

describe('a test of edits', () => {
  const place = mkdtempSync(path.join(tmpdir(), 'grace-edit-test-'));
  let engine: Engine;
  let tester: EditTester;
  let books = 0;
  const edit = async (prompt: string, target: string, more: Partial<EditRequest> = {}): Promise<number> => {
    const request: EditRequest = {
      ...{ prompt: text(prompt), target, rephrasings: [], probes: [], ends: true, radius: engine.measuredRadius! },
      ...{ replace: 'replace_last', training: DEFAULT_TRAINING, maxTokens: 12 },
      ...more,
    };
    return (await engine.edit(request)).edit;
  };

  beforeAll(() => {
    writeGpt2(path.join(place, 'gpt2'));
  });
  beforeEach(async () => {
    const codebook = path.join(place, `book-${++books}`);
    engine = await Engine.open({ model: path.join(place, 'gpt2'), device: 'cpu', codebook, mode: 'write' });
    tester = new EditTester(engine, 12);
    return () => engine.dispose();
  });
  afterAll(() => {
    rmSync(place, { recursive: true });
  });

  it('asks its prompt, its rephrasings and its probes, or some of them', async () => {
    await edit('Where is', 'here', { rephrasings: [text('At which place is')], probes: [PROBE] });
    const whole = await tester.test(1);
    expect(outcomes(whole)).toEqual(['prompt 0 holds', 'rephrasing 0 holds', 'probe 0 holds']);
    expect(whole.prompts.map(({ decision }) => decision.edit)).toEqual([1, 1, null]);
    expect(outcomes(await tester.test(1, [{ role: 'probe', at: 0 }]))).toEqual(['probe 0 holds']);
    await expect(tester.test(1, [{ role: 'probe', at: 1 }])).rejects.toMatchObject({ code: 'edit-unknown' });
    await expect(tester.test(2)).rejects.toMatchObject({ code: 'edit-unknown' });
  });

  it('accepts what goes on behind a target that does not end the answer', async () => {
    await edit('Where is', 'here', { ends: false });
    const [{ output, outcome }] = (await tester.test(1)).prompts as [EditTest['prompts'][0]];
    expect([outcome, output.trim().startsWith('here'), output.trim() === 'here']).toEqual(['holds', true, false]);
  });

  it('does not ask what a later live edit was made for', async () => {
    await edit('Where is', 'here', { probes: [PROBE] });
    await edit('Where is', 'there');
    await edit('Who was the first', 'Ada');
    expect(await tester.test(1)).toMatchObject({
      prompts: [
        { outcome: 'superseded', supersededBy: 2 },
        { outcome: 'superseded', supersededBy: 3 },
      ],
    });
    engine.codebook!.disable(2);
    engine.codebook!.disable(3);
    expect(outcomes(await tester.test(1))).toEqual(['prompt 0 holds', 'probe 0 holds']);
  });

  it('generates an output once for a prompt and a value, and again when the value is another one', async () => {
    await edit('Where is', 'here', { probes: [PROBE] });
    await edit('When is', 'now', { probes: [PROBE] });
    const generated = vi.spyOn(engine, 'answer');
    await tester.test(1);
    await tester.test(2);
    expect(generated).toHaveBeenCalledTimes(3);
    expect(outcomes(await tester.test(2))).toEqual(['prompt 0 holds', 'probe 0 holds']);
    expect(generated).toHaveBeenCalledTimes(3);
    // Now it fires for everything.
    engine.codebook!.disable(1);
    engine.codebook!.setRadius(2, 1000);
    expect(outcomes(await tester.test(2))).toEqual(['prompt 0 holds', 'probe 0 fails']);
    expect(generated).toHaveBeenCalledTimes(4);
  });

  it('ends when it is called off, and says how much is left', async () => {
    await edit('Where is', 'here');
    await edit('When is', 'now');
    const abort = new AbortController();
    const options = { maxTokens: 12, signal: abort.signal };
    const result = await testCodebook(engine, { ...options, onEdit: () => { abort.abort(); } }); // prettier-ignore
    expect(result).toMatchObject({ edits: [{ edit: 1, outcome: 'held' }], left: 1, passed: false });
    await expect(tester.test(1, undefined, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  });
});
