import type { Locator } from 'playwright-core';

import { commandTitle } from './manifest.ts';
import { dismissMessage, readMessage } from './messages.ts';
import type { Workbench } from './workbench.ts';

/** What a user does with the codebook in the side bar, and sees there. */
export class CodebookPane {
  readonly #workbench: Workbench;

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
  }

  /** Opens the side bar, where a click would not close it, and waits for the first row of the codebook. */
  async show(): Promise<void> {
    if (!(await this.#workbench.view('Codebook').isVisible())) await this.#workbench.activity('GRACE').click();
    await this.rows.first().waitFor();
  }

  get rows(): Locator {
    return this.#workbench.treeRows('Codebook');
  }

  /** The row of an edit, in that state if one is given; `aria-label` begins with both. */
  row(edit: number, state = ''): Locator {
    const label = `Edit ${edit}, ${state}`;
    return this.#workbench.view('Codebook').locator(`.monaco-list-row[aria-label^=${JSON.stringify(label)}]`);
  }

  /** What a screen reader says of each row, up to the prompt: `Edit 2, Live`. */
  async states(): Promise<readonly string[]> {
    const labels = await Promise.all((await this.rows.all()).map((row) => row.getAttribute('aria-label')));
    return labels.map((label) => label?.split(':')[0] ?? '');
  }

  /** How many edits the activity bar says are live. */
  async badge(): Promise<number> {
    const badge = this.#workbench.activity('GRACE').locator('.badge-content');
    return (await badge.count()) === 0 ? 0 : Number(await badge.innerText());
  }

  /** Clicks the box of a row. */
  async tick(edit: number): Promise<void> {
    await this.row(edit).getByRole('checkbox').click();
  }

  /** Selects several rows; a plain click would open an edit. */
  async select(...edits: readonly number[]): Promise<void> {
    for (const edit of edits) await this.row(edit).click({ modifiers: ['ControlOrMeta'] });
  }

  /** Chooses from the context menu of a row; the whole selection is meant if the row is in it. */
  async choose(edit: number, label: string): Promise<void> {
    await this.row(edit).click({ button: 'right' });
    await chooseFromMenu(this.#workbench, label);
  }

  /** What the model decides for a prompt, in the words of _Show Decision for Prompt…_ */
  async decision(prompt: string): Promise<string> {
    await this.#workbench.runCommand(commandTitle('grace.decide'));
    await answerTo(this.#workbench, 'Show Decision for Prompt', prompt);
    const message = this.#workbench.notification('fired');
    const text = await readMessage(message);
    await dismissMessage(message);
    return text;
  }
}

/** Chooses from the context menu that is open: with the keyboard, since a menu does not take clicks while it appears. */
export async function chooseFromMenu(workbench: Workbench, label: string): Promise<void> {
  const item = workbench.menuItem(label).first();
  await item.hover();
  await workbench.page.locator('.context-view .monaco-menu .action-item.focused', { hasText: label }).first().waitFor();
  await workbench.page.keyboard.press('Enter');
  await item.waitFor({ state: 'detached' });
}

/** Answers the input box, or chooses in the picker, that has that title. */
export async function answerTo(workbench: Workbench, title: string, text: string): Promise<void> {
  await titled(workbench, title).waitFor();
  await workbench.answer(text);
  await titled(workbench, title).waitFor({ state: 'hidden' });
}

/** Chooses a row of the picker that has that title. */
export async function pickFrom(workbench: Workbench, title: string, label: string): Promise<void> {
  await titled(workbench, title).waitFor();
  await workbench.pick(label);
}

/** Gives a path to the dialog for files that has that title. */
export async function choosePath(workbench: Workbench, title: string, file: string): Promise<void> {
  await workbench.page.locator(`.quick-input-widget input[aria-label$=${JSON.stringify(` - ${title}`)}]`).waitFor();
  await workbench.answerFile(file);
}

const titled = ({ page }: Workbench, title: string): Locator =>
  page.locator('.quick-input-widget .quick-input-title', { hasText: title });
