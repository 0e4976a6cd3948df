import { existsSync } from 'node:fs';
import path from 'node:path';

import { CodedError } from '../protocol/coded-error.ts';
import type { Decision } from '../protocol/decision.ts';
import type { DeviceInUse } from '../protocol/device.ts';
import type { EditResult } from '../protocol/edit-result.ts';
import type { EditSuggestions } from '../protocol/edit-suggestions.ts';
import type { Classification } from '../protocol/classification.ts';
import type { Generation, Score } from '../protocol/generation.ts';
import type { Prompt } from '../protocol/prompt.ts';
import type { EditOutline, RouterState } from '../protocol/router-state.ts';
import { radiusOf, STRICTNESS } from '../protocol/two-part.ts';
import { calibrationState } from './calibrate-model.ts';
import { deviceToUse, insteadOf } from './device-use.ts';
import { answer, type Answer } from './generation/answer.ts';
import { classify } from './generation/classify.ts';
import { fillMasks } from './generation/fill-masks.ts';
import { generate, type GenerationOptions } from './generation/generate.ts';
import { readPrompt } from './generation/prefill.ts';
import { promptTokens } from './generation/prompt-tokens.ts';
import { scoreAnswer } from './generation/score-answer.ts';
import { UNSTEERED, type Steering } from './generation/steering.ts';
import type { Tokens } from './generation/tokens.ts';
import { CodebookFolder, type OpenMode } from './grace/codebook-folder.ts';
import { MANIFEST_FILE, refuseOtherFiles } from './grace/codebook-layout.ts';
import { Editor, type EditPreview, type EditRequest } from './grace/editor.ts';
import { makeLesson } from './grace/lesson.ts';
import type { LearningWatch } from './grace/learn-value.ts';
import { checkIdentity, checkModel, readManifest, type CodebookIdentity } from './grace/manifest.ts';
import { measureRadius } from './grace/measure-radius.ts';
import { EuclideanRouter, type Query, type Router } from './grace/router.ts';
import { routerNamed, type RouterName } from './grace/router-names.ts';
import { RECIPE } from './grace/two-part/calibration.ts';
import { TwoPartRouter } from './grace/two-part/two-part-router.ts';
import { keyNameOf, type KeyName } from './key-name.ts';
import type { NetworkKind } from './models/family.ts';
import { HookedModel, type Hooks } from './models/hooked-model.ts';
import { chooseRouter, euclideanHooks, twoPartHooks } from './router-choice.ts';
import type { Precision } from './models/model-files.ts';
import { Model } from './models/model.ts';
import type { Device, DeviceChoice } from './runtime/device.ts';
import type { TextTokenizer } from './text/tokenizer.ts';

export interface EngineOptions {
  readonly model: string;
  readonly device: DeviceChoice;
  /** How quantised weights are computed with; `auto` where absent. */
  readonly precision?: Precision | undefined;
  /** Folder of a codebook. */
  readonly codebook?: string | undefined;
  /** read: it must be there; write, auto: it is made if it is not there. */
  readonly mode: OpenMode;
  /** Module whose output is replaced; the codebook's own, or the default, when absent. */
  readonly replace?: string | undefined;
  /** Of a codebook that is made: e_init of edits that say nothing of it; measured when absent. */
  readonly radius?: number | undefined;
  /** Who decides which edit fires; the codebook's own, or two-part where the model is calibrated for it, when absent. */
  readonly router?: RouterName | undefined;
  /** Hook point where keys are read; the codebook's own, or the input of the replaced module, when absent. */
  readonly key?: KeyName | undefined;
}

/** Settings of a generation that the engine does not know itself. */
export type GenerateOptions = Omit<GenerationOptions, 'endIds'> & { readonly edits: boolean };

/** A model made ready, with its tokenizer and, if there is one, its codebook: what the command line and the engine process use. */
export class Engine {
  readonly device: DeviceInUse & { readonly used: Device };
  readonly model: HookedModel;
  readonly tokenizer: TextTokenizer;
  readonly codebook: CodebookFolder | undefined;
  readonly endIds: ReadonlySet<number>;
  readonly #router: Router;
  readonly #editor: Editor | undefined;

  private constructor(
    device: DeviceInUse & { readonly used: Device },
    model: HookedModel,
    tokenizer: TextTokenizer,
    router: Router,
    codebook: CodebookFolder | undefined,
  ) {
    this.device = device;
    this.model = model;
    this.tokenizer = tokenizer;
    this.codebook = codebook;
    this.endIds = endIds(model.model, tokenizer);
    this.#router = router;
    this.#editor = codebook && new Editor(model, tokenizer, router, codebook, this.endIds);
  }

  /** Throws CodedErrors for whatever is wrong with the model, the hook, the codebook or the device. */
  static async open(options: EngineOptions): Promise<Engine> {
    const description = new Model(options.model, { precision: options.precision });
    const tokenizer = description.loadTokenizer();
    const there = options.codebook !== undefined && existsSync(path.join(options.codebook, MANIFEST_FILE));
    // A codebook says where it was made for; what the user says besides must agree with it, or is refused below.
    const wanted = options.codebook !== undefined && (there || options.mode === 'read');
    const saved = wanted ? readManifest(options.codebook) : undefined;
    if (saved) checkModel(saved.model, identityOfModel(description));
    const replace = options.replace ?? saved?.hook.replace;
    const choice = chooseRouter(options, saved?.router, description, tokenizer);
    const hooks =
      choice.name === 'two-part' ? twoPartHooks(description, replace) : euclideanHooks(options.key, replace, saved);
    const { model, device } = await openModel(description, options.device, hooks);
    try {
      const router =
        choice.name === 'two-part'
          ? new TwoPartRouter(choice.calibration, tokenizer, description.decoder)
          : new EuclideanRouter(model.keys[0]!);
      const codebook =
        options.codebook === undefined
          ? undefined
          : await openCodebook(options.codebook, options, there, model, tokenizer, router);
      return new Engine(device, model, tokenizer, router, codebook);
    } catch (error) {
      await model.dispose();
      throw error;
    }
  }

  /** Where keys are read. */
  get keyName(): string {
    return keyNameOf(this.model);
  }

  /** Who decides which edit fires. */
  get router(): RouterName {
    return routerNamed(this.#router.name);
  }

  /** Who decides, and what the model is calibrated for. */
  get routerState(): RouterState {
    return { inUse: this.router, ...calibrationState(this.model.model, this.tokenizer) };
  }

  /** What an edit of a prompt is taken to be about; null with GRACE's own router. */
  outline(prompt: Prompt, subject?: string): EditOutline | null {
    return this.#router.outline(prompt, subject, this.#open().codebook);
  }

  /** The score that the size of the codebook asks for at least, for prompts of a kind; null with GRACE's own router. */
  floor(kind: Prompt['kind']): number | null {
    return this.#router instanceof TwoPartRouter ? this.#router.floor(this.#open().codebook, kind) : null;
  }

  /** The radius that was measured for the codebook's hook point. */
  get measuredRadius(): number | undefined {
    return this.codebook?.manifest.radius.radius;
  }

  /** How the codebook, where there is one, steers generation from a prompt. */
  steering(prompt: Prompt): Steering {
    return this.#editor ? this.#editor.steering(prompt) : UNSTEERED;
  }

  /** Text that answers a prompt, or the words at its masks. Throws `bad-argument` for a classifier, which does not write. */
  async generate(prompt: Prompt, { edits, ...options }: GenerateOptions): Promise<Generation> {
    const tokens = this.tokensOf(prompt);
    const steering = this.#steering(prompt, edits);
    switch (this.kind) {
      case 'classifier':
        throw new CodedError(
          'bad-argument',
          'This model tells classes and does not write text.',
          'Ask it for the class.',
        );
      case 'masked': {
        const filled = await fillMasks(this.model, this.tokenizer, tokens, steering);
        options.onDecision?.(filled.decision);
        for (const token of filled.tokens) options.onToken?.(token);
        options.onText?.(filled.text);
        return filled;
      }
      case 'causal':
      case 'encoder-decoder':
        return generate(this.model, this.tokenizer, tokens, steering, { ...options, endIds: this.endIds });
    }
  }

  /** The class of a text, with the probability of each. Throws `bad-argument` for a model that tells no classes. */
  async classify(prompt: Prompt, edits: boolean): Promise<Classification> {
    if (this.kind !== 'classifier')
      throw new CodedError('bad-argument', 'This model tells no classes.', 'Ask it for text.');
    return classify(this.model, this.tokensOf(prompt), this.#steering(prompt, edits));
  }

  /** What the model says, whatever its kind, as text. */
  async answer(prompt: Prompt, { edits, ...options }: GenerateOptions): Promise<Answer> {
    const tokens = this.tokensOf(prompt);
    return answer(this.model, this.tokenizer, tokens, this.#steering(prompt, edits), {
      ...options,
      endIds: this.endIds,
    });
  }

  /** How likely the model finds an answer: what follows the prompt, the words at its masks, or its class. */
  async score(prompt: Prompt, given: string, edits: boolean): Promise<Score> {
    const { network } = this.model.model;
    const options = { ends: false, endIds: this.endIds };
    const { prompt: tokens, targetIds } = makeLesson(network, this.tokenizer, prompt, given, options);
    return scoreAnswer(this.model, this.tokenizer, tokens, targetIds, this.#steering(prompt, edits));
  }

  /** Whether an edit with this label has taught the answer to end; a class and the words at masks always do. */
  endsWith(label: readonly number[]): boolean {
    return this.kind === 'classifier' || this.kind === 'masked' || this.endIds.has(label.at(-1)!);
  }

  get kind(): NetworkKind {
    return this.model.model.network.kind;
  }

  /** Which entry would fire, and why, without generating. */
  async decide(prompt: Prompt): Promise<Decision> {
    return this.#router.decide(await this.#query(prompt), this.#open().codebook);
  }

  /** What a prompt is compared with keys by. (d_in) */
  async query(prompt: Prompt): Promise<Float32Array> {
    return (await this.#query(prompt)).vector;
  }

  edit(request: EditRequest, watch?: LearningWatch): Promise<EditResult> {
    return this.#requireEditor().edit(request, watch);
  }

  preview(request: EditRequest): Promise<EditPreview> {
    return this.#requireEditor().preview(request);
  }

  /** What may be said of an edit beside its prompt: who it is about, and prompts that must not fire it. */
  suggest(prompt: Prompt, subject?: string): Promise<EditSuggestions> {
    return this.#requireEditor().suggest(prompt, subject);
  }

  async dispose(): Promise<void> {
    this.codebook?.close();
    await this.model.dispose();
  }

  /** A prompt as the model reads it. */
  tokensOf(prompt: Prompt): Tokens {
    return promptTokens(this.model.model.network, this.tokenizer, prompt);
  }

  async #query(prompt: Prompt): Promise<Query> {
    return this.#router.query(prompt, await readPrompt(this.model, this.tokensOf(prompt)));
  }

  #steering(prompt: Prompt, edits: boolean): Steering {
    return edits ? this.steering(prompt) : UNSTEERED;
  }

  #open(): CodebookFolder {
    if (this.codebook) return this.codebook;
    throw new CodedError('bad-argument', 'There is no codebook.', 'Name its folder with --codebook.');
  }

  #requireEditor(): Editor {
    this.#open();
    return this.#editor!;
  }
}

/** The model on the device that was asked for, or on the CPU where that cannot be. */
async function openModel(
  description: Model,
  choice: DeviceChoice,
  hooks: Hooks,
): Promise<{ readonly model: HookedModel; readonly device: DeviceInUse & { readonly used: Device } }> {
  const device = await deviceToUse(choice, description);
  try {
    return { model: await HookedModel.open(description, device.used, hooks), device };
  } catch (error) {
    const instead = insteadOf(choice, error);
    if (!instead || instead.used === device.used) throw error;
    return { model: await HookedModel.open(description, instead.used, hooks), device: instead };
  }
}

async function openCodebook(
  folder: string,
  { mode, radius: chosen }: Pick<EngineOptions, 'mode' | 'radius'>,
  there: boolean,
  model: HookedModel,
  tokenizer: TextTokenizer,
  router: Router,
): Promise<CodebookFolder> {
  const identity = identityOf(model, router);
  if (!there && mode !== 'read') {
    if (existsSync(folder)) refuseOtherFiles(folder); // before the measurement, which takes a while
    const radius =
      router instanceof TwoPartRouter
        ? { radius: radiusOf(STRICTNESS.balanced) }
        : chosen !== undefined
          ? { radius: chosen }
          : await measureRadius(model, router, tokenizer);
    return CodebookFolder.create(folder, { ...identity, radius: { ...radius } }, mode);
  }
  checkIdentity(readManifest(folder), identity);
  return CodebookFolder.open(folder, mode);
}

/** What a codebook made with this model, hook and router is for. */
function identityOf(model: HookedModel, router: Router): CodebookIdentity {
  return {
    model: identityOfModel(model.model),
    hook: { replace: model.replace.path, key: keyNameOf(model) },
    router: router.name,
    ...(router instanceof TwoPartRouter ? { calibration: RECIPE } : {}),
    dIn: router.size,
    dOut: model.replace.size,
  };
}

const identityOfModel = ({ folder, architecture, fingerprint }: Model): CodebookIdentity['model'] => ({
  name: folder.name,
  architecture,
  fingerprint,
});

/** End tokens: generation_config.json's, config.json's, or the tokenizer's. */
export function endIds({ folder }: Model, tokenizer: TextTokenizer): ReadonlySet<number> {
  const listed: unknown =
    folder.generationConfig?.['eos_token_id'] ?? folder.config['eos_token_id'] ?? tokenizer.eosId ?? [];
  return new Set(
    [listed].flat().filter((id): id is number => typeof id === 'number' && Number.isSafeInteger(id) && id >= 0),
  );
}
