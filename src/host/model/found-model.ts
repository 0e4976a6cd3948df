/** A model that lies on this machine. */
export interface FoundModel {
  /** Whole path of its folder or file. */
  readonly path: string;
  readonly name: string;
  /** Of the weights. */
  readonly bytes: number;
  readonly format: 'safetensors' | 'gguf';
  /** As config.json names it; empty when that is not known. */
  readonly architecture: string;
}

/** Where models are kept by another program. */
export interface ModelStore {
  readonly name: string;
  /** The models in it, none when it is not there; what cannot be read is left out. */
  find(): Promise<readonly FoundModel[]>;
}
