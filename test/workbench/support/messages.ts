import type { Locator } from 'playwright-core';

/** Waits for a message, and reads it. */
export async function readMessage(message: Locator): Promise<string> {
  return message.locator('.notification-list-item-message').innerText();
}

/** Closes a message, and waits until it is gone. The button is there under the mouse only, and messages move when others go. */
export async function dismissMessage(message: Locator): Promise<void> {
  await message.locator('.codicon-notifications-clear').dispatchEvent('click');
  await message.waitFor({ state: 'detached' });
}

/** Presses a button of a message. */
export async function pressButton(message: Locator, name: string): Promise<void> {
  await message.getByRole('button', { name, exact: true }).click();
}
