import type { Decision } from './decision.ts';
import type { EditState } from './edit.ts';
import type { CodebookSummary } from './edit-result.ts';
import type { Prompt } from './prompt.ts';

/** prompt, rephrasing: has to give the target; probe: has to answer as it did just before the edit. */
export type PromptRole = 'prompt' | 'rephrasing' | 'probe';

/** One of the prompts of an edit. */
export interface PromptPlace {
  readonly role: PromptRole;
  /** From 0 among those of its role. */
  readonly at: number;
}

/** What a prompt of an edit gives now. */
export interface PromptTest extends PromptPlace {
  readonly prompt: Prompt;
  readonly expected: string;
  /** Greedy, through the codebook; empty for a prompt that is not asked. */
  readonly output: string;
  /** superseded: a later live edit was made for this very prompt, so it is not asked. */
  readonly outcome: 'holds' | 'fails' | 'superseded';
  /** The later edit of a superseded prompt. */
  readonly supersededBy: number | null;
  readonly decision: Decision;
  readonly seconds: number;
}

/** What the prompts of an edit give now: its own, its rephrasings, its probes. */
export interface EditTest {
  readonly edit: number;
  readonly prompts: readonly PromptTest[];
}

/** A test of an edit as `grace test` reports it. */
export interface TestedEdit extends EditTest {
  readonly title: string;
  readonly state: EditState;
  /** held: every prompt holds or is superseded; skipped: it is disabled; damaged: its vectors cannot be read. */
  readonly outcome: 'held' | 'failed' | 'skipped' | 'damaged';
}

/** How many prompts of a codebook came out how. */
export interface TestCounts {
  readonly held: number;
  readonly failed: number;
  readonly superseded: number;
}

/** What `grace test --json` prints. */
export interface CodebookTest {
  readonly codebook: CodebookSummary;
  readonly edits: readonly TestedEdit[];
  readonly prompts: TestCounts;
  /** Edits that were not tested because of an interruption. */
  readonly left: number;
  /** What is wrong with the codebook's files, in plain sentences: edits may be missing. */
  readonly faults: readonly string[];
  /** Whether every prompt of every live edit holds, nothing is left, and the files are sound. */
  readonly passed: boolean;
  readonly seconds: number;
}
