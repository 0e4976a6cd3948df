import {
  GROUPS,
  type AnswerLine,
  type CheckpointLine,
  type EditLine,
  type EvaluationCheckpoint,
  type EvaluationCost,
  type EvaluationResult,
  type MethodName,
  type MethodResult,
} from '../../protocol/evaluation.ts';
import { metricsOf } from './metrics.ts';
import type { RunFolder } from './run-folder.ts';
import { readLog } from './run-log.ts';
import { UNEDITED } from './run-method.ts';

/** What a run has come to so far, from its files alone. */
export function readResult(run: RunFolder): EvaluationResult {
  const before = readAnswers(run, UNEDITED);
  const methods = run.methods.map((method) => methodResult(run, method, before));
  return { ...run.description, methods };
}

/** The model before any edit. */
export function readUnedited(run: RunFolder): EvaluationCheckpoint {
  return uneditedCheckpoint(readAnswers(run, UNEDITED), everyRow);
}

const readAnswers = (run: RunFolder, name: string): readonly AnswerLine[] =>
  readLog(run.pathOf(name)).filter((line) => line.op === 'answer');

/** Which answers are comparable from checkpoint to checkpoint. */
type Comparable = (line: AnswerLine) => boolean;
const everyRow: Comparable = () => true;

const uneditedCheckpoint = (answers: readonly AnswerLine[], isComparable: Comparable): EvaluationCheckpoint => ({
  edits: 0,
  keys: null,
  groups: groupsOf(answers),
  course: groupsOf(answers.filter(isComparable)),
});

const groupsOf = (answers: readonly AnswerLine[]): EvaluationCheckpoint['groups'] =>
  Object.fromEntries(
    GROUPS.flatMap((group) => {
      const metrics = metricsOf(answers.filter((line) => line.group === group));
      return metrics ? [[group, metrics] as const] : [];
    }),
  );

function methodResult(run: RunFolder, method: MethodName, before: readonly AnswerLine[]): MethodResult {
  const lines = readLog(run.pathOf(method));
  const made = lines.filter((line): line is EditLine => line.op === 'edit');
  const answers = lines.filter((line): line is AnswerLine => line.op === 'answer');
  const checkpoints = lines.filter((line): line is CheckpointLine => line.op === 'checkpoint');
  const isComparable = comparable(answers.filter(({ edits }) => edits === checkpoints[0]?.edits));
  const actions: Record<string, number> = {};
  for (const { action } of made) if (action) actions[action] = (actions[action] ?? 0) + 1;
  return {
    method,
    complete: checkpoints.at(-1)?.edits === run.description.stream,
    checkpoints: [
      uneditedCheckpoint(before, isComparable),
      ...checkpoints.map(({ edits, keys, groups }) => ({
        ...{ edits, keys, groups },
        course: { ...groups, ...groupsOf(answers.filter((line) => line.edits === edits && isComparable(line))) },
      })),
    ],
    actions,
    cost: costOf(method, made, checkpoints),
  };
}

/** The unrelated and accurate prompts that the first checkpoint asked are asked by all; edits and their wordings come and go. */
function comparable(first: readonly AnswerLine[]): Comparable {
  const asked = new Set(first.map(({ group, row }) => `${group} ${row}`));
  return ({ group, row }) => (group !== 'TRR' && group !== 'ARR') || asked.has(`${group} ${row}`);
}

/** They answer as they are asked: no time goes into an edit. */
const EDITING_NOTHING: readonly MethodName[] = ['none', 'in-context'];

function costOf(
  method: MethodName,
  made: readonly EditLine[],
  checkpoints: readonly CheckpointLine[],
): EvaluationCost | null {
  if (checkpoints.length === 0) return null;
  const edits = EDITING_NOTHING.includes(method) ? [] : made;
  const between = (from: number, to: number): readonly number[] =>
    edits.flatMap(({ row, seconds }) => (seconds !== null && row >= from && row < to ? [seconds] : []));
  const all = between(0, Infinity);
  return {
    medianSeconds: median(all),
    meanSeconds: all.length > 0 ? all.reduce((sum, one) => sum + one, 0) / all.length : null,
    memory: Math.max(...checkpoints.map(({ memory }) => memory)),
    checkpoints: checkpoints.map(({ edits, memory }, at) => {
      return { edits, medianSeconds: median(between(checkpoints[at - 1]?.edits ?? 0, edits)), memory };
    }),
  };
}

const median = (numbers: readonly number[]): number | null =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? null;
