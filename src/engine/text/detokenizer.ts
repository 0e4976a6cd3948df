import { CodedError } from '../../protocol/coded-error.ts';
import { isJsonObject, type JsonObject } from './json-file.ts';

/**
 * One step from tokens to text, as a stream: pieces go in one at a time, and come out as soon as they are final.
 *
 * Whatever comes out, put together, is what the Rust library `tokenizers` gives for all pieces at once; its decoders are
 * the specification (tokenizers/src/decoders, version 0.23).
 */
export interface DecodeStage {
  push(piece: string): readonly string[];
  /** What was held back; the stage may be used further, but not at the beginning of a text again. */
  flush(): readonly string[];
}

/** Makes the stages of one text. */
export type Detokenizer = () => readonly DecodeStage[];

/** Puts `pieces` through all stages; with `flush`, what they held back as well. */
export function runStages(stages: readonly DecodeStage[], pieces: readonly string[], flush = false): string {
  let current = pieces;
  for (const stage of stages) {
    const done = current.flatMap((piece) => stage.push(piece));
    current = flush ? [...done, ...stage.flush()] : done;
  }
  return current.join('');
}

/**
 * The stages that the `decoder` of a tokenizer.json asks for.
 *
 * @throws CodedError `tokenizer-unsupported` naming the part that is not supported.
 */
export function readDecoder(decoder: unknown): Detokenizer {
  const makers: (() => DecodeStage)[] = [];
  let fused = false;
  for (const part of flatten(decoder)) {
    const type = part['type'];
    makers.push(stageMaker(part, fused));
    fused ||= type === 'Fuse' || type === 'ByteLevel';
  }
  return () => makers.map((make) => make());
}

const NO_DECODER: JsonObject = { type: 'Spaces' };

function flatten(decoder: unknown): readonly JsonObject[] {
  if (decoder === null || decoder === undefined) return [NO_DECODER];
  if (!isJsonObject(decoder)) throw unsupported('a decoder that is no object');
  if (decoder['type'] !== 'Sequence') return [decoder];
  const parts: unknown = decoder['decoders'];
  if (!Array.isArray(parts) || !parts.every(isJsonObject)) throw unsupported('a decoder Sequence without decoders');
  return parts;
}

function stageMaker(part: JsonObject, fused: boolean): () => DecodeStage {
  switch (part['type']) {
    case 'ByteLevel':
      return byteLevel;
    case 'ByteFallback':
      return byteFallback;
    case 'Fuse':
      return () => eachPiece((piece) => piece);
    case 'Spaces':
      return () => eachPiece((piece, first) => (first ? piece : ` ${piece}`));
    case 'Metaspace':
      return metaspace(part);
    case 'WordPiece':
      return wordPiece(part);
    case 'Replace':
      return replace(part, fused);
    case 'Strip':
      return strip(part, fused);
    default:
      throw unsupported(typeof part['type'] === 'string' ? `the decoder ${part['type']}` : 'a decoder without a type');
  }
}

/** A stage that keeps nothing back; `first` is true for the first piece of the text. */
function eachPiece(change: (piece: string, first: boolean) => string): DecodeStage {
  let first = true;
  return {
    push: (piece) => {
      const text = change(piece, first);
      first = false;
      return [text];
    },
    flush: () => [],
  };
}

function metaspace(part: JsonObject): () => DecodeStage {
  const mark = part['replacement'] ?? '▁';
  if (typeof mark !== 'string' || mark === '') throw unsupported('a decoder Metaspace without a replacement');
  const prefixed = part['prepend_scheme'] !== 'never';
  return () => eachPiece((piece, first) => piece.replaceAll(mark, first && prefixed ? '' : ' '));
}

const CLEANUPS = [' .', ' ?', ' !', ' ,', " ' ", " n't", " 'm", " 's", " 've", " 're"] as const;

function wordPiece(part: JsonObject): () => DecodeStage {
  const { prefix = '##', cleanup = true } = part;
  if (typeof prefix !== 'string') throw unsupported('a decoder WordPiece without a prefix');
  const clean = (text: string): string => CLEANUPS.reduce((t, wide) => t.replaceAll(wide, wide.trim()), text);
  return () =>
    eachPiece((piece, first) => {
      const continues = piece.startsWith(prefix);
      const text = first ? piece : continues ? piece.slice(prefix.length) : ` ${piece}`;
      return cleanup === true ? clean(text) : text;
    });
}

function replace(part: JsonObject, fused: boolean): () => DecodeStage {
  const pattern = isJsonObject(part['pattern']) ? part['pattern']['String'] : undefined;
  const content = part['content'];
  if (typeof pattern !== 'string' || pattern === '' || typeof content !== 'string') {
    throw unsupported('a decoder Replace with another pattern than a text');
  }
  if (fused && pattern.length > 1) throw unsupported('a decoder Replace across tokens');
  return () => eachPiece((piece) => piece.replaceAll(pattern, () => content));
}

function strip(part: JsonObject, fused: boolean): () => DecodeStage {
  const { content, start, stop } = part;
  if (typeof content !== 'string' || typeof start !== 'number' || typeof stop !== 'number') {
    throw unsupported('a decoder Strip without content, start and stop');
  }
  if (fused && stop > 0) throw unsupported('a decoder Strip at the end of a text');
  if (fused) return () => stripTextStart(content, start);
  return () => eachPiece((piece) => cutEnd(piece.slice(countStart(piece, content, start)), content, stop));
}

function stripTextStart(content: string, start: number): DecodeStage {
  let left = start;
  return {
    push: (piece) => {
      const cut = countStart(piece, content, left);
      left = cut < piece.length ? 0 : left - cut;
      return [piece.slice(cut)];
    },
    flush: () => [],
  };
}

function countStart(text: string, content: string, most: number): number {
  let count = 0;
  while (count < most && text[count] === content) count++;
  return count;
}

function cutEnd(text: string, content: string, most: number): string {
  let end = text.length;
  while (text.length - end < most && text[end - 1] === content) end--;
  return text.slice(0, end);
}

/** GPT-2's bytes_to_unicode backwards: each byte of a token is written as one visible character. */
const BYTE_OF = new Map<string, number>(
  Array.from({ length: 256 }, (_, byte) => byte)
    .sort((a, b) => Number(isVisible(b)) - Number(isVisible(a)) || a - b)
    .map((byte, i) => [String.fromCharCode(isVisible(byte) ? byte : 256 + i - 188), byte]),
);

// 188 bytes stand for themselves; the others follow as U+0100 and on.
function isVisible(byte: number): boolean {
  return (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
}

/** The bytes that a token of a byte-level vocabulary stands for; an added token stands for its own text. */
export function byteLevelBytes(token: string): Uint8Array {
  const bytes = Array.from(token, (char) => BYTE_OF.get(char));
  return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : new TextEncoder().encode(token);
}

function byteLevel(): DecodeStage {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    push: (piece) => [decoder.decode(byteLevelBytes(piece), { stream: true })],
    flush: () => [decoder.decode()],
  };
}

/** Tokens `<0xE2>` are bytes; a run of them that is not valid UTF-8 as a whole becomes one U+FFFD a byte. */
function byteFallback(): DecodeStage {
  let run: number[] = [];
  const flush = (): readonly string[] => {
    const bytes = Uint8Array.from(run);
    run = [];
    try {
      return [new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)];
    } catch {
      return ['\uFFFD'.repeat(bytes.length)];
    }
  };
  return {
    push: (piece) => {
      if (!isByteToken(piece)) return [...flush(), piece];
      run.push(parseInt(piece.slice(3, 5), 16));
      return [];
    },
    flush,
  };
}

/** Whether a token of a vocabulary with byte fallback is one byte, as in `<0xE2>`. */
export function isByteToken(token: string): boolean {
  return /^<0x[0-9A-Fa-f]{2}>$/.test(token);
}

function unsupported(what: string): CodedError {
  return new CodedError(
    'tokenizer-unsupported',
    `The tokenizer uses ${what}, which is not supported.`,
    'Use a model whose tokenizer.json has one of the usual decoders.',
  );
}
