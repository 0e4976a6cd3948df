/**
 * The Test Explorer, beside the stand-in for the module `vscode`, for unit tests of src/host/testing, which mock the module with
 * both. What it was told is in {@link explorer}.
 */
import { EventEmitter, type Disposable, type Position, type Uri } from './fake-vscode.ts';

export class FakeTestItems {
  readonly #items = new Map<string, FakeTestItem>();
  readonly #parent: FakeTestItem | undefined;

  constructor(parent?: FakeTestItem) {
    this.#parent = parent;
  }

  get size(): number {
    return this.#items.size;
  }

  add(item: FakeTestItem): void {
    item.parent = this.#parent;
    this.#items.set(item.id, item);
  }

  delete(id: string): void {
    this.#items.delete(id);
  }

  get(id: string): FakeTestItem | undefined {
    return this.#items.get(id);
  }

  replace(items: readonly FakeTestItem[]): void {
    this.#items.clear();
    for (const item of items) this.add(item);
  }

  [Symbol.iterator](): IterableIterator<[string, FakeTestItem]> {
    return this.#items[Symbol.iterator]();
  }
}

export class FakeTestItem {
  readonly id: string;
  readonly uri: Uri | undefined;
  readonly children: FakeTestItems = new FakeTestItems(this);
  label: string;
  description = '';
  sortText = '';
  canResolveChildren = false;
  parent: FakeTestItem | undefined;

  constructor(id: string, label: string, uri?: Uri) {
    this.id = id;
    this.label = label;
    this.uri = uri;
  }
}

export class TestMessage {
  readonly message: string;
  expectedOutput: string | undefined;
  actualOutput: string | undefined;
  location: Location | undefined;

  constructor(message: string) {
    this.message = message;
  }

  static diff(message: string, expected: string, actual: string): TestMessage {
    return Object.assign(new TestMessage(message), { expectedOutput: expected, actualOutput: actual });
  }
}

export class Location {
  readonly uri: Uri;
  readonly range: Position;

  constructor(uri: Uri, range: Position) {
    this.uri = uri;
    this.range = range;
  }
}

export class CancellationTokenSource {
  readonly #cancelled = new EventEmitter<void>();
  readonly token = { isCancellationRequested: false, onCancellationRequested: this.#cancelled.event };

  cancel(): void {
    this.token.isCancellationRequested = true;
    this.#cancelled.fire();
  }
}

export interface FakeTestRequest {
  readonly include?: readonly FakeTestItem[];
  readonly exclude?: readonly FakeTestItem[];
  readonly continuous?: boolean;
}

/** A run as VS Code shows it. */
export class FakeTestRun {
  readonly #source = new CancellationTokenSource();
  readonly token = this.#source.token;
  /** What was said of each test, in order: `passed 1/prompt 0`. */
  readonly events: string[] = [];
  readonly messages: TestMessage[] = [];
  output = '';
  ended = false;

  enqueued(item: FakeTestItem): void {
    this.#say('enqueued', item);
  }

  started(item: FakeTestItem): void {
    this.#say('started', item);
  }

  passed(item: FakeTestItem): void {
    this.#say('passed', item);
  }

  skipped(item: FakeTestItem): void {
    this.#say('skipped', item);
  }

  failed(item: FakeTestItem, message: TestMessage): void {
    this.messages.push(message);
    this.#say('failed', item);
  }

  errored(item: FakeTestItem, message: TestMessage): void {
    this.messages.push(message);
    this.#say('errored', item);
  }

  appendOutput(text: string): void {
    this.output += text;
  }

  end(): void {
    this.ended = true;
  }

  /** As the button of the run does. */
  cancel(): void {
    this.#source.cancel();
  }

  /** Results alone. */
  get results(): readonly string[] {
    return this.events.filter((event) => !/^(enqueued|started)/.test(event));
  }

  #say(what: string, item: FakeTestItem): void {
    if (this.ended) throw new Error('The run has ended.');
    const name = item.parent ? `${nameOf(item.parent)}/${item.id}` : nameOf(item);
    this.events.push(`${what} ${name}`);
  }
}

/** An edit's number, without the folder before it. */
const nameOf = ({ id }: FakeTestItem): string => id.split(' ').at(-1)!;

type Handler = (request: FakeTestRequest, token: CancellationTokenSource['token']) => unknown;

export class FakeTestController {
  readonly items = new FakeTestItems();
  readonly runs: FakeTestRun[] = [];
  resolveHandler: ((item: FakeTestItem | undefined) => unknown) | undefined;
  handler: Handler | undefined;
  supportsContinuousRun = false;
  invalidated = 0;

  createTestItem(id: string, label: string, uri?: Uri): FakeTestItem {
    return new FakeTestItem(id, label, uri);
  }

  createRunProfile(_label: string, _kind: number, handler: Handler, _default: boolean, _tag: unknown, continuous: boolean): Pick<Disposable, 'dispose'> {
    this.handler = handler;
    this.supportsContinuousRun = continuous;
    return { dispose: () => undefined };
  } // prettier-ignore

  createTestRun(): FakeTestRun {
    const run = new FakeTestRun();
    this.runs.push(run);
    return run;
  }

  invalidateTestResults(): void {
    this.invalidated++;
  }

  dispose(): void {
    this.items.replace([]);
  }
}

/** The controller that was made last. */
export const explorer: { controller: FakeTestController } = { controller: new FakeTestController() };

export const TestRunProfileKind = { Run: 1, Debug: 2, Coverage: 3 } as const;

export const tests = {
  createTestController: (): FakeTestController => (explorer.controller = new FakeTestController()),
};
