import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { calibrate } from '../../src/engine/grace/two-part/calibrate.ts';
import { writeCalibration } from '../../src/engine/grace/two-part/calibration-file.ts';
import { HookedModel } from '../../src/engine/models/hooked-model.ts';
import { Model } from '../../src/engine/models/model.ts';
import { calibratedModel, twoPartHooks } from '../../src/engine/router-choice.ts';
import { expectRefusal, grace, run, temporaryFolder } from './grace.ts';
import * as shapes from './shapes.ts';

const MODEL = 'models/biographies';
const PROMPT = 'The mother tongue of Ada Lovelace is';
const place = temporaryFolder();
const both = ['--model', MODEL, '--codebook', path.join(place, 'book')];
const before = process.env['GRACE_CACHE'];

describe('the two-part router on the command line', () => {
  beforeAll(async () => {
    process.env['GRACE_CACHE'] = place;
    const model = new Model(MODEL);
    const tokenizer = model.loadTokenizer();
    const hooked = await HookedModel.open(model, 'cpu', twoPartHooks(model));
    const text = await calibrate(hooked, tokenizer, 'text', {}, { names: 3, directions: 16 });
    await hooked.dispose();
    const projections = { text, chat: null };
    writeCalibration(
      { fingerprint: model.fingerprint, rank: text.offset.length, projections },
      calibratedModel(model, tokenizer),
    );
  });
  afterAll(() => {
    if (before === undefined) delete process.env['GRACE_CACHE'];
    else process.env['GRACE_CACHE'] = before;
  });

  it('edits with an alias, a prompt that must not fire, and lead-ins, and explains what it decides', async () => {
    const more = ['--alias', 'Lady Byron', '--negative', 'The father of Ada Lovelace is', '--lead-ins', '2'];
    const { edit, success } = await grace(shapes.editResult, ['edit', ...both, '--prompt', PROMPT, '--target', 'English', ...more]); // prettier-ignore
    expect(success).toBe(true);
    const decide = (prompt: string) => grace(shapes.decision, ['decide', ...both, '--prompt', prompt]);
    expect(await decide(`Hello! ${PROMPT}`)).toMatchObject({ fired: true, edit });
    expect(await decide('Hello! The mother tongue of Lady Byron is')).toMatchObject({ fired: true, edit });
    expect((await decide('The father of Ada Lovelace is')).fired).toBe(false);
    const { stdout } = await run('decide', ...both, '--explain', '--prompt', 'The mother tongue of Ada Sandoval is');
    expect(stdout).toMatch(/No edit fired\.\nNearest: edit 1\n.*who: ada found, lovelace missing/);
  });

  it('suggests who an edit is about, and prompts for --negative', async () => {
    const asked = ['suggest', ...both, '--prompt', PROMPT];
    const { subject, negatives } = await grace(shapes.editSuggestions, [...asked, '--most', '3']);
    expect([subject, negatives.length]).toEqual(['Ada Lovelace', 3]);
    expect((await run(...asked, '--subject', 'Ada')).stdout).toMatch(/^About Ada\. .*\n {2}\d\.\d+ {2}.*Ada/);
  });

  it('refuses lead-ins that there are not, and an alias for nobody', async () => {
    const edit = ['edit', ...both, '--target', 'English', '--prompt'];
    await expectRefusal('bad-argument', [...edit, PROMPT, '--lead-ins', '99'], /17 lead-ins/);
    await expectRefusal('bad-argument', [...edit, 'who is it?', '--alias', 'Lady Byron'], /no name/);
  });
});
