/** Tokens of an output, from `from` to before `to`. */
export interface TokenRange {
  readonly from: number;
  readonly to: number;
}

/** Which tokens of a list are selected; text that is selected with the mouse snaps to them. */
export class TokenSelection {
  #range: TokenRange | null = null;
  /** Where the keyboard began to select. */
  #anchor: number | null = null;

  get range(): TokenRange | null {
    return this.#range;
  }

  /** False when that is what is selected already. */
  set(range: TokenRange | null): boolean {
    if (range === null) this.#anchor = null;
    if (range?.from === this.#range?.from && range?.to === this.#range?.to) return false;
    this.#range = range;
    return true;
  }

  /** The range from where selecting began to a token, both included. */
  extended(active: number, to: number): TokenRange {
    document.getSelection()?.removeAllRanges();
    const anchor = this.#anchor ?? (this.#range ? this.#range.from : active);
    this.#anchor = anchor;
    return { from: Math.min(anchor, to), to: Math.max(anchor, to) + 1 };
  }

  /** The tokens that the document's selection touches; undefined when it has nothing to do with the list. */
  ofDocument(list: HTMLElement, items: readonly HTMLElement[]): TokenRange | null | undefined {
    const selection = document.getSelection();
    if (!selection || selection.rangeCount === 0) return undefined;
    const range = selection.getRangeAt(0);
    if (!range.intersectsNode(list) || !list.contains(selection.anchorNode)) return undefined;
    if (selection.isCollapsed) return null;
    const from = items.findIndex((item) => reaches(range, item));
    const to = items.findLastIndex((item) => reaches(range, item)) + 1;
    return from >= 0 && to > from ? { from, to } : null;
  }
}

/** Whether a range holds at least a part of an item's text, not only a point at its edge. */
function reaches(range: Range, item: HTMLElement): boolean {
  const text = item.firstChild;
  if (!text || !range.intersectsNode(text)) return false;
  const length = text.textContent?.length ?? 0;
  const startsAfter = range.startContainer === text && range.startOffset === length;
  const endsBefore = range.endContainer === text && range.endOffset === 0;
  return !startsAfter && !endsBefore;
}
