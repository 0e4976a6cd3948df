import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { run } from '../../support/command.ts';

export interface RunningProcess {
  readonly id: number;
  readonly parent: number;
  /** Resident memory in bytes. */
  readonly memory: number;
  readonly command: string;
}

/** Whether there is a process of that id. */
export function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    // It exists, but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** One process of Linux. */
function read(id: number): RunningProcess | undefined {
  const field = (text: string, name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1]);
  try {
    const command = readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    const status = readFileSync(`/proc/${id}/status`, 'utf8');
    // What has ended and only waits for its parent to ask has no memory any more.
    if (!/^VmRSS:/m.test(status)) return undefined;
    return { id, parent: field(status, 'PPid'), memory: field(status, 'VmRSS') * 1024, command };
  } catch {
    // It ended in the meantime.
    return undefined;
  }
}

/** Every process of the machine. */
async function processTable(): Promise<readonly RunningProcess[]> {
  // Small containers have no ps.
  if (existsSync('/proc/self/status')) {
    const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return ids.map((id) => read(Number(id))).filter((found) => found !== undefined);
  }
  const lines = (await run('ps', ['-A', '-ww', '-o', 'pid=,ppid=,rss=,args='])).split('\n');
  return lines.flatMap((line) => {
    const [, id, parent, kibibytes, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (command === undefined) return [];
    return [{ id: Number(id), parent: Number(parent), memory: Number(kibibytes) * 1024, command }];
  });
}

/** A process's children, their children and so on. */
export async function descendants(ancestor: number): Promise<readonly RunningProcess[]> {
  const table = await processTable();
  const below = (id: number): RunningProcess[] =>
    table.filter(({ parent }) => parent === id).flatMap((child) => [child, ...below(child.id)]);
  return below(ancestor);
}
