import { runStages, type DecodeStage, type Detokenizer } from './detokenizer.ts';

/** What turning ids into text needs of a tokenizer. */
export interface TokenSource {
  readonly detokenizer: Detokenizer;
  /** The token as the vocabulary spells it; undefined for an id without one (models may have more rows than tokens). */
  token(id: number): string | undefined;
  isSpecial(id: number): boolean;
}

export interface DecodeOptions {
  /** Leave out tokens like `<s>`; true unless said otherwise. */
  readonly skipSpecialTokens?: boolean;
}

/**
 * Turns token ids into text as they come, never splitting a character.
 *
 * All texts that {@link push} and {@link flush} return, put together, are the tokenizer's `decode` of all ids. After a
 * prompt they continue its text, so that a leading space is kept. A token costs the same however long the text is.
 */
export class StreamDecoder {
  private readonly source: TokenSource;
  private readonly stages: readonly DecodeStage[];
  private readonly skipSpecialTokens: boolean;

  constructor(
    source: TokenSource,
    promptIds: readonly number[] = [],
    { skipSpecialTokens = true }: DecodeOptions = {},
  ) {
    this.source = source;
    this.stages = source.detokenizer();
    this.skipSpecialTokens = skipSpecialTokens;
    for (const id of promptIds) this.push(id);
    this.flush();
  }

  /**
   * The text that `id` makes final: '' while bytes of a character are missing, and with byte fallback (`<0xE2>`) until
   * the run of byte tokens ends, because only the whole run tells whether it is text.
   */
  push(id: number): string {
    const token = this.source.token(id);
    if (token === undefined || (this.skipSpecialTokens && this.source.isSpecial(id))) return '';
    return runStages(this.stages, [token]);
  }

  /** What is still held back; an unfinished character becomes U+FFFD. */
  flush(): string {
    return runStages(this.stages, [], true);
  }
}
