/** Seconds over which speed is measured: old enough to be steady, young enough to follow. */
const WINDOW = 30;

/** Estimates the time that is left from how fast work was done lately. */
export class TimeLeft {
  readonly #now: () => number;
  #marks: { readonly at: number; readonly done: number }[] = [];

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Takes note of how much is done; the seconds that the rest takes, or null while too little is known. */
  after(done: number, of: number): number | null {
    const at = this.#now();
    const last = this.#marks.at(-1);
    // What an earlier run has done is reported at once: it says nothing about speed.
    if (!last || done < last.done) this.#marks = [];
    this.#marks.push({ at, done });
    while (this.#marks.length > 2 && at - this.#marks[0]!.at > WINDOW * 1000) this.#marks.shift();
    const first = this.#marks[0]!;
    const seconds = (at - first.at) / 1000;
    return seconds < 1 || done === first.done ? null : ((of - done) * seconds) / (done - first.done);
  }
}
