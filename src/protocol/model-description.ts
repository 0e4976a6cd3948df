export type ModelKind = 'causal' | 'encoder-decoder' | 'classifier' | 'masked';

/** What `grace inspect --json` prints. */
export interface ModelDescription {
  readonly name: string;
  readonly architecture: string;
  /**
   * causal: goes on from the prompt; encoder-decoder: answers it; classifier: tells its class; masked: fills in its masks.
   */
  readonly kind: ModelKind;
  /** Names of the classes by number, of a classifier. */
  readonly labels?: readonly string[] | undefined;
  /** What stands for a word to be filled in, of a masked model. */
  readonly mask?: string | undefined;
  readonly fingerprint: string;
  readonly parameters: number;
  /** Of the weights on disk. */
  readonly bytes: number;
  readonly layers: number;
  /** Width of the residual stream. */
  readonly width: number;
  readonly vocabulary: number;
  /** Positions. */
  readonly contextLength: number;
  readonly chatTemplate: boolean;
  /** The device that computes. */
  readonly device: string;
  /** Why it is not the one that was asked for; null where it is. */
  readonly deviceReason: string | null;
  /** Devices whose files are there; `grace inspect --devices` says whether they work. */
  readonly devices: readonly string[];
  readonly hookPoints: readonly {
    readonly path: string;
    readonly side: 'input' | 'output';
    readonly kind: 'linear' | 'block';
    /** What its positions are of. */
    readonly stack: 'encoder' | 'decoder';
    /** From 0; an encoder and its decoder count apart. */
    readonly block: number;
    /** Numbers per position. */
    readonly size: number;
  }[];
  /** Where an edit is made unless the user says otherwise. */
  readonly defaultHook: { readonly replace: string; readonly key: string };
}
