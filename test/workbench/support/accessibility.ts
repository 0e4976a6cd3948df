import type { FrameLocator } from 'playwright-core';

import { violations } from '../../page/support/axe.ts';

/** What axe finds wrong with the document of a webview. */
export async function violationsIn(document: FrameLocator): Promise<readonly string[]> {
  const root = await document.locator('html').elementHandle();
  const frame = await root.ownerFrame();
  if (!frame) throw new Error('The document is in no frame.');
  return violations(frame);
}
