import * as huggingFace from '@huggingface/tokenizers';
import { CodedError } from '../../protocol/coded-error.ts';
import { withinTime } from './time-limit.ts';
import type { TokenizerDefinition } from './tokenizer-definition.ts';

/** What is used of @huggingface/tokenizers, whose own declarations TypeScript cannot resolve (imports without `.js`). */
interface Library {
  readonly model: { readonly vocab: readonly (string | undefined)[] };
  token_to_id(token: string): number | undefined;
  encode(text: string, options: LibraryOptions): { readonly ids: unknown[]; readonly token_type_ids?: number[] };
}

interface LibraryOptions {
  readonly text_pair: string | null;
  readonly add_special_tokens: boolean;
  readonly return_token_type_ids: boolean;
}

const Library = huggingFace.Tokenizer as unknown as new (definition: object, config: object) => Library;

export interface Encoding {
  readonly ids: number[];
  /** For each id, which of two texts it is of. */
  readonly typeIds: number[];
}

// Patterns come with the model and can take for ever; a hundred kilobytes of ordinary text take a fraction of a second.
const MAX_MILLISECONDS = 6_000;

/** The part of @huggingface/tokenizers that turns text into ids, on untrusted definitions. */
export class TokenizerLibrary {
  /** The token of each id, added ones included. */
  readonly tokens: readonly (string | undefined)[];
  private readonly library: Library;
  private readonly hasPatterns: boolean;

  /** @throws Error for a definition that the library cannot use. */
  constructor(definition: TokenizerDefinition) {
    // Without tokenizer_config.json: the library changes by it what tokenizer.json says. Decoding is not its task here.
    this.library = new Library({ ...definition, decoder: null }, {});
    this.tokens = this.library.model.vocab;
    this.hasPatterns = definition.hasPatterns;
  }

  idOf(token: string): number | undefined {
    return this.library.token_to_id(token);
  }

  /** @throws CodedError `tokenizer-unsupported` when a part of the text has no id, or when it takes too long. */
  encode(text: string, pair: string | null, addSpecialTokens: boolean): Encoding {
    const options = { text_pair: pair, add_special_tokens: addSpecialTokens, return_token_type_ids: true };
    const { ids, token_type_ids } = this.guarded(() => this.library.encode(text, options));
    if (ids.every((id) => typeof id === 'number')) return { ids, typeIds: token_type_ids ?? ids.map(() => 0) };
    throw cannotEncode('it has no token for a part of it, and none for unknown parts');
  }

  // A time limit costs a quarter of a millisecond, ten times what a short text takes.
  private guarded<T>(work: () => T): T {
    try {
      return this.hasPatterns ? withinTime(MAX_MILLISECONDS, work) : work();
    } catch (error) {
      throw cannotEncode(error instanceof Error ? error.message : String(error));
    }
  }
}

function cannotEncode(reason: string): CodedError {
  return new CodedError(
    'tokenizer-unsupported',
    `The tokenizer cannot encode this text: ${reason}.`,
    'Try another text; if none works, tokenizer.json is at fault.',
    { reason },
  );
}
