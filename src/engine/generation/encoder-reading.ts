import type { HookedModel } from '../models/hooked-model.ts';
import { floatData, ints, type Tensor } from '../runtime/tensor.ts';
import { encodeBelow, encoderFeeds, positionIn } from './encoder-feeds.ts';
import type { Tokens } from './tokens.ts';
import type { Reading } from './reading.ts';
import { replacementFeedsOf, type LowerPass, type Replacement } from './sequence.ts';
import { prefillOf, type Prefill } from './steering.ts';

/** A text that a classifier or a masked model has read. */
export class EncoderReading implements Reading {
  readonly prefill: Prefill;
  readonly pass: LowerPass;
  /** What the part above takes beside a value. */
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly #model: HookedModel;

  private constructor(model: HookedModel, tokens: Tokens, feeds: Readonly<Record<string, Tensor>>, pass: LowerPass) {
    this.#model = model;
    this.pass = pass;
    this.feeds = { ...feeds, ...pass.handedUp, rows: ints(tokens.masks ?? []) };
    this.prefill = prefillOf(tokens.ids, positionIn(tokens, model.position), [pass]);
  }

  static async read(model: HookedModel, tokens: Tokens): Promise<EncoderReading> {
    const feeds = encoderFeeds(model.model.network, tokens);
    return new EncoderReading(model, tokens, feeds, await encodeBelow(model, tokens, feeds));
  }

  async finish(replacement: Replacement | null): Promise<Float32Array> {
    const { part, session } = this.#model.upper;
    const put = replacementFeedsOf(this.pass, replacement, this.#model.replace.size);
    return floatData((await session.run({ ...this.feeds, ...put }))[part.logits]);
  }

  dispose(): void {
    // An encoder keeps nothing on the device.
  }
}
