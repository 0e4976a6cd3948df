import { expect } from 'vitest';

const WITHIN = 30_000;

/** Expects what comes true after a while: `await eventually(() => pane.badge()).toBe(1)`. */
export const eventually = <Value>(read: () => Value | Promise<Value>) => expect.poll(read, { timeout: WITHIN });
