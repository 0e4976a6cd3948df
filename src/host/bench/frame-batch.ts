/** One frame at 60 per second: more often than this a page cannot show anything. */
const FRAME_MILLISECONDS = 16;

/** Collects what comes fast and passes it on once per frame, so that a page gets one event where there would be dozens. */
export class FrameBatch<Item> {
  readonly #pass: (items: readonly Item[]) => void;
  #items: Item[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(pass: (items: readonly Item[]) => void) {
    this.#pass = pass;
  }

  add(item: Item): void {
    this.#items.push(item);
    this.#timer ??= setTimeout(() => {
      this.flush();
    }, FRAME_MILLISECONDS);
  }

  /** Passes on at once what is left. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const items = this.#items;
    this.#items = [];
    if (items.length > 0) this.#pass(items);
  }
}
