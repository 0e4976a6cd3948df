import type { NewEdit } from '../../../src/engine/grace/codebook-folder.ts';
import type { CodebookManifest } from '../../../src/engine/grace/manifest.ts';
import type { EditVectors } from '../../../src/engine/grace/vectors.ts';

export const MANIFEST: Omit<CodebookManifest, 'created'> = {
  model: { name: 'demo', architecture: 'llama', fingerprint: 'f00d' },
  hook: { replace: 'model.layers.2:output', key: 'model.layers.2:output' },
  router: 'grace',
  dIn: 2,
  dOut: 3,
  radius: { radius: 1, prompts: 100 },
};

/** An edit at a place of the plane. */
export function editOf(x: number, y: number, label: readonly number[], rephrasings: readonly number[]): NewEdit {
  return {
    prompt: { kind: 'text', text: `at ${x}, ${y}` },
    target: `label ${label.join(' ')}`,
    label,
    rephrasings: rephrasings.map((dx) => ({
      kind: 'chat',
      messages: [{ role: 'user', content: `at ${x + dx}, ${y}` }],
    })),
    radius: 1,
    replace: 'replace_last',
    training: { start: 'warm', learningRate: 0.1, steps: 7, rows: 1, firstLoss: 3.5, lastLoss: 0.01, success: true },
    before: 'wrong “…” \u2028 \ud83d',
    after: 'right',
  };
}

/** Such an edit, with vectors that say where it is; the rephrasings lie beside the prompt. */
export function editAt(
  x: number,
  y: number,
  label: readonly number[] = [7, 1],
  rephrasings: readonly number[] = [],
): NewEdit & EditVectors {
  const keys = [0, ...rephrasings].map((dx) => Float32Array.of(x + dx, y));
  return { ...editOf(x, y, label, rephrasings), keys, value: Float32Array.of(x, y, label.length) };
}
