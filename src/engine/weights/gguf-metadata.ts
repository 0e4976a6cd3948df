import { decodeText, GgufFault, type GgufCursor } from './gguf-cursor.ts';

/** Types of metadata values by number (gguf.md, enum gguf_metadata_value_type), with their bytes; 0 where it varies. */
const TYPES = [
  ['uint8', 1],
  ['int8', 1],
  ['uint16', 2],
  ['int16', 2],
  ['uint32', 4],
  ['int32', 4],
  ['float32', 4],
  ['bool', 1],
  ['text', 0],
  ['list', 0],
  ['uint64', 8],
  ['int64', 8],
  ['float64', 8],
] as const;
type TypeName = (typeof TYPES)[number][0];

// The largest published headers have about 16 MB and 60 keys.
const MAX_KEYS = 10_000;
const MAX_KEY_BYTES = 65_535; // gguf.md
const MAX_ITEMS = 2 ** 22;
const MAX_TEXT_BYTES = 16 * 2 ** 20;

/** Where a value lies in the header. */
interface Place {
  readonly type: TypeName;
  readonly list: boolean;
  readonly at: number;
  readonly count: number;
}

/**
 * The metadata of a GGUF file. Values stay as the file has them until they are asked for; a value of another type than the one
 * asked for is a GgufFault.
 */
export class GgufMetadata {
  readonly #places: ReadonlyMap<string, Place>;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;

  constructor(places: ReadonlyMap<string, Place>, bytes: Uint8Array<ArrayBuffer>) {
    this.#places = places;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  get keys(): readonly string[] {
    return [...this.#places.keys()];
  }

  has(key: string): boolean {
    return this.#places.has(key);
  }

  isList(key: string): boolean {
    return this.#places.get(key)?.list === true;
  }

  /** A single value of whatever type it is. */
  scalar(key: string): number | boolean | string | undefined {
    const place = this.#single(key);
    if (place?.type === 'text') return this.text(key);
    return place?.type === 'bool' ? this.flag(key) : this.number(key);
  }

  /** A number of any type; NaN and infinities too. */
  number(key: string): number | undefined {
    const place = this.#single(key);
    if (place === undefined) return undefined;
    if (place.type === 'text' || place.type === 'bool') throw wrong(key, 'a number');
    return this.#number(place, place.at);
  }

  flag(key: string): boolean | undefined {
    const place = this.#single(key);
    if (place !== undefined && place.type !== 'bool') throw wrong(key, 'true or false');
    return place && this.#bytes[place.at] !== 0;
  }

  text(key: string): string | undefined {
    const place = this.#single(key);
    if (place === undefined) return undefined;
    if (place.type !== 'text') throw wrong(key, 'a text');
    if (place.count > MAX_TEXT_BYTES) throw new GgufFault(`${key} has ${place.count} bytes, more than it may have`);
    return decodeText(this.#bytes.subarray(place.at, place.at + place.count), key);
  }

  numbers(key: string): readonly number[] | undefined {
    const place = this.#list(key);
    if (place === undefined) return undefined;
    if (place.type === 'text' || place.type === 'bool') throw wrong(key, 'a list of numbers');
    const width = widthOf(place.type);
    return Array.from({ length: place.count }, (_, i) => this.#number(place, place.at + i * width));
  }

  texts(key: string): readonly string[] | undefined {
    const place = this.#list(key);
    if (place === undefined) return undefined;
    if (place.type !== 'text') throw wrong(key, 'a list of texts');
    let at = place.at;
    return Array.from({ length: place.count }, (_, i) => {
      const length = Number(this.#view.getBigUint64(at, true));
      const text = decodeText(this.#bytes.subarray(at + 8, at + 8 + length), `${key}, number ${i},`);
      at += 8 + length;
      return text;
    });
  }

  #single(key: string): Place | undefined {
    const place = this.#places.get(key);
    if (place?.list === true) throw wrong(key, 'a single value');
    return place;
  }

  #list(key: string): Place | undefined {
    const place = this.#places.get(key);
    if (place?.list === false) throw wrong(key, 'a list');
    if (place !== undefined && place.count > MAX_ITEMS) {
      throw new GgufFault(`${key} lists ${place.count} values, more than the ${MAX_ITEMS} it may have`);
    }
    return place;
  }

  #number({ type }: Place, at: number): number {
    const view = this.#view;
    switch (type) {
      case 'uint8':
        return view.getUint8(at);
      case 'int8':
        return view.getInt8(at);
      case 'uint16':
        return view.getUint16(at, true);
      case 'int16':
        return view.getInt16(at, true);
      case 'uint32':
        return view.getUint32(at, true);
      case 'int32':
        return view.getInt32(at, true);
      case 'float32':
        return view.getFloat32(at, true);
      case 'uint64':
        return Number(view.getBigUint64(at, true));
      case 'int64':
        return Number(view.getBigInt64(at, true));
      case 'float64':
        return view.getFloat64(at, true);
      case 'bool':
      case 'text':
      case 'list':
        throw new Error(`${type} is no number.`);
    }
  }
}

/** Reads `count` keys with their values. */
export function readMetadata(cursor: GgufCursor, count: number): GgufMetadata {
  if (count > MAX_KEYS) throw new GgufFault(`it has ${count} metadata keys, more than the ${MAX_KEYS} it may have`);
  const places = new Map<string, Place>();
  for (let i = 0; i < count; i++) {
    const key = cursor.text(`metadata key ${i}`, MAX_KEY_BYTES);
    if (places.has(key)) throw new GgufFault(`it has the metadata key ${key} twice`);
    places.set(key, readPlace(cursor, key));
  }
  return new GgufMetadata(places, cursor.loaded);
}

function readPlace(cursor: GgufCursor, key: string): Place {
  const type = readType(cursor, key);
  if (type !== 'list') {
    const count = type === 'text' ? cursor.u64(`the length of ${key}`) : 1;
    return { type, list: false, at: cursor.skip(type === 'text' ? count : widthOf(type)), count };
  }
  const item = readType(cursor, key);
  if (item === 'list') throw new GgufFault(`${key} is a list of lists`);
  const count = cursor.u64(`the length of ${key}`);
  return { type: item, list: true, at: skipItems(cursor, item, count, key), count };
}

function readType(cursor: GgufCursor, key: string): TypeName {
  const number = cursor.u32();
  const type = TYPES[number];
  if (type === undefined) throw new GgufFault(`${key} is of type ${number}, which there is not`);
  return type[0];
}

/** Steps over the values of a list and says where they start. */
function skipItems(cursor: GgufCursor, type: TypeName, count: number, key: string): number {
  const least = type === 'text' ? 8 : widthOf(type);
  if (count > cursor.left / least)
    throw new GgufFault(`${key} lists ${count} values, more than the file has bytes for`);
  const start = cursor.position;
  if (type !== 'text') return cursor.skip(count * least);
  for (let i = 0; i < count; i++) cursor.skip(cursor.u64(`the length of a text in ${key}`));
  return start;
}

function widthOf(type: TypeName): number {
  return TYPES.find(([name]) => name === type)![1];
}

function wrong(key: string, kind: string): GgufFault {
  return new GgufFault(`${key} is not ${kind}`);
}
