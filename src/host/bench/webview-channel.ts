import type * as vscode from 'vscode';

import type { Channel } from '../../protocol/rpc.ts';

/** The host's end of the way to a webview's page; it closes with the page. */
export class WebviewChannel implements Channel {
  readonly #webview: vscode.Webview;
  readonly #closed: (() => void)[] = [];
  readonly #messages: vscode.Disposable[] = [];

  constructor(webview: vscode.Webview) {
    this.#webview = webview;
  }

  send(message: unknown): void {
    void this.#webview.postMessage(message);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#messages.push(this.#webview.onDidReceiveMessage(listener));
  }

  onClose(listener: () => void): void {
    this.#closed.push(listener);
  }

  close(): void {
    for (const message of this.#messages.splice(0)) message.dispose();
    for (const listener of this.#closed.splice(0)) listener();
  }
}
