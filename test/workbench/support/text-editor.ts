import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { vi } from 'vitest';

import { chooseFromMenu } from './codebook-pane.ts';
import type { Settings } from './settings.ts';
import type { Workbench } from './workbench.ts';

/** All of a short document in sight, and no panel over it. */
export const PLAIN_EDITOR: Settings = {
  'comments.openView': 'never',
  'editor.minimap.enabled': false,
  'editor.stickyScroll.enabled': false,
  'editor.wordWrap': 'on',
  'files.autoSave': 'off',
};

/** A text document of the workspace, as a user works in it. */
export class TextEditor {
  readonly editor: Locator;
  readonly #workbench: Workbench;
  readonly #file: string;

  private constructor(workbench: Workbench, editor: Locator, file: string) {
    this.#workbench = workbench;
    this.editor = editor;
    this.#file = file;
  }

  static async open(workbench: Workbench, workspace: string, name: string): Promise<TextEditor> {
    const editor = await workbench.openFile(name);
    await editor.locator('.view-line').first().waitFor();
    return new TextEditor(workbench, editor, path.join(workspace, name));
  }

  async focus(): Promise<void> {
    await this.editor.locator('.native-edit-context').first().focus();
  }

  /** Puts the cursor at the end of the document. */
  async goToEnd(): Promise<void> {
    await this.focus();
    await this.#workbench.page.keyboard.press('ControlOrMeta+End');
  }

  /** Selects a text, which must be on one line of the document, by looking for it. */
  async select(text: string): Promise<void> {
    const { keyboard } = this.#workbench.page;
    await this.focus();
    await keyboard.press('ControlOrMeta+f');
    await this.editor.locator('.find-widget .find-part textarea').fill(text);
    await this.editor.locator('.find-widget .matchesCount', { hasText: '1 of 1' }).waitFor();
    await keyboard.press('Escape');
    await this.editor.locator('.selected-text').first().waitFor();
  }

  /** Right-clicks the selection, and chooses from the menu. */
  async chooseForSelection(label: string): Promise<void> {
    const { x, y } = await vi.waitUntil(() => this.#selection(), { timeout: 10_000 });
    await this.#workbench.page.mouse.click(x, y, { button: 'right' });
    await chooseFromMenu(this.#workbench, label);
  }

  /** Takes back the last step. */
  async undo(): Promise<void> {
    await this.focus();
    await this.#workbench.page.keyboard.press('ControlOrMeta+z');
  }

  /** Saves the document, and reads the file. */
  async saved(): Promise<string> {
    await this.focus();
    await this.#workbench.page.keyboard.press('ControlOrMeta+s');
    await this.#workbench.page.locator('.tab.active:not(.dirty)').first().waitFor();
    return readFileSync(this.#file, 'utf8');
  }

  /** What can be seen of the document, as one text; where a long line is broken, the parts are run together. */
  text(): Promise<string> {
    return textIn(this.editor);
  }

  /** The middle of the widest part of what is selected; its corners are parts of their own. */
  async #selection(): Promise<{ readonly x: number; readonly y: number } | undefined> {
    const parts = await this.editor.locator('.selected-text').all();
    const boxes = await Promise.all(parts.map((part) => part.boundingBox({ timeout: 1000 }).catch(() => null)));
    const [widest] = boxes.filter((box) => box !== null).toSorted((a, b) => b.width - a.width);
    return widest && { x: widest.x + widest.width / 2, y: widest.y + widest.height / 2 };
  }
}

/** The lines of an editor that are in sight, as one text without line ends. */
export async function textIn(editor: Locator): Promise<string> {
  const lines = await Promise.all(
    (await editor.locator('.view-line').all()).map(async (line) => ({
      top: (await line.boundingBox())?.y ?? 0,
      text: await line.innerText(),
    })),
  );
  // VS Code keeps lines in the order in which they were drawn, and shows spaces as hard ones.
  return lines
    .toSorted((a, b) => a.top - b.top)
    .map(({ text }) => text)
    .join('')
    .replaceAll('\u00a0', ' ');
}
