import type { EncoderDecoder } from '../models/family.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import type { Tensor } from '../runtime/tensor.ts';
import { encodeBelow, encoderFeeds, positionIn } from './encoder-feeds.ts';
import type { Tokens } from './tokens.ts';
import type { TextReading } from './reading.ts';
import { replacementFeedsOf, Sequence, type LowerPass, type Replacement } from './sequence.ts';
import { prefillOf, type Prefill } from './steering.ts';

type Feeds = Readonly<Record<string, Tensor>>;

/** Reads a text as far as the edited module, which may be one of the encoder's or one of the decoder's. */
export function readForSeq2Seq(model: HookedModel, tokens: Tokens): Promise<TextReading> {
  return model.replace.stack === 'encoder'
    ? EncoderCutReading.read(model, tokens)
    : DecoderCutReading.read(model, tokens);
}

/** The value is put into the encoder: the rest of it runs once, and the decoder looks that up at every token. */
export class EncoderCutReading implements TextReading {
  readonly prefill: Prefill;
  readonly before: readonly number[];
  readonly pass: LowerPass;
  /** What the encoder's upper part takes beside a value. */
  readonly feeds: Feeds;
  readonly #model: HookedModel;
  readonly #tokens: Tokens;
  #decoder: Sequence | undefined;

  private constructor(model: HookedModel, tokens: Tokens, feeds: Feeds, pass: LowerPass) {
    this.#model = model;
    this.#tokens = tokens;
    this.before = [startId(model)];
    this.feeds = { ...feeds, ...pass.handedUp };
    this.pass = pass;
    this.prefill = prefillOf(tokens.ids, positionIn(tokens, model.position), [pass]);
  }

  static async read(model: HookedModel, tokens: Tokens): Promise<EncoderCutReading> {
    const feeds = encoderFeeds(model.model.network, tokens);
    return new EncoderCutReading(model, tokens, feeds, await encodeBelow(model, tokens, feeds));
  }

  async finish(replacement: Replacement | null): Promise<Float32Array> {
    this.#decoder = new Sequence(this.#model, await this.#memory(replacement));
    return this.#decoder.whole(this.before, [0]);
  }

  next(ids: readonly number[], rows: readonly number[]): Promise<Float32Array> {
    return this.#decoder!.whole(ids, rows);
  }

  async anew(ids: readonly number[], replacement: Replacement | null): Promise<Float32Array> {
    const again = await EncoderCutReading.read(this.#model, this.#tokens);
    const decoder = new Sequence(this.#model, await again.#memory(replacement));
    try {
      return await decoder.whole([...this.before, ...ids], [ids.length]);
    } finally {
      decoder.dispose();
    }
  }

  dispose(): void {
    this.#decoder?.dispose();
  }

  async #memory(replacement: Replacement | null): Promise<Feeds> {
    const put = replacementFeedsOf(this.pass, replacement, this.#model.replace.size);
    return { ...this.feeds, ...(await runMemory(this.#model, { ...this.feeds, ...put })) };
  }
}

/** The value is put into the decoder: its encoder is read whole, and t* is the token before the answer. */
class DecoderCutReading implements TextReading {
  readonly prefill: Prefill;
  readonly before: readonly number[];
  readonly #model: HookedModel;
  readonly #tokens: Tokens;
  readonly #decoder: Sequence;
  readonly #first: LowerPass;

  private constructor(model: HookedModel, tokens: Tokens, decoder: Sequence, first: LowerPass) {
    this.#model = model;
    this.#tokens = tokens;
    this.before = [startId(model)];
    this.#decoder = decoder;
    this.#first = first;
    this.prefill = prefillOf(tokens.ids, 0, [first]);
  }

  static async read(model: HookedModel, tokens: Tokens): Promise<DecoderCutReading> {
    const decoder = await decoderBehind(model, tokens);
    return new DecoderCutReading(model, tokens, decoder, await decoder.below([startId(model)]));
  }

  finish(replacement: Replacement | null): Promise<Float32Array> {
    return this.#decoder.above(this.#first, [0], replacement);
  }

  async next(ids: readonly number[], rows: readonly number[], replacement: Replacement | null): Promise<Float32Array> {
    return this.#decoder.above(await this.#decoder.below(ids), rows, replacement);
  }

  async anew(ids: readonly number[], replacement: Replacement | null): Promise<Float32Array> {
    const decoder = await decoderBehind(this.#model, this.#tokens);
    try {
      return await decoder.above(await decoder.below([...this.before, ...ids]), [ids.length], replacement);
    } finally {
      decoder.dispose();
    }
  }

  dispose(): void {
    this.#decoder.dispose();
  }
}

/** A decoder at its beginning, behind an encoder that has read a text. */
export async function decoderBehind(model: HookedModel, tokens: Tokens): Promise<Sequence> {
  const feeds = encoderFeeds(model.model.network, tokens);
  return new Sequence(model, { ...feeds, ...(await runMemory(model, feeds)) });
}

export const startId = (model: HookedModel): number => (model.model.network as EncoderDecoder).startId;

async function runMemory({ memory }: HookedModel, feeds: Feeds): Promise<Feeds> {
  const { part, session } = memory!;
  const results = await session.run(feeds);
  return Object.fromEntries([...part.memory].map(([input, output]) => [input, results[output]!]));
}
