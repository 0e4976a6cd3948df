import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The engine process of VS Code is started with it (src/host/engine/engine-process.ts): large pages, on Linux with glibc. */
const ENVIRONMENT = { ...process.env, GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };

/** The one JSON document that a program prints. Measurements run in processes of their own: memory and caches of others do not count. */
export const printedBy = (program: string, args: readonly string[], env = process.env): unknown =>
  JSON.parse(execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env }));

/** What this benchmark prints when it is started with these arguments. */
export const printedHere = (...args: readonly string[]): unknown =>
  printedBy(process.execPath, [process.argv[1]!, 'measure', ...args], ENVIRONMENT);

/** The Python that GRACE_PYTHON names. */
export function printedByPython(script: string, ...args: readonly string[]): unknown {
  const python = process.env['GRACE_PYTHON'];
  if (python === undefined)
    throw new Error('GRACE_PYTHON names no Python with torch; test/pytorch/install.sh makes one.');
  return printedBy(python, [script, ...args]);
}

/** Runs `work`, and tells how many cores other programs took meanwhile; undefined where the system does not say. */
export function watched<T>(work: () => T): readonly [T, string] {
  const [before, begun] = [otherSeconds(), performance.now()];
  const result = work();
  const after = otherSeconds();
  if (before === undefined || after === undefined) return [result, ''];
  const cores = Math.max(0, ((after - before) * 1000) / (performance.now() - begun));
  return [result, `Other programs took ${cores.toFixed(2)} cores meanwhile.`];
}

/** Processor seconds of everything but this process and the children it has waited for (proc(5)). */
function otherSeconds(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const [user, nice, system] = readFileSync('/proc/stat', 'utf8').split(/\s+/, 4).slice(1).map(Number);
  const own = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .slice(11, 15)
    .map(Number);
  return (user! + nice! + system! - own.reduce((sum, ticks) => sum + ticks)) / 100;
}
