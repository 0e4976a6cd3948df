import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';

import { smolLM2 } from '../test/support/smol.ts';
import { printedHere, watched } from './support/child.ts';
import { LENGTHS, type DecodingSpeed } from './support/decoding-speed.ts';
import { table, writeSection } from './support/report.ts';

/** llama.cpp's threads wait for each other without sleeping, and in a virtual machine one alone can be quicker than a few. */
const THREADS = [...new Set([1, availableParallelism()])];

/** The better of llama.cpp's figures, each with the number of threads that suits it. */
function bestOf(speeds: readonly DecodingSpeed[]): DecodingSpeed {
  const perLength = (
    of: 'firstTokenMs' | 'tokensPerSecond',
    best: (...figures: readonly number[]) => number,
  ): Record<number, number> =>
    Object.fromEntries(LENGTHS.map((length) => [length, best(...speeds.map((speed) => speed[of][length]!))]));
  return {
    openSeconds: Math.min(...speeds.map(({ openSeconds }) => openSeconds)),
    firstTokenMs: perLength('firstTokenMs', Math.min),
    tokensPerSecond: perLength('tokensPerSecond', Math.max),
    peakMB: Math.min(...speeds.map(({ peakMB }) => peakMB)),
  };
}

/** SmolLM2's GGUF file here and in llama.cpp, one after the other. @param folder where node-llama-cpp is installed */
export async function compareLlamaCpp(folder: string): Promise<void> {
  const megabytes = statSync(await smolLM2()).size / 1e6;
  const [[ours, theirs], busy] = watched(() => [
    printedHere('speed', 'auto') as DecodingSpeed,
    bestOf(THREADS.map((threads) => printedHere('llama.cpp', folder, String(threads)) as DecodingSpeed)),
  ] as const); // prettier-ignore
  const rates = LENGTHS.map((length) => {
    const [here, there] = [ours.tokensPerSecond[length]!, theirs.tokensPerSecond[length]!];
    return [`tokens/s behind ${length} tokens`, here, there, here / there, '≥ .8'];
  });
  const firsts = LENGTHS.map((length) => {
    const [here, there] = [ours.firstTokenMs[length]!, theirs.firstTokenMs[length]!];
    return [`ms to the first token of ${length}`, here, there, there / here, undefined];
  });
  writeSection(
    'SmolLM2-135M-Instruct, Q4_1: this engine and llama.cpp',
    'npm run bench -- --only llama.cpp --llama-cpp FOLDER',
    `The same GGUF file of ${megabytes.toFixed(0)} MB, its blocks as they are; of llama.cpp the better figure of ${THREADS.join(' and ')} threads. ${busy}\n\n${table(
      ['measured', 'here', 'llama.cpp', 'ratio', 'bar'],
      [
        ...rates,
        ...firsts,
        ['s to open', ours.openSeconds, theirs.openSeconds, theirs.openSeconds / ours.openSeconds, undefined],
        ['peak MB, whole process', ours.peakMB, theirs.peakMB, theirs.peakMB / ours.peakMB, undefined],
        ['peak MB over the file', ours.peakMB / megabytes, theirs.peakMB / megabytes, undefined, '≤ 2 and K/V'],
      ],
    )}`,
  );
}
