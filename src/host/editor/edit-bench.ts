import type { Prompt } from '../../protocol/prompt.ts';

/** An edit that was begun in a document and is to be finished in the Edit Bench. */
export interface BenchDraft {
  readonly prompt: Prompt;
  /** What the answer says before what is wrong, where that is no part of the prompt. */
  readonly lead?: string | undefined;
  readonly wrong: string;
  readonly target: string;
  readonly ends: boolean;
}

/** The Edit Bench, as far as the editor integration hands things over to it. */
export interface EditBench {
  showDraft(draft: BenchDraft): Promise<void>;
}
