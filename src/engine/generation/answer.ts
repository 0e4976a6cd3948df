import type { Decision } from '../../protocol/decision.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import type { TextTokenizer } from '../text/tokenizer.ts';
import { classify } from './classify.ts';
import { fillMasks } from './fill-masks.ts';
import { generate, type GenerationOptions } from './generate.ts';
import type { Steering } from './steering.ts';
import type { Tokens } from './tokens.ts';

/** What any model says of a prompt, as text: what it generates, the name of the class, or the words at the masks. */
export interface Answer {
  readonly text: string;
  /** Its token ids, the one that ends it among them; or the number of the class. */
  readonly ids: readonly number[];
  readonly decision: Decision;
  /** False where it was cancelled before its end. */
  readonly complete: boolean;
}

export async function answer(
  model: HookedModel,
  tokenizer: TextTokenizer,
  prompt: Tokens,
  steering: Steering,
  options: GenerationOptions,
): Promise<Answer> {
  switch (model.model.network.kind) {
    case 'causal':
    case 'encoder-decoder': {
      const { text, tokens, decision, finish } = await generate(model, tokenizer, prompt, steering, options);
      return { text, ids: idsOf(tokens), decision, complete: finish !== 'cancelled' };
    }
    case 'masked': {
      const { text, tokens, decision } = await fillMasks(model, tokenizer, prompt, steering);
      return { text, ids: idsOf(tokens), decision, complete: true };
    }
    case 'classifier': {
      const { label, classes, decision } = await classify(model, prompt, steering);
      return { text: label, ids: [classes[0]!.id], decision, complete: true };
    }
  }
}

const idsOf = (tokens: readonly { readonly id: number }[]): readonly number[] => tokens.map(({ id }) => id);
