import type { Value } from '../graph/value.ts';
import type { ConfigReader } from './config-reader.ts';
import type { Forward } from './forward.ts';
import type { InverseFrequencies } from './rotary-angles.ts';

/** What the engine must know of a decoder beside its forward pass. */
export interface Decoder {
  readonly vocabulary: number;
  /** Width of the residual stream. */
  readonly width: number;
  readonly layers: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  /** Positions the model can have; a longer sequence is refused. */
  readonly contextLength: number;
  /** PyTorch path of a block. */
  blockPath(index: number): string;
  /** Rotary angles by table name; none where positions are learned. */
  readonly rotary: ReadonlyMap<string, InverseFrequencies>;
  /** Prefix of the base model's modules, which some published files leave out of their tensor names. */
  readonly basePrefix: string;
  /** Writes the forward pass and returns the logits of the wanted rows. (R, vocabulary) */
  forward(f: Forward): Value;
}

/** A model family: how its config.json maps onto the shared builders. */
export interface Family {
  /** `architectures` names in config.json that it serves. */
  readonly architectures: readonly string[];
  /** Reads every key that matters; the caller refuses those that are left. */
  read(config: ConfigReader): Decoder;
}
