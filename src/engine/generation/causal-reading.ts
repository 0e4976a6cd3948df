import type { HookedModel } from '../models/hooked-model.ts';
import type { TextReading } from './reading.ts';
import { Sequence, type LowerPass, type Replacement } from './sequence.ts';
import { prefillOf, type Prefill } from './steering.ts';

/** Positions that go through a part at once: bounds the memory of attention scores on long prompts. */
const CHUNK = 256;

/** A prompt that a decoder goes on from. */
export class CausalReading implements TextReading {
  readonly prefill: Prefill;
  readonly before: readonly number[];
  readonly #model: HookedModel;
  readonly #sequence: Sequence;
  readonly #passes: readonly LowerPass[];

  private constructor(model: HookedModel, ids: readonly number[], sequence: Sequence, passes: readonly LowerPass[]) {
    this.#model = model;
    this.#sequence = sequence;
    this.#passes = passes;
    this.before = ids;
    this.prefill = prefillOf(ids, ids.length - 1, passes);
  }

  static async read(model: HookedModel, ids: readonly number[]): Promise<CausalReading> {
    const sequence = new Sequence(model);
    await sequence.reserve(ids.length);
    const passes: LowerPass[] = [];
    for (let start = 0; start < ids.length; start += CHUNK)
      passes.push(await sequence.below(ids.slice(start, start + CHUNK)));
    return new CausalReading(model, ids, sequence, passes);
  }

  async finish(replacement: Replacement | null): Promise<Float32Array> {
    let logits = new Float32Array();
    for (const pass of this.#passes)
      logits = new Float32Array(await this.#sequence.above(pass, [pass.count - 1], replacement));
    return logits;
  }

  async next(ids: readonly number[], rows: readonly number[], replacement: Replacement | null): Promise<Float32Array> {
    return this.#sequence.above(await this.#sequence.below(ids), rows, replacement);
  }

  async anew(ids: readonly number[], replacement: Replacement | null): Promise<Float32Array> {
    const sequence = new Sequence(this.#model);
    const all = [...this.before, ...ids];
    try {
      return await sequence.above(await sequence.below(all), [all.length - 1], replacement);
    } finally {
      sequence.dispose();
    }
  }

  dispose(): void {
    this.#sequence.dispose();
  }
}
