/**
 * A stand-in for the module `vscode` with documents that can be edited, for unit tests of src/host/editor:
 * `vi.mock('vscode', () => import('../../support/fake-vscode-editor.ts'))`. What it was told is in {@link told}.
 */

import type { MarkdownString } from './fake-vscode.ts';

/** Somebody who listens. */
type Listener<T> = (value: T) => unknown;

export class Disposable {
  readonly dispose: () => void;

  constructor(dispose: () => void) {
    this.dispose = dispose;
  }
}

export class EventEmitter<T> {
  readonly #listeners = new Set<Listener<T>>();

  readonly event = (listener: Listener<T>): Disposable => {
    this.#listeners.add(listener);
    return new Disposable(() => this.#listeners.delete(listener));
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  dispose(): void {
    this.#listeners.clear();
  }
}

export class Position {
  readonly line: number;
  readonly character: number;

  constructor(line: number, character: number) {
    this.line = line;
    this.character = character;
  }

  isAfter(other: Position): boolean {
    return this.line > other.line || (this.line === other.line && this.character > other.character);
  }
}

export class Range {
  readonly start: Position;
  readonly end: Position;

  constructor(...corners: readonly [Position, Position] | readonly [number, number, number, number]) {
    if (corners.length === 2) [this.start, this.end] = corners;
    else {
      this.start = new Position(corners[0], corners[1]);
      this.end = new Position(corners[2], corners[3]);
    }
  }

  get isEmpty(): boolean {
    return !this.end.isAfter(this.start);
  }

  contains(position: Position): boolean {
    return !this.start.isAfter(position) && !position.isAfter(this.end);
  }
}

export class Selection extends Range {
  get active(): Position {
    return this.end;
  }
}

export class Uri {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  static parse(text: string): Uri {
    return new Uri(text);
  }

  static joinPath(base: Uri, ...parts: readonly string[]): Uri {
    return new Uri([base.toString(), ...parts].join('/'));
  }

  get scheme(): string {
    return this.#text.slice(0, this.#text.indexOf(':'));
  }

  get path(): string {
    return this.#text.slice(this.#text.indexOf(':') + 1);
  }

  toString(): string {
    return this.#text;
  }
}

export const EndOfLine = { LF: 1, CRLF: 2 } as const;
export const DiagnosticSeverity = { Error: 0, Warning: 1 } as const;
export const CommentMode = { Editing: 0, Preview: 1 } as const;
export const CommentThreadState = { Unresolved: 0, Resolved: 1 } as const;
export const CommentThreadCollapsibleState = { Collapsed: 0, Expanded: 1 } as const;
export const OverviewRulerLane = { Right: 4 } as const;
export const ProgressLocation = { Notification: 15 } as const;
export const TextEditorRevealType = { InCenterIfOutsideViewport: 2 } as const;

export class CancellationError extends Error {}

export class ThemeColor {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }
}

export { MarkdownString } from './fake-vscode.ts';

export class Diagnostic {
  source = '';
  readonly range: Range;
  readonly message: string;
  readonly severity: number;

  constructor(range: Range, message: string, severity: number) {
    this.range = range;
    this.message = message;
    this.severity = severity;
  }
}

interface Change {
  readonly rangeOffset: number;
  readonly rangeLength: number;
  readonly text: string;
}

/** A document of an open editor; what is done to it is told like VS Code tells it. */
export class FakeDocument {
  readonly uri: Uri;
  readonly eol: number;
  readonly languageId = 'markdown';
  isClosed = false;
  #text: string;

  constructor(uri: string, text: string, eol: number = EndOfLine.LF) {
    this.uri = Uri.parse(uri);
    this.eol = eol;
    this.#text = text;
    told.documents.push(this);
  }

  get isUntitled(): boolean {
    return this.uri.toString().startsWith('untitled:');
  }

  getText(range?: Range): string {
    return range ? this.#text.slice(this.offsetAt(range.start), this.offsetAt(range.end)) : this.#text;
  }

  positionAt(offset: number): Position {
    const before = this.#text.slice(0, offset);
    return new Position(before.split('\n').length - 1, before.length - before.lastIndexOf('\n') - 1);
  }

  offsetAt({ line, character }: Position): number {
    const lines = this.#text.split('\n').slice(0, line);
    return lines.reduce((length, text) => length + text.length + 1, 0) + character;
  }

  /** As somebody's typing does, or, with a reason, undoing it. */
  change(rangeOffset: number, rangeLength: number, text: string, reason?: number): void {
    this.#text = this.#text.slice(0, rangeOffset) + text + this.#text.slice(rangeOffset + rangeLength);
    const contentChanges: readonly Change[] = [{ rangeOffset, rangeLength, text }];
    changed.fire({ document: this, contentChanges, reason });
  }

  close(): void {
    this.isClosed = true;
    told.documents.splice(told.documents.indexOf(this), 1);
    closed.fire(this);
  }
}

/** An editor in which a document can be seen. */
export class FakeEditor {
  readonly document: FakeDocument;
  readonly edits: { readonly text: string; readonly undoStopBefore: boolean; readonly undoStopAfter: boolean }[] = [];
  /** How many edits are to be refused, as when somebody types at the same moment. */
  refusals = 0;
  selection = new Selection(0, 0, 0, 0);

  constructor(document: FakeDocument) {
    this.document = document;
    told.editors.push(this);
  }

  async edit(
    write: (builder: { insert(position: Position, text: string): void }) => void,
    stops: { readonly undoStopBefore: boolean; readonly undoStopAfter: boolean },
  ): Promise<boolean> {
    await Promise.resolve();
    if (this.refusals-- > 0) return false;
    write({
      insert: (position, text) => {
        this.edits.push({ text, ...stops });
        this.document.change(this.document.offsetAt(position), 0, text);
      },
    });
    return true;
  }

  setDecorations(_type: unknown, decorations: readonly unknown[]): void {
    told.decorations = decorations;
  }

  revealRange(): void {
    // Nobody looks.
  }
}

export class WorkspaceEdit {
  readonly edits: { readonly uri: Uri; readonly range: Range; readonly text: string }[] = [];

  replace(uri: Uri, range: Range, text: string): void {
    this.edits.push({ uri, range, text });
  }

  insert(uri: Uri, position: Position, text: string): void {
    this.edits.push({ uri, range: new Range(position, position), text });
  }
}

/** A box of comments. */
export interface FakeThread {
  readonly uri: Uri;
  range: Range;
  comments: readonly { readonly body: MarkdownString }[];
  contextValue?: string;
  canReply?: boolean;
  state?: number;
  isDisposed: boolean;
}

const changed = new EventEmitter<{
  readonly document: FakeDocument;
  readonly contentChanges: readonly Change[];
  readonly reason: number | undefined;
}>();
const closed = new EventEmitter<FakeDocument>();
const opened = new EventEmitter<FakeDocument>();

interface Told {
  documents: FakeDocument[];
  editors: FakeEditor[];
  decorations: readonly unknown[];
  diagnostics: Map<string, readonly Diagnostic[]>;
  commands: Map<string, (...args: never[]) => unknown>;
  executed: string[];
  threads: FakeThread[];
  messages: { readonly text: string; readonly buttons: readonly string[] }[];
  /** The button that is pressed on every message. */
  press: string | undefined;
  /** Lists that a choice was made from, each item with its description. */
  lists: (readonly string[])[];
  /** The label of the item that is chosen in every list. */
  choose: string | undefined;
  cancel: () => void;
}

const fresh = (): Told => ({
  documents: [],
  editors: [],
  decorations: [],
  diagnostics: new Map(),
  commands: new Map(),
  executed: [],
  threads: [],
  messages: [],
  press: undefined,
  lists: [],
  choose: undefined,
  cancel: () => undefined,
});

/** What the code under test has said, and what it finds. */
export const told: Told = fresh();

/** Everything anew. */
export function forget(): void {
  Object.assign(told, fresh());
}

/** Shows a document that was not open before. */
export function open(document: FakeDocument): void {
  opened.fire(document);
}

export const workspace = {
  onDidChangeTextDocument: changed.event,
  onDidCloseTextDocument: closed.event,
  onDidOpenTextDocument: opened.event,
  get textDocuments(): readonly FakeDocument[] {
    return told.documents;
  },
  applyEdit: ({ edits }: WorkspaceEdit): Promise<boolean> => {
    for (const { uri, range, text } of edits) {
      const document = told.documents.find((other) => other.uri.toString() === uri.toString());
      if (!document) return Promise.resolve(false);
      const start = document.offsetAt(range.start);
      document.change(start, document.offsetAt(range.end) - start, text);
    }
    return Promise.resolve(true);
  },
};

const message = (text: string, ...buttons: readonly string[]): Promise<string | undefined> => {
  told.messages.push({ text, buttons });
  return Promise.resolve(buttons.find((button) => button === told.press));
};

export const window = {
  onDidChangeVisibleTextEditors: new EventEmitter<unknown>().event,
  get visibleTextEditors(): readonly FakeEditor[] {
    return told.editors;
  },
  get activeTextEditor(): FakeEditor | undefined {
    return told.editors[0];
  },
  showTextDocument: (): Promise<void> => Promise.resolve(),
  createTextEditorDecorationType: () => new Disposable(() => undefined),
  showQuickPick: (
    items: readonly { readonly label: string; readonly description?: string }[],
  ): Promise<{ readonly label: string } | undefined> => {
    told.lists.push(items.map(({ label, description }) => `${label} (${description ?? ''})`));
    return Promise.resolve(items.find(({ label }) => label === told.choose));
  },
  showInformationMessage: message,
  showWarningMessage: message,
  showErrorMessage: message,
  withProgress: (_options: unknown, work: (progress: unknown, token: unknown) => unknown): unknown => {
    const cancelled = new EventEmitter<void>();
    told.cancel = () => {
      cancelled.fire();
    };
    return work({ report: () => undefined }, { onCancellationRequested: cancelled.event });
  },
};

export const languages = {
  createDiagnosticCollection: () => ({
    set: (uri: Uri, diagnostics: readonly Diagnostic[]) => told.diagnostics.set(uri.toString(), diagnostics),
    dispose: () => {
      told.diagnostics.clear();
    },
  }),
};

export const comments = {
  createCommentController: () => ({
    createCommentThread: (uri: Uri, range: Range, said: FakeThread['comments']) => {
      const thread = { uri, range, comments: said, isDisposed: false, dispose: () => (thread.isDisposed = true) };
      told.threads.push(thread);
      return thread;
    },
    dispose: () => undefined,
  }),
};

export const commands = {
  registerCommand: (id: string, run: (...args: never[]) => unknown) => {
    told.commands.set(id, run);
    return new Disposable(() => told.commands.delete(id));
  },
  executeCommand: (id: string): Promise<void> => {
    told.executed.push(id);
    return Promise.resolve();
  },
};

export const env = { language: 'en' };

export const l10n = {
  t: (text: string, ...args: readonly unknown[]): string =>
    text.replaceAll(/\{(\d+)\}/g, (_, at: string) => String(args[Number(at)])),
};
