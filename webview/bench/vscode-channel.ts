import type { Channel } from '../../src/protocol/rpc.ts';

interface VsCodeApi {
  postMessage(message: unknown): void;
}

declare const acquireVsCodeApi: () => VsCodeApi;

/** The page's end of the way to the extension. It never closes: when the extension goes, the page goes with it. */
export class VsCodeChannel implements Channel {
  readonly #api = acquireVsCodeApi();

  send(message: unknown): void {
    this.#api.postMessage(message);
  }

  onMessage(listener: (message: unknown) => void): void {
    window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      listener(data);
    });
  }

  onClose(): void {
    // See above.
  }
}
