import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A whole number from 0 to below `below`; the same sequence for the same seed. */
export type Random = (below: number) => number;

export function randomOf(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  return (below) => (below < 2 ? 0 : uniformInt(generator, 0, below - 1));
}

const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)]!;

/** Counts and lengths that readers come to grief with. */
const NUMBERS = [0n, 1n, 255n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n, 2n ** 40n, 2n ** 53n, 2n ** 60n, 2n ** 64n - 1n];
const WORDS = [
  ...['-1', '0', '0.5', '1e308', '-1e400', '9007199254740993', '1000000000', '4294967296', 'NaN', 'null', 'true'],
  ...['"x"', '""', '[]', '{}', '[1,2,3]', '"\\ud800"', '"__proto__"', '"\u0000"', `"${'long '.repeat(2000)}"`],
  ...['['.repeat(300) + ']'.repeat(300), `[${'0,'.repeat(3000)}0]`],
];

/** Bytes with a few damages: turned bits, other numbers, parts that are cut off, left out, doubled or of another sample. */
export function mutated(random: Random, sample: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  let bytes = Buffer.from(sample);
  for (let count = 1 + random(3); count > 0; count--) bytes = Buffer.from(damaged(random, bytes, others));
  return bytes;
}

function damaged(random: Random, bytes: Buffer, others: readonly Uint8Array[]): Buffer {
  const at = random(bytes.length + 1);
  const to = Math.min(bytes.length, at + 1 + random(pick(random, [4, 64, 4096])));
  switch (random(9)) {
    case 0:
      if (at < bytes.length) bytes[at]! ^= 1 << random(8);
      return bytes;
    case 1:
      if (at < bytes.length) bytes[at] = random(256);
      return bytes;
    case 2:
      return bytes.subarray(0, at);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    case 5: {
      const other = pick(random, others);
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random(other.length + 1))]);
    }
    case 6: {
      // Little-endian numbers lie at even places more often than not.
      const place = at & ~3;
      if (place + 8 > bytes.length) return bytes;
      if (random(2) === 0) bytes.writeBigUInt64LE(pick(random, NUMBERS), place);
      else bytes.writeUInt32LE(Number(BigInt.asUintN(32, pick(random, NUMBERS))), place);
      return bytes;
    }
    default:
      return otherWord(random, bytes);
  }
}

/** One value within the text of a JSON document, a number or a string, becomes another one. */
function otherWord(random: Random, bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  const words = [...text.slice(0, 20_000).matchAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|\[[^[\]]*\]/g)];
  if (words.length === 0) return bytes;
  const { 0: old, index } = pick(random, words);
  return Buffer.from(text.slice(0, index) + pick(random, WORDS) + text.slice(index + old.length), 'latin1');
}
