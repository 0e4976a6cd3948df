import type { Score } from '../../protocol/generation.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import type { TextTokenizer } from '../text/tokenizer.ts';
import { scoreClass } from './classify.ts';
import { scoreMasks } from './fill-masks.ts';
import { score } from './score.ts';
import type { Steering } from './steering.ts';
import type { Tokens } from './tokens.ts';

/** How likely any model finds an answer: token ids that follow or that stand at masks, or the number of a class. */
export function scoreAnswer(
  model: HookedModel,
  tokenizer: TextTokenizer,
  prompt: Tokens,
  ids: readonly number[],
  steering: Steering,
): Promise<Score> {
  switch (model.model.network.kind) {
    case 'causal':
    case 'encoder-decoder':
      return score(model, tokenizer, prompt, ids, steering);
    case 'masked':
      return scoreMasks(model, tokenizer, prompt, ids, steering);
    case 'classifier':
      return scoreClass(model, prompt, ids[0]!, steering);
  }
}
