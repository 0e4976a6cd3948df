import { expect, it } from 'vitest';

import { grace } from './grace.ts';
import { demoResult } from './shapes.ts';

it('grace demo does the main job, and prints one document', async () => {
  const result = await grace(demoResult, ['demo']);
  expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(result).toMatchObject({ ok: true, unchanged: { held: 8, of: 8 }, edits: [{ success: true }, { success: true }, { action: 'update', success: true }] }); // prettier-ignore
});
