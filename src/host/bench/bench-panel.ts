import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

import type { BenchHostApi, BenchPageApi } from '../../protocol/bench-api.ts';
import { CodedError } from '../../protocol/coded-error.ts';
import type { EditMade } from '../../protocol/engine-api.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { connect, type Handlers, type Remote } from '../../protocol/rpc.ts';
import type { Session } from '../session.ts';
import { settings } from '../settings.ts';
import type { BenchActions, BenchController } from './bench-controller.ts';
import { benchHtml } from './bench-html.ts';
import { benchProbes } from './default-probes.ts';
import type { DraftSubject } from './edit-draft.ts';
import { WebviewChannel } from './webview-channel.ts';

const VIEW_TYPE = 'grace.bench';
const SAVED = 'grace.bench';

type Field = 'prompt' | 'target';

/** A panel with its page, while there is one. */
interface Shown {
  readonly panel: vscode.WebviewPanel;
  readonly subscriptions: vscode.Disposable[];
  channel: WebviewChannel;
  page: Remote<BenchPageApi>;
}

/** What stands behind the panel. */
interface Bench {
  readonly controller: BenchController;
  readonly handlers: Handlers<BenchHostApi>;
}

/** The Edit Bench's panel: one for the window. What it shows outlives it, see {@link BenchController}. */
export class BenchPanel implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  readonly #session: Session;
  readonly #actions: BenchActions;
  readonly #edited = new vscode.EventEmitter<EditMade>();
  readonly #serializer: vscode.Disposable;
  #bench: Promise<Bench> | null = null;
  #controller: BenchController | null = null;
  #shown: Shown | null = null;
  /** What the next page that loads is to put the focus on. */
  #focus: Field | null = null;

  constructor(context: vscode.ExtensionContext, session: Session, actions: BenchActions) {
    this.#context = context;
    this.#session = session;
    this.#actions = actions;
    this.#serializer = vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      deserializeWebviewPanel: async (panel) => {
        this.#adopt(panel, await this.#load());
      },
    });
  }

  /** An edit was made here. */
  get onDidEdit(): vscode.Event<EditMade> {
    return this.#edited.event;
  }

  /** Reveals the panel, or opens it, and puts the focus on the prompt. */
  async show(): Promise<void> {
    await this.#reveal('prompt');
  }

  /** Puts a prompt in and the focus on it. */
  async showPrompt(prompt: Prompt): Promise<void> {
    const { controller } = await this.#load();
    controller.showPrompt(prompt);
    await this.#reveal('prompt');
  }

  /** Puts an edit in, and the focus on what the model should say. */
  async showDraft(draft: DraftSubject): Promise<void> {
    const { controller } = await this.#load();
    controller.showDraft(draft);
    await this.#reveal('target');
  }

  dispose(): void {
    this.#serializer.dispose();
    this.#controller?.dispose();
    this.#edited.dispose();
    this.#shown?.channel.close();
  }

  /** The bench is read and made when it is first asked for: its schemas are the larger part of what an activation would cost. */
  #load(): Promise<Bench> {
    return (this.#bench ??= this.#make());
  }

  async #make(): Promise<Bench> {
    const [{ BenchController }, { validated }] = await Promise.all([
      import('./bench-controller.ts'),
      import('./bench-input.ts'),
    ]);
    const controller = new BenchController({
      session: this.#session,
      actions: this.#actions,
      store: {
        read: () => this.#context.workspaceState.get(SAVED),
        write: (saved) => void this.#context.workspaceState.update(SAVED, saved),
      },
      preferences: () => ({ ...settings(), probes: benchProbes(this.#session.model?.description ?? {}) }),
      emit: (event) => {
        // A page that is hidden is not there; it asks for the whole state when it comes back.
        if (this.#shown?.panel.visible) void this.#shown.page.event(event).catch(() => undefined);
      },
      edited: (made) => {
        this.#edited.fire(made);
      },
      otherCodebook: () =>
        new CodedError(
          'codebook-mismatch',
          vscode.l10n.t('This edit is in another codebook than the one that is open.'),
          vscode.l10n.t('Open its codebook, and revert it there.'),
        ),
    });
    this.#controller = controller;
    const handlers = validated({
      ...controller.handlers,
      state: () => {
        // After the answer, so that the page has something to focus on.
        setTimeout(() => {
          this.#sendFocus();
        }, 0);
        return controller.state;
      },
    });
    return { controller, handlers };
  }

  async #reveal(field: Field): Promise<void> {
    const bench = await this.#load();
    this.#focus = field;
    const shown = this.#shown;
    if (shown) {
      const wasVisible = shown.panel.visible;
      shown.panel.reveal();
      if (wasVisible) this.#sendFocus();
    } else {
      this.#adopt(
        vscode.window.createWebviewPanel(VIEW_TYPE, vscode.l10n.t('Edit Bench'), vscode.ViewColumn.Active),
        bench,
      );
    }
  }

  #sendFocus(): void {
    const field = this.#focus;
    this.#focus = null;
    if (field && this.#shown) void this.#shown.page.focus({ field }).catch(() => undefined);
  }

  /** Makes a panel the bench's; one that was there before gives way. */
  #adopt(panel: vscode.WebviewPanel, { handlers }: Bench): void {
    this.#shown?.panel.dispose();
    const media = vscode.Uri.joinPath(this.#context.extensionUri, 'media');
    const folder = vscode.Uri.joinPath(this.#context.extensionUri, 'dist', 'webview');
    panel.iconPath = vscode.Uri.joinPath(media, 'grace.svg');
    panel.webview.options = { enableScripts: true, enableCommandUris: false, localResourceRoots: [folder, media] };
    const shown: Shown = { panel, subscriptions: [], ...connectPage(panel.webview, handlers) };
    this.#shown = shown;
    shown.subscriptions.push(
      panel.onDidChangeViewState(() => {
        if (panel.visible) return;
        // The page is gone; the next one begins anew.
        shown.channel.close();
        Object.assign(shown, connectPage(panel.webview, handlers));
      }),
      panel.onDidDispose(() => {
        shown.channel.close();
        for (const subscription of shown.subscriptions) subscription.dispose();
        if (this.#shown === shown) this.#shown = null;
      }),
    );
    const resource = (name: string): string => panel.webview.asWebviewUri(vscode.Uri.joinPath(folder, name)).toString();
    panel.webview.html = benchHtml({
      script: resource('bench.js'),
      style: resource('bench.css'),
      icons: resource('codicon.css'),
      source: panel.webview.cspSource,
      nonce: randomBytes(16).toString('base64url'),
      language: vscode.env.language,
      title: vscode.l10n.t('Edit Bench'),
      texts: vscode.l10n.bundle,
    });
  }
}

function connectPage(webview: vscode.Webview, handlers: Handlers<BenchHostApi>): Pick<Shown, 'channel' | 'page'> {
  const channel = new WebviewChannel(webview);
  return { channel, page: connect<BenchPageApi>(channel, handlers) };
}
