import * as vscode from 'vscode';

import { ShownEdits, type EditChange, type ShownChange } from '../codebook/shown-edits.ts';
import type { Notifier } from '../notify.ts';
import type { Session } from '../session.ts';
import { EditTestRun, type Wanted } from './edit-test-run.ts';
import { EditTestTree } from './edit-test-tree.ts';

export interface EditTestParts {
  readonly session: Session;
  readonly notifier: Notifier;
  /** Opens a codebook to look at when nothing is open. */
  readonly showCodebook: () => Promise<void>;
}

/** Milliseconds in which changes that follow each other are one. */
const SETTLES_IN = 300;

/** The edits of the open codebook as tests: in the Test Explorer, run by hand, or by themselves after each change. */
export class EditTests implements vscode.Disposable {
  readonly #parts: EditTestParts;
  readonly #controller: vscode.TestController;
  readonly #shown: ShownEdits;
  readonly #tree: EditTestTree;
  readonly #changes = new vscode.EventEmitter<ShownChange>();
  readonly #subscriptions: readonly Pick<vscode.Disposable, 'dispose'>[];

  constructor(parts: EditTestParts) {
    this.#parts = parts;
    const controller = vscode.tests.createTestController('grace.edits', vscode.l10n.t('GRACE edits'));
    this.#controller = controller;
    this.#shown = new ShownEdits(parts.session);
    this.#tree = new EditTestTree(controller, this.#shown);
    controller.resolveHandler = (item) => parts.notifier.guard(() => this.#resolve(item));
    const profile = controller.createRunProfile(
      vscode.l10n.t('Ask Again'),
      vscode.TestRunProfileKind.Run,
      (request, token) => {
        if (request.continuous !== true) return this.#run(request, token);
        this.#runOnChanges(request, token);
        return undefined;
      },
      true,
      undefined,
      true,
    );
    const follow = this.#shown.onDidChange((change) => { this.#follow(change); }); // prettier-ignore
    this.#subscriptions = [follow, this.#changes, profile, this.#shown, controller];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #follow(change: ShownChange): void {
    this.#tree.follow(change);
    const relevant = change === 'all' ? change : change.filter(isRelevant);
    if (relevant.length === 0) return;
    // Any edit may have moved any other one.
    this.#controller.invalidateTestResults();
    this.#changes.fire(relevant);
  }

  async #resolve(item: vscode.TestItem | undefined): Promise<void> {
    if (!item) await this.#parts.showCodebook();
    else this.#tree.addPrompts(item, await this.#parts.session.show(this.#tree.subjectOf(item).edit));
  }

  async #run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const controller = new AbortController();
    const subscription = token.onCancellationRequested(() => { controller.abort(); }); // prettier-ignore
    try {
      await this.#parts.notifier.guard(() => this.#test(request, this.#wanted(request), controller.signal));
    } finally {
      subscription.dispose();
    }
  }

  /** Until it is called off: after each change the edits that it concerns are tested, then the others. */
  #runOnChanges(request: vscode.TestRunRequest, token: vscode.CancellationToken): void {
    let round = new AbortController();
    let clock: NodeJS.Timeout | undefined;
    let first = new Set<number>();
    const begin = async (): Promise<void> => {
      const wanted = [...this.#wanted(request)];
      const isFirst = ([item]: (typeof wanted)[number]): boolean => first.has(this.#tree.subjectOf(item).edit);
      const ordered = [...wanted.filter(isFirst), ...wanted.filter((each) => !isFirst(each))];
      const { signal } = (round = new AbortController());
      await this.#test(request, new Map(ordered), signal);
      if (!signal.aborted) first = new Set();
    };
    const follow = this.#changes.event((change) => {
      round.abort();
      clearTimeout(clock);
      for (const { edit } of change === 'all' ? [] : change) first.add(edit);
      clock = setTimeout(() => void this.#parts.notifier.guard(begin), SETTLES_IN);
    });
    token.onCancellationRequested(() => {
      round.abort();
      clearTimeout(clock);
      follow.dispose();
    });
  }

  /** The edits that are asked for, with those of their prompts that are. */
  #wanted({ include, exclude }: vscode.TestRunRequest): ReadonlyMap<vscode.TestItem, Wanted> {
    const wanted = new Map<vscode.TestItem, Wanted>();
    const left = new Set(exclude);
    for (const item of include ?? this.#tree.edits) {
      const edit = item.parent ?? item;
      // What was asked for may have gone since.
      if (left.has(item) || left.has(edit) || this.#tree.find(this.#tree.subjectOf(edit).edit) !== edit) continue;
      const without = [...edit.children].map(([, child]) => child).filter((child) => !left.has(child));
      const { place } = this.#tree.subjectOf(item);
      const before = wanted.get(edit);
      if (place) {
        if (before !== null) wanted.set(edit, [...(before ?? []), place]);
      } else {
        const places = without.flatMap((child) => this.#tree.subjectOf(child).place ?? []);
        wanted.set(edit, places.length === edit.children.size ? null : places);
      }
    }
    return wanted;
  }

  async #test(
    request: vscode.TestRunRequest,
    wanted: ReadonlyMap<vscode.TestItem, Wanted>,
    signal: AbortSignal,
  ): Promise<void> {
    const run = this.#controller.createTestRun(request);
    const own = new AbortController();
    // The run has a button of its own, which says nothing to the request.
    const subscription = run.token.onCancellationRequested(() => { own.abort(); }); // prettier-ignore
    try {
      await new EditTestRun(this.#parts.session, this.#tree, run, AbortSignal.any([signal, own.signal])).test(wanted);
    } finally {
      subscription.dispose();
    }
  }
}

/** What an edit is called changes no answer. */
const isRelevant = ({ before, after }: EditChange): boolean =>
  !before || !after || before.state !== after.state || before.radius !== after.radius || before.entry !== after.entry;
