/** What a download of CUDA's libraries would bring, and from where. */
export interface CudaOffer {
  /** Version of ONNX Runtime that they are for. */
  readonly version: string;
  /** Host that they come from. */
  readonly host: string;
  readonly bytes: number;
  /** Folder that they are kept in. */
  readonly folder: string;
}

export interface CudaProgress {
  readonly done: number;
  readonly of: number;
}

/** Whether the libraries are on this machine. */
export interface CudaState {
  readonly installed: boolean;
  readonly folder: string;
  /** Bytes on the disk. */
  readonly bytes: number;
}
