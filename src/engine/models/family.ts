import type { Value } from '../graph/value.ts';
import type { ConfigReader } from './config-reader.ts';
import type { Forward } from './forward.ts';
import type { RelativeBuckets } from './relative-buckets.ts';
import type { InverseFrequencies } from './rotary-angles.ts';

/** What the engine must know of every model beside its forward pass. */
interface NetworkSizes {
  readonly vocabulary: number;
  /** Width of the residual stream. */
  readonly width: number;
  readonly layers: number;
  /** Positions the model can have; a longer sequence is refused. */
  readonly contextLength: number;
  /** PyTorch path of a block; of an encoder's where there is one. */
  blockPath(index: number): string;
  /** Prefix of the base model's modules, which some published files leave out of their tensor names. */
  readonly basePrefix: string;
  /** Tensors that published files carry although this forward pass does not read them. */
  readonly unread?: RegExp;
}

/** A decoder: each position sees those before it. */
export interface Decoder extends NetworkSizes {
  readonly kind: 'causal';
  readonly keyValueHeads: number;
  readonly headDim: number;
  /** Rotary angles by table name; none where positions are learned. */
  readonly rotary: ReadonlyMap<string, InverseFrequencies>;
  /** Writes the forward pass and returns the logits of the wanted rows. (R, vocabulary) */
  forward(f: Forward): Value;
}

/** An encoder that reads a text, and a decoder that answers it and looks at what the encoder made of it (T5). */
export interface EncoderDecoder extends NetworkSizes {
  readonly kind: 'encoder-decoder';
  /** The token that stands before every answer. */
  readonly startId: number;
  /** PyTorch path of a block of the decoder. */
  decoderBlockPath(index: number): string;
  /** How far apart two positions are, as attention sees it. */
  readonly buckets: { readonly encoder: RelativeBuckets; readonly decoder: RelativeBuckets };
  /** Writes both passes and returns the logits of the wanted rows of the decoder. (R, vocabulary) */
  forward(f: Forward): Value;
}

/** An encoder: each position sees all others. */
interface Encoder extends NetworkSizes {
  /** Numbers of the positions, as the embedding of positions counts them. */
  positionsOf(ids: readonly number[]): readonly number[];
  /** Texts that the model tells apart within one input: 2 where a pair has its own token types. */
  readonly tokenTypes: number;
}

/** An encoder that tells which class a text is of. */
export interface Classifier extends Encoder {
  readonly kind: 'classifier';
  /** Names of the classes, by number. */
  readonly labels: readonly string[];
  /** Writes the forward pass and returns the logits of the classes. (1, labels) */
  forward(f: Forward): Value;
}

/** An encoder that tells what stands at the masked positions of a text. */
export interface MaskedModel extends Encoder {
  readonly kind: 'masked';
  /** Writes the forward pass and returns the logits of the wanted rows. (R, vocabulary) */
  forward(f: Forward): Value;
}

export type Network = Decoder | EncoderDecoder | Classifier | MaskedModel;
export type NetworkKind = Network['kind'];

/** A model family: how its config.json maps onto the shared builders. */
export interface Family {
  /** `architectures` names in config.json that it serves. */
  readonly architectures: readonly string[];
  /** Reads every key that matters; the caller refuses those that are left. */
  read(config: ConfigReader, architecture: string): Network;
}
