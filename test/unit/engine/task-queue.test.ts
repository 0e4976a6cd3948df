import { describe, expect, it } from 'vitest';
import { TaskQueue } from '../../../src/engine/task-queue.ts';

const later = <T>(value: T): Promise<T> =>
  new Promise((resolve) => {
    setTimeout(() => {
      resolve(value);
    }, 5);
  });

describe('TaskQueue', () => {
  it('runs one task at a time, in order, whatever becomes of them', async () => {
    const queue = new TaskQueue();
    const seen: string[] = [];
    const task = (name: string) => async (): Promise<string> => {
      seen.push(`${name} begins`);
      await later(null);
      seen.push(`${name} ends`);
      if (name === 'b') throw new Error('b fails');
      return name;
    };
    const answers = await Promise.allSettled(['a', 'b', 'c'].map((name) => queue.run(task(name))));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(seen).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  it('answers at once what is cancelled while it waits, and leaves what runs to itself', async () => {
    const queue = new TaskQueue();
    const [running, waiting] = [new AbortController(), new AbortController()];
    let ran = false;
    const first = queue.run(() => later('first'), running.signal);
    const second = queue.run(() => (ran = true), waiting.signal);
    const third = queue.run(() => 'third');
    running.abort();
    waiting.abort();
    await expect(second).rejects.toMatchObject({ code: 'cancelled' });
    await expect(queue.run(() => 'never', waiting.signal)).rejects.toMatchObject({ code: 'cancelled' });
    expect(await Promise.all([first, third])).toEqual(['first', 'third']);
    expect(ran).toBe(false);
    expect(await queue.run(() => 'again')).toBe('again');
  });
});
