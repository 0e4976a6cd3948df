/** Ends a growing text at the first stop string, and holds back what might still become one. */
export class StopStrings {
  readonly #stops: readonly string[];
  #text = '';
  #released = 0;

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop.length > 0);
  }

  /** The whole text so far, cut at the stop string if one was found. */
  get text(): string {
    return this.#text;
  }

  /** Adds a piece; returns what can be shown now and whether the text has ended. */
  push(piece: string): { readonly release: string; readonly ended: boolean } {
    const searchFrom = Math.max(0, this.#text.length - Math.max(0, ...this.#stops.map((stop) => stop.length)));
    this.#text += piece;
    const ends = this.#stops.map((stop) => this.#text.indexOf(stop, searchFrom)).filter((at) => at >= 0);
    if (ends.length > 0) {
      this.#text = this.#text.slice(0, Math.min(...ends));
      return { release: this.#release(this.#text.length), ended: true };
    }
    return { release: this.#release(this.#text.length - this.#pending()), ended: false };
  }

  /** What was still held back when the text ends by itself. */
  flush(): string {
    return this.#release(this.#text.length);
  }

  #release(end: number): string {
    const piece = this.#text.slice(this.#released, end);
    this.#released = Math.max(this.#released, end);
    return piece;
  }

  /** Length of the longest end of the text that begins a stop string. */
  #pending(): number {
    const lengths = this.#stops.map((stop) => {
      for (let length = Math.min(stop.length - 1, this.#text.length); length > 0; length--) {
        if (this.#text.endsWith(stop.slice(0, length))) return length;
      }
      return 0;
    });
    return Math.max(0, ...lengths);
  }
}
