import type { MethodName } from '../../protocol/evaluation.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { UNSTEERED } from '../generation/steering.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import { targetOf } from './answer.ts';
import type { Item } from './material.ts';
import type { Asking, EditTrace, Method, Workbench } from './method.ts';

/** The model as it is. */
export class Unedited implements Method {
  readonly name: MethodName = 'none';
  readonly keys = null;
  readonly mayBreak = false;
  readonly onlyPutsIn = false;
  protected readonly model: HookedModel;

  constructor(model: HookedModel) {
    this.model = model;
  }

  edit(): Promise<EditTrace> {
    return Promise.resolve({ steps: 0 });
  }

  ask(item: Item, history?: readonly Item[]): Asking;
  ask({ prompt }: Item): Asking {
    return { model: this.model, steering: UNSTEERED, prompt };
  }

  /** All edits are in force, as there is nothing to them. */
  resume(): Promise<number> {
    return Promise.resolve(Infinity);
  }

  save(): void {
    // Nothing to keep.
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * The fact put before the prompt. It is told which fact a prompt is about: its own edit's, for the edited prompts and their other
 * wordings; for all other prompts it is the latest edit. A fact that does not fit the context is left out.
 */
export class InContext extends Unedited {
  override readonly name = 'in-context';
  readonly #bench: Workbench;

  constructor(model: HookedModel, bench: Workbench) {
    super(model);
    this.#bench = bench;
  }

  override ask(item: Item, history: readonly Item[]): Asking {
    const unedited = super.ask(item);
    const fact = history.findLast((edit) => edit.fact === item.fact) ?? history.at(-1);
    if (!fact) return unedited;
    const told = `${textOf(fact.prompt)} ${fact.targets[0]!}`;
    const prompt: Prompt = { kind: 'text', text: `${told}\n${textOf(item.prompt)}` };
    const { prompt: tokens, targetIds } = targetOf(this.#bench, prompt, item.targets[0]!);
    const fits = tokens.ids.length + targetIds.length <= this.model.model.network.contextLength;
    return fits ? { ...unedited, prompt } : unedited;
  }
}

const textOf = (prompt: Prompt): string => (prompt.kind === 'text' ? prompt.text : prompt.messages.at(-1)!.content);
