import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Engine } from '../../../../src/engine/engine.ts';
import { GREEDY } from '../../../../src/engine/generation/sampler.ts';
import type { EditRequest } from '../../../../src/engine/grace/editor.ts';
import { exportCodebook, importInto, partOf } from '../../../../src/engine/grace/exchange.ts';
import { DEFAULT_TRAINING } from '../../../../src/engine/grace/learn-value.ts';
import { underOtherNames } from '../../../../src/engine/grace/two-part/aliases.ts';
import { calibrate } from '../../../../src/engine/grace/two-part/calibrate.ts';
import { readCalibration, writeCalibration } from '../../../../src/engine/grace/two-part/calibration-file.ts';
import type { Calibration } from '../../../../src/engine/grace/two-part/calibration.ts';
import { HookedModel } from '../../../../src/engine/models/hooked-model.ts';
import { Model } from '../../../../src/engine/models/model.ts';
import { calibratedModel, twoPartHooks } from '../../../../src/engine/router-choice.ts';
import type { Prompt } from '../../../../src/protocol/prompt.ts';

const MODEL = 'models/biographies';
const text = (content: string): Prompt => ({ kind: 'text', text: content });

describe('the two-part router on the embedded model', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'grace-'));
  const before = process.env['GRACE_CACHE'];
  let engine: Engine;
  let calibration: Calibration;
  const open = (codebook: string, more: object = {}): Promise<Engine> =>
    Engine.open({ model: MODEL, device: 'cpu', codebook: path.join(folder, codebook), mode: 'write', ...more });
  const request = (prompt: Prompt, target: string, more: Partial<EditRequest> = {}): EditRequest => ({
    ...{ prompt, target, rephrasings: [], probes: [], ends: true, radius: engine.measuredRadius! },
    ...{ replace: 'replace_last', training: DEFAULT_TRAINING, maxTokens: 32 },
    ...more,
  });

  beforeAll(async () => {
    process.env['GRACE_CACHE'] = folder;
    const model = new Model(MODEL);
    const tokenizer = model.loadTokenizer();
    const hooked = await HookedModel.open(model, 'cpu', twoPartHooks(model));
    const text = await calibrate(hooked, tokenizer, 'text', {}, { names: 3, directions: 16 });
    calibration = { fingerprint: model.fingerprint, rank: text.offset.length, projections: { text, chat: null } };
    await hooked.dispose();
    writeCalibration(calibration, calibratedModel(model, tokenizer));
    engine = await open('codebook');
  });
  afterAll(async () => {
    await engine.dispose();
    if (before === undefined) delete process.env['GRACE_CACHE'];
    else process.env['GRACE_CACHE'] = before;
    rmSync(folder, { recursive: true });
  });

  it('keeps its calibration in the cache, to the bit, and takes nothing else for one', () => {
    const model = new Model(MODEL);
    const place = calibratedModel(model, model.loadTokenizer());
    expect(readCalibration(place)).toEqual(calibration);
    expect(readCalibration({ ...place, fingerprint: 'another' })).toBeUndefined();
    expect(readCalibration({ ...place, width: 1 })).toBeUndefined();
    expect(calibration.projections.text!.rates.loose.reworded).toBeGreaterThan(
      calibration.projections.text!.rates.strict.reworded,
    );
  });

  it('fires on the very prompt and on rewordings, not on another subject', async () => {
    const prompt = text('The mother tongue of Ada Lovelace is');
    const result = await engine.edit(request(prompt, 'English'));
    expect(result).toMatchObject({ success: true, action: 'add' });
    expect(await engine.decide(prompt)).toMatchObject({ fired: true, edit: result.edit, match: { own: true } });
    const near = await engine.decide(text('It rained. The mother tongue of Ada Lovelace is'));
    expect(near).toMatchObject({ fired: true, match: { own: false, missing: [], coverage: 1, run: 1 } });
    const other = await engine.decide(text('The mother tongue of Ada Sandoval is'));
    expect(other).toMatchObject({ fired: false, nearest: { match: { missing: ['lovelace'] } } });
    expect((await engine.decide(text('The weather today is'))).nearest).toBeNull();
    const options = { maxTokens: 8, sampling: GREEDY, stop: [], cache: true, edits: true };
    expect((await engine.generate(prompt, options)).text.trim()).toBe('English');
  });

  it('updates the same prompt, takes it back, and heeds what must not fire', async () => {
    const prompt = text('The capital of Bohemia is');
    const never = text('Once more: the capital of Bohemia is');
    const first = await engine.edit(request(prompt, 'Prague'));
    expect((await engine.decide(never)).edit).toBe(first.edit);
    const second = await engine.edit(request(prompt, 'Brno', { negatives: [never] }));
    expect(second.action).toBe('update');
    expect(second.relabelled).toMatchObject([{ edit: first.edit }]);
    expect((await engine.decide(never)).fired).toBe(false);
    engine.codebook!.revert(second.edit);
    expect((await engine.decide(prompt)).edit).toBe(first.edit);
  });

  it('suggests who an edit is about, and other questions about it, the likeliest to fire it first', async () => {
    const prompt = text('The mother tongue of Ada Lovelace is');
    const { subject, negatives } = await engine.suggest(prompt);
    expect(subject).toBe('Ada Lovelace');
    expect(negatives).toHaveLength(46);
    expect(negatives.map(({ score }) => score)).toEqual(negatives.map(({ score }) => score).sort((a, b) => b - a));
    const [{ prompt: nearest, score }] = negatives as [(typeof negatives)[number]];
    const decision = await engine.decide(nearest);
    expect((decision.match ?? decision.nearest?.match)?.score).toBeCloseTo(score, 3);
    expect(await engine.suggest(text('where is it?'))).toEqual({ subject: '', negatives: [] });
    const told = (await engine.suggest(text('where is ada?'), 'ada')).negatives[0]!.prompt;
    expect(JSON.stringify(told)).toContain('ada');
  });

  it('fires on another name of the subject where the edit knows it', async () => {
    const prompt = text('The birthplace of Mark Twain is');
    const rephrasings = underOtherNames(prompt, ['Samuel Clemens'], 'Mark Twain');
    const result = await engine.edit(request(prompt, 'Florida', { subject: 'Mark Twain', rephrasings }));
    const decision = await engine.decide(text('Tell me. The birthplace of Samuel Clemens is'));
    expect(decision).toMatchObject({ fired: true, edit: result.edit, match: { found: ['samuel', 'clemen'] } });
    expect((await engine.decide(text('Tell me. The birthplace of Samuel Butler is'))).fired).toBe(false);
    engine.codebook!.revert(result.edit);
  });

  it('is recorded with the codebook, exported and taken in again', async () => {
    expect(engine.codebook!.manifest).toMatchObject({ router: 'two-part', calibration: '1', dIn: calibration.rank });
    const file = path.join(folder, 'export.safetensors');
    exportCodebook(partOf(engine.codebook!), file);
    const other = await open('other', { router: 'two-part' });
    importInto(other.codebook!, file);
    expect(other.codebook!.codebook.entries).toEqual(engine.codebook!.codebook.entries);
    await other.dispose();
    await expect(open('codebook', { mode: 'read', router: 'grace' })).rejects.toMatchObject({
      code: 'codebook-mismatch',
    });
  });

  it('is refused with a word where the model is not calibrated, and GRACE’s own is used unless it is asked for', async () => {
    process.env['GRACE_CACHE'] = path.join(folder, 'empty');
    await expect(open('new', { router: 'two-part' })).rejects.toMatchObject({ code: 'not-calibrated' });
    const plain = await open('plain');
    expect(plain.codebook!.manifest.router).toBe('grace');
    await plain.dispose();
    process.env['GRACE_CACHE'] = folder;
  });
});
