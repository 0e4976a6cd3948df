import { CodedError } from '../protocol/coded-error.ts';
import type { EngineApi } from '../protocol/engine-api.ts';
import { connect, type Channel, type Handlers } from '../protocol/rpc.ts';
import { Engine } from './engine.ts';
import { DEFAULT_TRAINING } from './grace/learn-value.ts';
import { isDeviceChoice } from './runtime/device.ts';

/** Length of the outputs an edit shows before and after. */
const SHOWN_TOKENS = 64;

/** The engine as a process of its own: it answers its parent's calls, and ends with it. */
class EngineProcess implements Handlers<EngineApi> {
  #engine: Engine | undefined;

  readonly open: Handlers<EngineApi>['open'] = async ({ model, device, codebook, hook }) => {
    await this.#dispose();
    if (!isDeviceChoice(device)) throw new CodedError('bad-argument', `There is no device ${device}.`);
    const engine = await Engine.open({ model, device, codebook, mode: 'write', replace: hook });
    this.#engine = engine;
    return {
      name: engine.model.model.folder.name,
      architecture: engine.model.model.architecture,
      device: engine.device,
      hook: engine.model.replace.path,
      radius: engine.measuredRadius ?? null,
      edits: engine.codebook?.edits ?? [],
      notices: (engine.codebook?.notices ?? []).map(({ message }) => message),
    };
  };

  readonly generate: Handlers<EngineApi>['generate'] = ({ prompt, ...options }, { signal, progress }) =>
    this.#open().generate(prompt, { ...options, cache: true, signal, onText: (text) => { progress({ text }); } }); // prettier-ignore

  readonly decide: Handlers<EngineApi>['decide'] = ({ prompt }) => this.#open().decide(prompt);

  readonly edit: Handlers<EngineApi>['edit'] = ({ radius, replace, steps, learningRate, ...request }, context) => {
    const engine = this.#open();
    const training = {
      ...DEFAULT_TRAINING,
      steps: steps ?? DEFAULT_TRAINING.steps,
      learningRate: learningRate ?? 'auto',
    } as const;
    const settings = {
      radius: radius ?? engine.measuredRadius ?? 0,
      replace: replace ?? 'replace_last',
      training,
      maxTokens: SHOWN_TOKENS,
    } as const;
    return engine.edit({ ...request, ...settings }, { signal: context.signal, onStep: (step, loss) => { context.progress({ step, loss }); } }); // prettier-ignore
  };

  readonly switch: Handlers<EngineApi>['switch'] = ({ op, edit }) => {
    const { codebook } = this.#open();
    if (!codebook) throw new CodedError('bad-argument', 'There is no codebook.', 'Open the model with one.');
    codebook[op](edit);
    return codebook.edits;
  };

  readonly edits: Handlers<EngineApi>['edits'] = () => this.#open().codebook?.edits ?? [];

  readonly close: Handlers<EngineApi>['close'] = async () => {
    await this.#dispose();
    return null;
  };

  #open(): Engine {
    if (this.#engine) return this.#engine;
    throw new CodedError('bad-argument', 'No model is open.', 'Open one first.');
  }

  async #dispose(): Promise<void> {
    const engine = this.#engine;
    this.#engine = undefined;
    await engine?.dispose();
  }
}

/** The pipe to the parent that `child_process.fork` makes. */
const parent: Channel = {
  send: (message) => process.send?.(message),
  onMessage: (listener) => process.on('message', listener),
  // Without its parent the engine is of no use to anybody.
  onClose: (listener) =>
    process.once('disconnect', () => {
      listener();
      process.exit(0);
    }),
};

connect(parent, new EngineProcess());
