import type { CodebookSummary, EditSummary } from './edit-result.ts';
import type { CodebookMerged } from './engine-api.ts';

/** What `grace edits --json` prints. */
export interface EditList {
  readonly codebook: CodebookSummary;
  /** Every edit there ever was, in order of creation. */
  readonly edits: readonly EditSummary[];
}

/** What `grace disable`, `grace enable` and `grace revert` print with --json. */
export interface SwitchResult {
  readonly op: 'disable' | 'enable' | 'revert';
  readonly edits: readonly number[];
  /** The codebook afterwards. */
  readonly codebook: CodebookSummary;
}

/** What `grace export --json` prints. */
export interface ExportResult {
  /** The file that was written, its whole path. */
  readonly file: string;
  readonly format: 'safetensors' | 'json';
  readonly edits: number;
  readonly entries: number;
}

/** What `grace merge --json` prints. */
export interface MergeResult extends Omit<CodebookMerged, 'change'> {
  readonly dryRun: boolean;
  /** The codebook afterwards. */
  readonly codebook: CodebookSummary;
}

/** What `grace import --json` prints. */
export interface ImportResult {
  /** The codebook's folder, its whole path. */
  readonly codebook: string;
  /** Edits that this import brought. */
  readonly imported: number;
  /** Edits in the codebook now, and how many of them are live. */
  readonly edits: number;
  readonly live: number;
}
