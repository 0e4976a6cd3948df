import type { CodebookNotice } from '../protocol/edit.ts';
import { note } from './output.ts';

/** More of them say nothing new; `grace edits --json` has all. */
const SHOWN = 10;

/** Says on stderr what had to be left out of a codebook when it was opened. */
export function noteNotices(notices: readonly CodebookNotice[]): void {
  for (const { message } of notices.slice(0, SHOWN)) note(`codebook: ${message}`);
  if (notices.length > SHOWN) note(`codebook: and ${notices.length - SHOWN} more; grace edits --json lists them.`);
}
