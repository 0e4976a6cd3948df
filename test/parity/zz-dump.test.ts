import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'vitest';
import { REPLACEMENT_POLICIES } from '../../src/engine/grace/replacement-policy.ts';
import { TrainingExample } from '../../src/engine/grace/training-example.ts';
import { ARCHITECTURES } from '../../src/engine/models/families.ts';
import { HookedModel } from '../../src/engine/models/hooked-model.ts';
import { Model } from '../../src/engine/models/model.ts';
import { type Expected } from '../support/expected.ts';
import { fixtureFolders, readJson } from '../support/fixtures.ts';
const wave = (size: number, phase: number): Float32Array =>
  Float32Array.from({ length: size }, (_, j) => Math.sin(phase + 1.7 * j));
it('dumps', async () => {
  const out: unknown[] = [];
  for (const folder of fixtureFolders('expected.json')) {
    const { architectures } = readJson(path.join(folder, 'config.json')) as { architectures: string[] };
    if (!architectures.some((n) => ARCHITECTURES.includes(n))) continue;
    const expected = readJson(path.join(folder, 'expected.json')) as Expected;
    const paths = [...new Set(new Model(folder).hookPoints.map((p) => p.path))];
    const { prompt_ids: promptIds, target_ids: targetIds } = expected.grace[0]!;
    for (const replace of paths) {
      const model = await HookedModel.open(new Model(folder), 'cpu', { replace });
      const value = wave(model.replace.size, 0.3);
      for (const policy of REPLACEMENT_POLICIES) {
        const example = await TrainingExample.prepare(model, { promptIds, targetIds }, policy);
        const { loss, gradient } = await example.evaluate(value);
        out.push({ folder, replace, policy, promptIds, targetIds, loss, value: [...value], gradient: [...gradient] });
      }
      await model.dispose();
    }
  }
  writeFileSync(process.env['DUMP']!, JSON.stringify(out));
}, 600000);
