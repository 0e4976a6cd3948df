import type { EditResult } from './edit-result.ts';

/** What `grace demo --json` prints. */
export interface DemoResult {
  readonly model: string;
  /** What the model wrote before any edit. */
  readonly before: string;
  readonly edits: readonly EditResult[];
  /** Unrelated prompts that answer as before the first edit. */
  readonly unchanged: { readonly held: number; readonly of: number };
  readonly checks: readonly { readonly what: string; readonly ok: boolean }[];
  /** Bytes of the exported codebook. */
  readonly exported: number;
  readonly seconds: number;
  readonly ok: boolean;
}
