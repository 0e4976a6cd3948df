import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';

import { CodedError } from '../../protocol/coded-error.ts';
import type { Notifier } from '../notify.ts';
import type { Session } from '../session.ts';
import type { EditSwitcher } from './edit-switcher.ts';
import { describeEdits } from './edit-words.ts';
import { isEnabled, type ShownEdits } from './shown-edits.ts';

/** Edits that are taken back as far as the person can see, while they can still change their mind. */
interface PendingRevert {
  readonly id: string;
  readonly folder: string;
  readonly edits: readonly number[];
  /** Those that were enabled, and are again when the revert is undone. */
  readonly enabled: readonly number[];
  /** Undone while another codebook was open. */
  readonly undone: boolean;
}

export interface PendingRevertParts {
  readonly session: Session;
  readonly shown: ShownEdits;
  readonly switcher: EditSwitcher;
  readonly memento: vscode.Memento;
  readonly notifier: Notifier;
}

const PENDING = 'grace.codebook.pendingReverts';

/** Milliseconds in which a revert can be undone. */
export const UNDO_OFFER = 15_000;

/**
 * Takes edits back, with a while in which that can be undone.
 *
 * In the journal a revert is final. So the edits are disabled at once, which has the same effect on the model, and leave the
 * tree; the revert itself is written when the offer to undo it ends: its message is closed, or a while has passed. What is
 * still pending when the window closes or another codebook is opened is remembered with the workspace, and settled when the
 * codebook is opened again. Until then other programs see the edits as disabled.
 */
export class PendingReverts implements vscode.Disposable {
  readonly #session: Session;
  readonly #shown: ShownEdits;
  readonly #switcher: EditSwitcher;
  readonly #memento: vscode.Memento;
  readonly #notifier: Notifier;
  readonly #subscription: vscode.Disposable;
  /** Those that are not to be settled by themselves yet: their edits are being disabled, or their offer stands. */
  readonly #held = new Set<string>();
  readonly #clocks = new Map<string, NodeJS.Timeout>();
  readonly #settling = new Map<string, Promise<void>>();

  constructor({ session, shown, switcher, memento, notifier }: PendingRevertParts) {
    this.#session = session;
    this.#shown = shown;
    this.#switcher = switcher;
    this.#memento = memento;
    this.#notifier = notifier;
    this.#subscription = session.onDidChange(() => { this.#follow(); }); // prettier-ignore
  }

  /** Takes edits back at once; the offer to undo that is made in a message, which is not waited for. */
  async revert(edits: readonly number[]): Promise<void> {
    const { head } = this.#require();
    const items = edits.map((edit) => this.#shown.get(edit)).filter((item) => item !== undefined);
    const enabled = items.filter(isEnabled).map(({ edit }) => edit);
    const pending: PendingRevert = { id: randomUUID(), folder: head.folder, edits, enabled, undone: false };
    this.#held.add(pending.id);
    this.#shown.hide(edits);
    await this.#remember([...this.#all(), pending]);
    try {
      await this.#switcher.switch('disable', enabled);
    } catch (error) {
      await this.#forget(pending);
      throw error;
    }
    this.#offer(pending);
  }

  /** Writes all that is pending for the open codebook: before it is exported, merged or reverted as a whole. */
  async settle(): Promise<void> {
    for (const pending of this.#ofOpenCodebook()) await this.#settle(pending);
  }

  dispose(): void {
    this.#subscription.dispose();
    for (const clock of this.#clocks.values()) clearTimeout(clock);
  }

  #require(): NonNullable<Session['codebook']> {
    const { codebook } = this.#session;
    if (!codebook) throw new CodedError('bad-argument', vscode.l10n.t('No codebook is open.'));
    const { readOnly } = codebook.head;
    if (readOnly !== null) throw new CodedError('codebook-read-only', readOnly);
    return codebook;
  }

  #offer(pending: PendingRevert): void {
    const end = (): void => void this.#notifier.guard(() => this.#settle(pending));
    this.#clocks.set(pending.id, setTimeout(end, UNDO_OFFER));
    const undo = { title: vscode.l10n.t('Undo'), run: () => this.#undo(pending) };
    const message = vscode.l10n.t('{0} reverted.', describeEdits(pending.edits));
    void this.#notifier.done(message, undo).then(end);
  }

  async #undo(pending: PendingRevert): Promise<void> {
    if (!this.#isPending(pending) || this.#settling.has(pending.id)) {
      await this.#notifier.warn(
        vscode.l10n.t('{0} cannot be brought back any more: the revert is written.', describeEdits(pending.edits)),
      );
      return;
    }
    clearTimeout(this.#clocks.get(pending.id));
    const undone = { ...pending, undone: true };
    await this.#remember(this.#all().map((other) => (other.id === pending.id ? undone : other)));
    await this.#settle(undone);
  }

  /** Ends the offer; what the message and the clock both end is settled once. */
  async #settle(pending: PendingRevert): Promise<void> {
    clearTimeout(this.#clocks.get(pending.id));
    this.#clocks.delete(pending.id);
    this.#held.delete(pending.id);
    const running = this.#settling.get(pending.id) ?? this.#write(pending);
    this.#settling.set(pending.id, running);
    try {
      await running;
    } finally {
      this.#settling.delete(pending.id);
    }
  }

  /** Writes the revert, or enables what was enabled before it. */
  async #write(pending: PendingRevert): Promise<void> {
    const { codebook, engine } = this.#session;
    if (!this.#isPending(pending) || codebook?.head.folder !== pending.folder) return;
    // An engine that was stopped is not started for this; who asks for an undo waits for it.
    if (!engine.running && !pending.undone) return;
    const asked = new Set(pending.edits);
    const there = codebook.items.map(({ edit }) => edit).filter((edit) => asked.has(edit));
    try {
      if (pending.undone) await this.#switcher.switch('enable', pending.enabled);
      else if (there.length > 0) await this.#session.switch('revert', there);
    } catch (error) {
      // The next engine does it.
      if (error instanceof CodedError && error.code === 'connection-closed') return;
      // What cannot be settled is shown as it is, for the person to decide anew.
      await this.#forget(pending);
      throw error;
    }
    await this.#forget(pending);
  }

  /** Settles what an earlier window left, or an engine that was stopped meanwhile, when the codebook is open again. */
  #follow(): void {
    const { codebook, engine } = this.#session;
    if (!codebook || codebook.head.readOnly !== null || !engine.running) return;
    const left = this.#ofOpenCodebook().filter(({ id }) => !this.#held.has(id) && !this.#settling.has(id));
    for (const pending of left) {
      this.#shown.hide(pending.edits);
      void this.#notifier.guard(() => this.#settle(pending));
    }
  }

  async #forget(pending: PendingRevert): Promise<void> {
    this.#held.delete(pending.id);
    await this.#remember(this.#all().filter(({ id }) => id !== pending.id));
    if (this.#session.codebook?.head.folder === pending.folder) this.#shown.unhide(pending.edits);
  }

  #all(): readonly PendingRevert[] {
    return this.#memento.get<readonly PendingRevert[]>(PENDING, []);
  }

  #ofOpenCodebook(): readonly PendingRevert[] {
    const folder = this.#session.codebook?.head.folder;
    return this.#all().filter((pending) => pending.folder === folder);
  }

  #isPending({ id }: PendingRevert): boolean {
    return this.#all().some((pending) => pending.id === id);
  }

  async #remember(pending: readonly PendingRevert[]): Promise<void> {
    await this.#memento.update(PENDING, pending);
  }
}
