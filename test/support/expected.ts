import type { ReplacementPolicy } from '../../src/protocol/edit.ts';
import { openFile, type OpenTensors } from './safetensors-file.ts';

export interface TensorName {
  readonly tensor: string;
  readonly shape: readonly number[];
}

export interface GraceCase {
  readonly module: string;
  readonly prompt: string;
  /** The answer, of models that write; the class otherwise. */
  readonly target?: string;
  readonly prompt_ids?: readonly number[];
  readonly target_ids?: readonly number[];
  readonly target_label?: number;
  readonly input_ids: readonly number[];
  readonly attention_mask?: readonly number[];
  readonly decoder_input_ids?: readonly number[];
  readonly t_star: number;
  readonly key: TensorName;
  readonly module_output_at_t_star: TensorName;
  readonly v0: TensorName;
  readonly policies: Readonly<
    Record<
      ReplacementPolicy,
      {
        readonly loss: number;
        readonly grad: TensorName;
        readonly adam: readonly {
          readonly lr: number;
          readonly losses: readonly number[];
          readonly loss_after: number;
          readonly value_after: TensorName;
          readonly logits_from_row: number;
          readonly logits: TensorName;
          readonly generate?: { readonly new_ids: readonly number[] };
          readonly predicted_label?: number;
        }[];
      }
    >
  >;
  readonly probes: {
    readonly radii: readonly number[];
    readonly cases: readonly {
      readonly input_ids: readonly number[];
      readonly t_star?: number;
      readonly query: TensorName;
      readonly distance: number;
      readonly fires_at_radii: readonly boolean[];
    }[];
  };
}

/** expected.json of a family, as far as the parity tests read it. */
export interface Expected {
  readonly family: string;
  readonly kind: string;
  readonly wrapped_modules: readonly string[];
  readonly forward: readonly {
    readonly text: string;
    readonly input_ids: readonly number[];
    readonly attention_mask?: readonly number[];
    readonly token_type_ids?: readonly number[];
    readonly decoder_input_ids?: readonly number[];
    readonly logits: TensorName;
    readonly modules: readonly { readonly module: string; readonly input: TensorName; readonly output: TensorName }[];
  }[];
  readonly generate?: {
    readonly settings: { readonly eos_token_id: readonly number[] };
    readonly cases: readonly {
      readonly forward_index: number;
      readonly new_ids: readonly number[];
      readonly text: string;
    }[];
  };
  readonly grace: readonly GraceCase[];
  readonly relative_position_buckets?: {
    readonly relative_positions: readonly number[];
    readonly encoder: readonly number[];
    readonly decoder: readonly number[];
  };
  readonly kvcache?: {
    readonly cases: readonly {
      readonly module: string;
      readonly policy: ReplacementPolicy;
      readonly value: string;
      readonly prompt_ids: readonly number[];
      readonly new_ids_cache_on: readonly number[];
      readonly new_ids_cache_off: readonly number[];
    }[];
  };
}

/** expected.safetensors. */
export class ExpectedTensors {
  readonly #file: OpenTensors;

  constructor(file: string) {
    this.#file = openFile(file);
  }

  read({ tensor }: TensorName): Float32Array {
    return this.readNamed(tensor);
  }

  readNamed(name: string): Float32Array {
    return this.#file(name);
  }
}
