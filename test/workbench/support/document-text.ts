import type { Locator } from 'playwright-core';

/** The lines of an editor that are in sight, as one text; where a long line is broken, the parts are run together. */
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
