import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';

import { fuzz } from '../fuzz/fuzz.ts';
import { parsers } from '../fuzz/parsers.ts';

/** `npm run fuzz` takes as many inputs as it is told to. */
const INPUTS = 300;
const folder = mkdtempSync(path.join(tmpdir(), 'grace-fuzz-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it.each(parsers(folder).map((parser) => [parser.name, parser] as const))(
  'whatever is wrong with it, a %s is read or refused with a coded error',
  (_, parser) => {
    for (const sample of parser.samples) {
      expect(() => {
        parser.parse(sample);
      }).not.toThrow(/./u);
    }
    const { faults, sound } = fuzz(parser, INPUTS, 7);
    expect(faults).toEqual([]);
    // Of a journal, bad lines are skipped and reported.
    if (parser.name !== 'journal') expect(sound).toBeLessThan(INPUTS);
  },
);
