/**
 * A stand-in for the module `vscode`, for unit tests of src/host: `vi.mock('vscode', () => import('../../support/fake-vscode.ts'))`. It
 * has what those tests need of it and keeps what it was told in {@link fake}; {@link resetFake} begins anew.
 */
import { EventEmitter as Emitter } from 'node:events';
import path from 'node:path';

/** What a test answers when a dialog or a message asks: the title of a button, an item, a text, or undefined to dismiss it. */
type Answer = (asked: Asked) => unknown;

/** Something that the person was asked, or told. */
export interface Asked {
  readonly kind: 'error' | 'information' | 'warning' | 'pick' | 'input' | 'open' | 'save';
  /** The message, or the title. */
  readonly text: string;
  readonly modal: boolean;
  /** Buttons of a message, rows of a quick pick. */
  readonly choices: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
}

export interface FakeDocument {
  readonly uri: Uri;
  readonly languageId: string;
  getText(range?: unknown): string;
}

interface State {
  readonly asked: Asked[];
  answer: Answer;
  readonly commands: Map<string, (...args: unknown[]) => unknown>;
  readonly executed: (readonly unknown[])[];
  readonly contexts: Map<string, unknown>;
  readonly views: Map<string, FakeTreeView<unknown>>;
  readonly providers: Map<string, { provideTextDocumentContent(uri: Uri): unknown }>;
  readonly linkProviders: { provideDocumentLinks(document: FakeDocument): unknown }[];
  readonly documents: FakeDocument[];
  readonly progress: { readonly title: string; readonly reports: unknown[]; readonly cancel: () => void }[];
  readonly configuration: Map<string, unknown>;
  readonly quickPicks: FakeQuickPick[];
  isTrusted: boolean;
  workspaceFolders: { readonly uri: Uri; readonly name: string; readonly index: number }[];
  activeTextEditor: unknown;
  clipboard: string;
}

const fresh = (): State => ({
  asked: [],
  answer: () => undefined,
  commands: new Map(),
  executed: [],
  contexts: new Map(),
  views: new Map(),
  providers: new Map(),
  linkProviders: [],
  documents: [],
  progress: [],
  configuration: new Map(),
  quickPicks: [],
  isTrusted: true,
  workspaceFolders: [],
  activeTextEditor: undefined,
  clipboard: '',
});

/** What the code under test has said and asked, and what it finds. */
export const fake: State = fresh();

export function resetFake(): void {
  Object.assign(fake, fresh());
}

/** Fires when {@link configure} has changed a setting. */
const configurationChanged = new Set<() => unknown>();

/** Changes a setting, and tells whoever listens. */
export function configure(name: string, value: unknown): void {
  fake.configuration.set(name, value);
  for (const listener of configurationChanged) listener();
}

/** A picker that is shown and answered by nobody but the code under test. */
export class FakeQuickPick {
  readonly #hidden = new EventEmitter<void>();
  readonly #accepted = new EventEmitter<void>();
  readonly onDidHide = this.#hidden.event;
  readonly onDidAccept = this.#accepted.event;
  items: readonly unknown[] = [];
  selectedItems: readonly unknown[] = [];
  activeItems: readonly unknown[] = [];
  isShown = false;

  show(): void {
    this.isShown = true;
  }

  accept(item: unknown): void {
    this.selectedItems = [item];
    this.#accepted.fire();
  }

  dispose(): void {
    this.isShown = false;
    this.#hidden.fire();
  }
}

/** Calls a registered command as VS Code does. */
export async function runCommand(id: string, ...args: unknown[]): Promise<unknown> {
  const run = fake.commands.get(id);
  if (!run) throw new Error(`There is no command ${id}.`);
  return await run(...args);
}

/** The texts of what was said or asked. */
export const texts = (kind: Asked['kind']): readonly string[] =>
  fake.asked.filter((asked) => asked.kind === kind).map(({ text }) => text);

const disposable = (dispose: () => void = () => undefined): Disposable => new Disposable(dispose);

export class Disposable {
  readonly #dispose: () => void;

  constructor(dispose: () => void) {
    this.#dispose = dispose;
  }

  dispose(): void {
    this.#dispose();
  }
}

export class EventEmitter<T> {
  readonly #emitter = new Emitter();

  readonly event = (listener: (value: T) => unknown): Disposable => {
    this.#emitter.on('fire', listener);
    return disposable(() => this.#emitter.off('fire', listener));
  };

  fire(value: T): void {
    this.#emitter.emit('fire', value);
  }

  dispose(): void {
    this.#emitter.removeAllListeners();
  }
}

export class CancellationError extends Error {}

interface UriParts {
  readonly scheme: string;
  readonly authority?: string | undefined;
  readonly path?: string | undefined;
  readonly query?: string | undefined;
  readonly fragment?: string | undefined;
}

export class Uri {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
  readonly query: string;
  readonly fragment: string;

  private constructor({ scheme, authority = '', path: where = '', query = '', fragment = '' }: UriParts) {
    this.scheme = scheme;
    this.authority = authority;
    this.path = where;
    this.query = query;
    this.fragment = fragment;
  }

  static file(file: string): Uri {
    return new Uri({ scheme: 'file', path: file });
  }

  static from(parts: UriParts): Uri {
    return new Uri(parts);
  }

  static joinPath(base: Uri, ...parts: string[]): Uri {
    return base.with({ path: path.posix.join(base.path, ...parts) });
  }

  static parse(text: string): Uri {
    const { protocol, host, pathname, search, hash } = new URL(text);
    const [query, fragment] = [search.slice(1), hash.slice(1)].map(decodeURIComponent);
    return new Uri({
      scheme: protocol.slice(0, -1),
      authority: host,
      path: decodeURIComponent(pathname),
      query,
      fragment,
    });
  }

  get fsPath(): string {
    return this.path;
  }

  with(change: Partial<UriParts>): Uri {
    const { scheme, authority, path: where, query, fragment } = this;
    return new Uri({ scheme, authority, path: where, query, fragment, ...change });
  }

  toString(): string {
    const tail = (mark: string, text: string): string => (text === '' ? '' : mark + encodeURIComponent(text));
    return `${this.scheme}://${this.authority}${encodeURI(this.path)}${tail('?', this.query)}${tail('#', this.fragment)}`;
  }
}

export class ThemeColor {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }
}

export class ThemeIcon {
  readonly id: string;
  readonly color: ThemeColor | undefined;

  constructor(id: string, color?: ThemeColor) {
    this.id = id;
    this.color = color;
  }
}

export class MarkdownString {
  value: string;
  supportHtml = false;
  isTrusted: boolean | undefined;

  constructor(value = '') {
    this.value = value;
  }

  appendText(text: string): this {
    this.value += text.replaceAll(/[\\`*_{}[\]()#+\-!~<>|]/g, '\\$&').replaceAll('\n', '\n\n');
    return this;
  }

  appendMarkdown(text: string): this {
    this.value += text;
    return this;
  }
}

export class Position {
  readonly line: number;
  readonly character: number;

  constructor(line: number, character: number) {
    this.line = line;
    this.character = character;
  }
}

export class Range {
  readonly start: Position;
  readonly end: Position;

  constructor(startLine: number, startCharacter: number, endLine: number, endCharacter: number) {
    this.start = new Position(startLine, startCharacter);
    this.end = new Position(endLine, endCharacter);
  }
}

export class DocumentLink {
  readonly range: Range;
  readonly target: Uri | undefined;
  tooltip: string | undefined;

  constructor(range: Range, target?: Uri) {
    this.range = range;
    this.target = target;
  }
}

export class TreeItem {
  readonly label: string;
  readonly collapsibleState: number;

  constructor(label: string, collapsibleState: number = TreeItemCollapsibleState.None) {
    this.label = label;
    this.collapsibleState = collapsibleState;
  }
}

export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 } as const;
export const TreeItemCheckboxState = { Unchecked: 0, Checked: 1 } as const;
export const QuickPickItemKind = { Separator: -1, Default: 0 } as const;
export const ConfigurationTarget = { Global: 1, Workspace: 2, WorkspaceFolder: 3 } as const;
export const ProgressLocation = { SourceControl: 1, Window: 10, Notification: 15 } as const;

/** A tree view whose person is the test. */
export class FakeTreeView<T> {
  readonly checked = new EventEmitter<{ readonly items: readonly (readonly [T, number])[] }>();
  readonly visibility = new EventEmitter<{ readonly visible: boolean }>();
  readonly selecting = new EventEmitter<{ readonly selection: readonly T[] }>();
  readonly onDidChangeCheckboxState = this.checked.event;
  readonly onDidChangeSelection = this.selecting.event;
  readonly onDidChangeVisibility = this.visibility.event;
  readonly options: Readonly<Record<string, unknown>>;
  readonly revealed: T[] = [];
  visible = false;
  selection: readonly T[] = [];
  message = '';
  description = '';
  badge: { readonly value: number; readonly tooltip: string } | undefined;

  constructor(options: Readonly<Record<string, unknown>>) {
    this.options = options;
  }

  show(): void {
    this.visible = true;
    this.visibility.fire({ visible: true });
  }

  reveal(element: T): Promise<void> {
    this.revealed.push(element);
    return Promise.resolve();
  }

  dispose(): void {
    this.checked.dispose();
    this.visibility.dispose();
  }
}

function ask(asked: Partial<Asked> & Pick<Asked, 'kind'>): Promise<unknown> {
  const whole = { text: '', modal: false, choices: [], options: {}, ...asked };
  fake.asked.push(whole);
  return Promise.resolve(fake.answer(whole));
}

const message =
  (kind: Asked['kind']) =>
  (text: string, ...rest: readonly unknown[]): Promise<unknown> => {
    const [first] = rest;
    const options = typeof first === 'object' && first !== null ? (first as Readonly<Record<string, unknown>>) : {};
    const choices = rest.filter((choice) => typeof choice === 'string');
    return ask({ kind, text, choices, options, modal: options['modal'] === true });
  };

type Options = Readonly<Record<string, unknown>>;
const titleOf = (options: Options): string => (typeof options['title'] === 'string' ? options['title'] : '');

export const window = {
  showInformationMessage: message('information'),
  showWarningMessage: message('warning'),
  showErrorMessage: message('error'),
  showQuickPick: (choices: readonly unknown[], options: Options = {}) =>
    ask({ kind: 'pick', text: titleOf(options), choices, options }),
  showInputBox: (options: Options = {}) => ask({ kind: 'input', text: titleOf(options), options }),
  showOpenDialog: (options: Options = {}) => ask({ kind: 'open', text: titleOf(options), options }),
  showSaveDialog: (options: Options = {}) => ask({ kind: 'save', text: titleOf(options), options }),
  showTextDocument: (document: FakeDocument) => Promise.resolve({ document }),
  createQuickPick: () => {
    const pick = new FakeQuickPick();
    fake.quickPicks.push(pick);
    return pick;
  },
  createTreeView: (id: string, options: Options) => {
    const view = new FakeTreeView<unknown>(options);
    fake.views.set(id, view);
    return view;
  },
  withProgress: (options: Options, work: (progress: unknown, token: unknown) => unknown) => {
    const cancelled = new EventEmitter<void>();
    const reports: unknown[] = [];
    fake.progress.push({ title: titleOf(options), reports, cancel: () => { cancelled.fire(); } }); // prettier-ignore
    const progress = { report: (value: unknown) => reports.push(value) };
    return Promise.resolve(
      work(progress, { onCancellationRequested: cancelled.event, isCancellationRequested: false }),
    );
  },
  get activeTextEditor(): unknown {
    return fake.activeTextEditor;
  },
};

export const workspace = {
  get isTrusted(): boolean {
    return fake.isTrusted;
  },
  get workspaceFolders(): State['workspaceFolders'] {
    return fake.workspaceFolders;
  },
  get textDocuments(): readonly FakeDocument[] {
    return fake.documents;
  },
  onDidChangeConfiguration: (listener: () => unknown) => {
    configurationChanged.add(listener);
    return disposable(() => configurationChanged.delete(listener));
  },
  getConfiguration: (section: string) => ({
    get: (name: string, otherwise?: unknown): unknown => fake.configuration.get(`${section}.${name}`) ?? otherwise,
    update: (name: string, value: unknown): Promise<void> => {
      fake.configuration.set(`${section}.${name}`, value);
      return Promise.resolve();
    },
  }),
  registerTextDocumentContentProvider: (
    scheme: string,
    provider: { provideTextDocumentContent(uri: Uri): unknown },
  ) => {
    fake.providers.set(scheme, provider);
    return disposable(() => fake.providers.delete(scheme));
  },
  openTextDocument: async (uri: Uri): Promise<FakeDocument> => {
    const text = String(await fake.providers.get(uri.scheme)?.provideTextDocumentContent(uri));
    const document: FakeDocument = { uri, languageId: 'markdown', getText: () => text };
    fake.documents.push(document);
    return document;
  },
};

export const languages = {
  registerDocumentLinkProvider: (_selector: unknown, provider: State['linkProviders'][number]) => {
    fake.linkProviders.push(provider);
    return disposable();
  },
};

export const commands = {
  registerCommand: (id: string, run: (...args: unknown[]) => unknown) => {
    if (fake.commands.has(id)) throw new Error(`The command ${id} is registered already.`);
    fake.commands.set(id, run);
    return disposable(() => fake.commands.delete(id));
  },
  executeCommand: (id: string, ...args: unknown[]): Promise<unknown> => {
    fake.executed.push([id, ...args]);
    if (id === 'setContext') fake.contexts.set(String(args[0]), args[1]);
    return Promise.resolve(fake.commands.get(id)?.(...args));
  },
};

export const env = {
  language: 'en',
  remoteName: undefined as string | undefined,
  clipboard: {
    writeText: (text: string): Promise<void> => {
      fake.clipboard = text;
      return Promise.resolve();
    },
  },
};

export const l10n = {
  t: (text: string, ...args: readonly unknown[]): string =>
    text.replaceAll(/\{(\d+)\}/g, (whole, at: string) => (Number(at) < args.length ? String(args[Number(at)]) : whole)),
};

/** What VS Code keeps for an extension, here in memory. */
export class FakeMemento {
  readonly #values = new Map<string, unknown>();

  get(key: string, otherwise?: unknown): unknown {
    return this.#values.get(key) ?? otherwise;
  }

  update(key: string, value: unknown): Promise<void> {
    // As VS Code stores it: as JSON.
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, JSON.parse(JSON.stringify(value)));
    return Promise.resolve();
  }

  keys(): readonly string[] {
    return [...this.#values.keys()];
  }
}

/** The context of an extension that keeps its files in `storage`. */
export const fakeContext = (storage: string, workspaceState = new FakeMemento(), globalState = new FakeMemento()) => ({
  workspaceState,
  globalState,
  globalStorageUri: Uri.file(storage),
  subscriptions: [] as Disposable[],
});
