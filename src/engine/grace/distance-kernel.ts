/**
 * The inner loop of the nearest-key search, in WebAssembly: plain JavaScript has no SIMD, and takes up to twice as long.
 *
 * It computes what the loop `for j: s += (q[j] - k[j]) * (q[j] - k[j])` computes, bit for bit: SIMD lanes hold different
 * keys, never different j of one key, so that every key keeps one float64 sum, added up in index order.
 *
 * Memory: the query, float64 (d,); {@link PANEL} sums, float64; then panels of float32 (d, PANEL): eight keys side by side.
 */

/** Keys in one panel. */
export const PANEL = 8;

/** Components after which a panel is given up if all its sums are beyond the limit. */
const BLOCK = 16;

/**
 * Finds the first panel from the byte address `panel` on that has a key whose sum is not beyond `limit`, and leaves the
 * sums of its eight keys behind the query. Returns its address, or `end` if there is none.
 */
export type DistanceKernel = (panel: number, end: number, queryBytes: number, limit: number) => number;

/** The memory that keys, query and sums share with the kernel; growing it makes a new `buffer`. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
  /** By pages of {@link PAGE_BYTES}, up to 4 GiB. */
  grow(pages: number): number;
}

export const PAGE_BYTES = 65536;

export function kernelMemory(bytes: number): KernelMemory {
  return new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });
}

export function distanceKernel(memory: KernelMemory): DistanceKernel {
  return new WebAssembly.Instance(kernelModule, { env: { memory } }).exports.scan;
}

// Node's own types leave it to those of the browser, which do not belong here.
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number }) => KernelMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { env: { memory: KernelMemory } },
  ) => { readonly exports: { readonly scan: DistanceKernel } };
};

type Code = readonly number[];

// Value types and instructions: https://webassembly.github.io/spec/core/binary/instructions.html
const [I32, F64, V128] = [0x7f, 0x7c, 0x7b] as const;
const [lessThan, atLeast, plus, times] = [[0x49], [0x4f], [0x6a], [0x6c]] as const; // i32, unsigned
const [returns, end, select] = [[0x0f], [0x0b], [0x1b]] as const;
const get = (local: number): Code => [0x20, local];
const set = (local: number): Code => [0x21, local];
const tee = (local: number): Code => [0x22, local];
const i32 = (value: number): Code => [0x41, ...signed(value)];
const loop = (...body: Code[]): Code => [0x03, 0x40, ...body.flat(), ...end];
const when = (...body: Code[]): Code => [0x04, 0x40, ...body.flat(), ...end];
const branch = (depth: number): Code => [0x0c, depth];
const branchIf = (depth: number): Code => [0x0d, depth];
const simd = (opcode: number, ...rest: number[]): Code => [0xfd, ...unsigned(opcode), ...rest];
const loadBoth = simd(0x0a, 3, 0); // v128.load64_splat
const loadPair = (offset: number): Code => simd(0x5d, 2, offset); // v128.load64_zero: two float32
const promote = simd(0x5f); // f64x2.promote_low_f32x4
const store = (offset: number): Code => simd(0x0b, 3, offset); // v128.store
const zeros = simd(0x0c, ...new Array<number>(16).fill(0)); // v128.const
const [splat, greater, and, allTrue] = [simd(0x14), simd(0x4a), simd(0x4e), simd(0xc3)]; // f64x2, v128, i64x2
const [add, subtract, multiply] = [simd(0xf0), simd(0xf1), simd(0xf2)]; // f64x2

// Parameters, then locals; the sums are four vectors of two.
const [panel, panelsEnd, queryBytes, limit, q, blockEnd, row, x, difference, sums] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
] as const;
const PAIRS = [0, 1, 2, 3];
const sum = (pair: number): number => sums + pair;

const addSquares = (pair: number): Code[] => [
  get(sum(pair)),
  ...[get(x), get(row), loadPair(pair * 8), promote, subtract, tee(difference)],
  ...[get(difference), multiply, add, set(sum(pair))],
];
const nextBlockEnd: Code[] = [
  ...[get(q), i32(BLOCK * 8), plus, get(queryBytes)],
  ...[get(q), i32(BLOCK * 8), plus, get(queryBytes), lessThan, select, set(blockEnd)],
];
const beyondLimit = (pair: number): Code[] => [get(sum(pair)), get(limit), splat, greater];
const nextPanel: Code[] = [get(panel), get(queryBytes), i32(PANEL / 2), times, plus, set(panel)];

const body: Code[] = [
  loop(
    ...[get(panel), get(panelsEnd), atLeast, when(get(panelsEnd), returns)],
    ...[i32(0), set(q), get(panel), set(row), ...PAIRS.flatMap((pair) => [zeros, set(sum(pair))])],
    loop(
      ...nextBlockEnd,
      loop(
        ...[get(q), loadBoth, set(x), ...PAIRS.flatMap(addSquares)],
        ...[get(row), i32(PANEL * 4), plus, set(row)],
        ...[get(q), i32(8), plus, tee(q), get(blockEnd), lessThan, branchIf(0)],
      ),
      ...[...beyondLimit(0), ...PAIRS.slice(1).flatMap((pair) => [...beyondLimit(pair), and]), allTrue],
      when(...nextPanel, branch(2)),
      ...[get(q), get(queryBytes), lessThan, branchIf(0)],
    ),
    ...PAIRS.flatMap((pair) => [get(queryBytes), get(sum(pair)), store(pair * 16)]),
    ...[get(panel), returns],
  ),
  [0x00], // unreachable
  end,
];

/** LEB128, the integers of WebAssembly; those here are natural numbers. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}

const section = (id: number, ...content: Code[]): Code => [id, ...unsigned(content.flat().length), ...content.flat()];
const name = (text: string): Code => [text.length, ...Buffer.from(text)];
const locals: Code = [2, 3, I32, 6, V128]; // q, blockEnd, row; x, difference, four sums
const code = [...locals, ...body.flat()];

const kernelModule = new WebAssembly.Module(
  new Uint8Array(
    [
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, [1, 0x60, 4, I32, I32, I32, F64, 1, I32]), // the function's type
      section(2, [1], name('env'), name('memory'), [2, 0, 1]),
      section(3, [1, 0]),
      section(7, [1], name('scan'), [0, 0]),
      section(10, [1, ...unsigned(code.length), ...code]),
    ].flat(),
  ),
);
