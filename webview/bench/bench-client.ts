import type { BenchHostApi, BenchInput, BenchPageApi } from '../../src/protocol/bench-api.ts';
import { applyBenchEvent, type BenchEvent, type BenchState } from '../../src/protocol/bench-state.ts';
import { reportError } from '../../src/protocol/coded-error.ts';
import { connect, type Channel, type Handlers, type Remote } from '../../src/protocol/rpc.ts';

type Method = Exclude<keyof BenchHostApi, 'state' | 'change'>;

/** Who shows the state. */
export interface BenchViewer {
  show(state: BenchState): void;
  focusField(field: 'prompt' | 'target'): void;
}

/** The page's copy of the state, and the way to the host that owns it. */
export class BenchClient {
  readonly #viewer: BenchViewer;
  readonly #host: Remote<BenchHostApi>;
  #state: BenchState | null = null;
  #unsent: BenchInput = {};
  #telling = false;
  #asking = false;

  constructor(channel: Channel, viewer: BenchViewer) {
    this.#viewer = viewer;
    const handlers: Handlers<BenchPageApi> = {
      event: (event) => this.#take(event),
      focus: ({ field }) => {
        viewer.focusField(field);
        return null;
      },
    };
    this.#host = connect<BenchHostApi>(channel, handlers);
    const flush = (): void => {
      this.flush();
    };
    for (const leaving of ['blur', 'pagehide'] as const) window.addEventListener(leaving, flush);
    document.addEventListener('visibilitychange', flush);
  }

  /** Asks for the whole state, when the page begins and when an event was lost. */
  async ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    this.flush();
    try {
      this.#show(await this.#host.state(null));
    } finally {
      this.#asking = false;
    }
  }

  /**
   * What the person writes shows at once, and is told at once, since the page can be gone in a moment. While the host has not
   * answered, what is written gathers.
   */
  write(input: BenchInput): void {
    if (!this.#state) return;
    this.#unsent = { ...this.#unsent, ...input };
    if (!this.#telling) this.flush();
    this.#show({
      ...this.#state,
      ...(input.prompt && { prompt: input.prompt }),
      ...(input.settings && { settings: input.settings }),
      // What was checked was another edit.
      ...(input.draft && { draft: input.draft, preview: null }),
    });
  }

  /** Tells the host what it does not know yet. */
  flush(): void {
    const input = this.#unsent;
    this.#unsent = {};
    if (Object.keys(input).length > 0) void this.#tell(input);
  }

  async #tell(input: BenchInput): Promise<void> {
    this.#telling = true;
    await this.#answered(this.#host.change(input));
    this.#telling = false;
    this.flush();
  }

  /** Asks the host to do something; resolves when it has been done, or has failed: the state says which. */
  async call<Name extends Method>(name: Name, params: Parameters<BenchHostApi[Name]>[0]): Promise<void> {
    this.flush();
    const method = this.#host[name] as (params: Parameters<BenchHostApi[Name]>[0]) => Promise<null>;
    await this.#answered(method(params));
  }

  async #answered(answer: Promise<null>): Promise<void> {
    try {
      await answer;
    } catch (error) {
      if (this.#state) this.#show({ ...this.#state, problem: reportError(error) });
    }
  }

  #take(event: BenchEvent): null {
    // Before the first state, and while another is on its way, events are in what will come.
    if (!this.#state || this.#asking) return null;
    const next = applyBenchEvent(this.#state, event);
    if (next) this.#show(next);
    else void this.ask();
    return null;
  }

  #show(state: BenchState): void {
    this.#state = state;
    this.#viewer.show(state);
  }
}
