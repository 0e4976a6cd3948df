import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright-core';

import { chooseFromMenu } from './codebook-pane.ts';
import type { Settings } from './settings.ts';
import type { Workbench } from './workbench.ts';

/** All of a short document in sight, and no panel over it. */
export const PLAIN_EDITOR: Settings = {
  'comments.openView': 'never',
  'editor.minimap.enabled': false,
  'editor.stickyScroll.enabled': false,
  'editor.wordWrap': 'on',
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

  /** Puts the cursor at the end of the document. */
  async goToEnd(): Promise<void> {
    await this.editor.locator('.view-line').first().click();
    await this.#workbench.page.keyboard.press('ControlOrMeta+End');
  }

  /** Selects a text, which must be on one line of the document, by looking for it. */
  async select(text: string): Promise<void> {
    const { keyboard } = this.#workbench.page;
    await this.editor.locator('.view-line').first().click();
    await keyboard.press('ControlOrMeta+f');
    await this.editor.locator('.find-widget .find-part textarea').fill(text);
    await this.editor.locator('.find-widget .matchesCount', { hasText: '1 of 1' }).waitFor();
    await keyboard.press('Escape');
    await this.editor.locator('.selected-text').first().waitFor();
  }

  /** Right-clicks the selection, and chooses from the menu. */
  async chooseForSelection(label: string): Promise<void> {
    const boxes = await Promise.all(
      (await this.editor.locator('.selected-text').all()).map((part) => part.boundingBox()),
    );
    // Its corners are parts of their own.
    const widest = boxes.filter((box) => box !== null).toSorted((a, b) => b.width - a.width)[0]!;
    const [x, y] = [widest.x + widest.width / 2, widest.y + widest.height / 2];
    await this.#workbench.page.mouse.click(x, y, { button: 'right' });
    await chooseFromMenu(this.#workbench, label);
  }

  /** Takes back the last step. */
  async undo(): Promise<void> {
    await this.editor.locator('.view-line').first().click();
    await this.#workbench.page.keyboard.press('ControlOrMeta+z');
  }

  /** Saves the document, and reads the file. */
  async saved(): Promise<string> {
    await this.editor.locator('.view-line').first().click();
    await this.#workbench.page.keyboard.press('ControlOrMeta+s');
    await this.#workbench.page.locator('.tab.active:not(.dirty)').first().waitFor();
    return readFileSync(this.#file, 'utf8');
  }

  /** What can be seen of the document, as one text; where a long line is broken, the parts are run together. */
  text(): Promise<string> {
    return textIn(this.editor);
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
