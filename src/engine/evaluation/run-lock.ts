import { WriterLock } from '../grace/lock.ts';

/**
 * Does something while nobody else writes to a folder of a run: another window, or a command beside the page.
 *
 * @throws CodedError `codebook-locked` while another writer is there.
 */
export async function whileWriting<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = WriterLock.acquire(folder, {
    says: (who) => `The run in ${folder} is being written by ${who}.`,
    advice: 'Stop it there or wait until it has ended, then go on; or use another folder.',
  });
  try {
    return await work();
  } finally {
    lock.release();
  }
}
