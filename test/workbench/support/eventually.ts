import type { Locator } from 'playwright-core';
import { expect } from 'vitest';

const WITHIN = 30_000;
/** How long an answer may take before the same is done again. */
const ANSWERS_WITHIN = 4_000;

/** Expects what comes true after a while: `await eventually(() => pane.badge()).toBe(1)`. */
export const eventually = <Value>(read: () => Value | Promise<Value>) => expect.poll(read, { timeout: WITHIN });

/** Does something until it shows: a list that VS Code draws anew at that moment loses the click. */
export async function until(shown: Locator, act: () => Promise<unknown>): Promise<void> {
  for (const end = Date.now() + WITHIN; Date.now() < end;) {
    await act();
    const appeared = await shown.waitFor({ timeout: ANSWERS_WITHIN }).then(
      () => true,
      () => false,
    );
    if (appeared) return;
  }
  await shown.waitFor({ timeout: 1 });
}
