import {
  GROUPS,
  type AnswerLine,
  type CheckpointLine,
  type EditLine,
  type EvaluationCheckpoint,
  type EvaluationCost,
  type EvaluationResult,
  type GroupName,
  type MethodName,
  type MethodResult,
} from '../../protocol/evaluation.ts';
import { metricsOf } from './metrics.ts';
import type { RunFolder } from './run-folder.ts';
import { readLog } from './run-log.ts';
import { UNEDITED } from './run-method.ts';

/** What a run has come to so far, from its files alone. */
export function readResult(run: RunFolder): EvaluationResult {
  const first = readUnedited(run);
  const methods = run.methods.map((method) => methodResult(run, method, first));
  return { ...run.description, methods };
}

/** The model before any edit. */
export function readUnedited(run: RunFolder): EvaluationCheckpoint {
  const answers = readLog(run.folderOf(UNEDITED)).filter((line) => line.op === 'answer');
  return { edits: 0, keys: null, groups: groupsOf((group) => answers.filter((line) => line.group === group)) };
}

const groupsOf = (answersOf: (group: GroupName) => readonly (AnswerLine | EditLine)[]) =>
  Object.fromEntries(
    GROUPS.flatMap((group) => {
      const metrics = metricsOf(answersOf(group).map((line) => ({ unchanged: true, ...line })));
      return metrics ? [[group, metrics] as const] : [];
    }),
  );

function methodResult(run: RunFolder, method: MethodName, before: EvaluationCheckpoint): MethodResult {
  const lines = readLog(run.folderOf(method));
  const made = lines.filter((line): line is EditLine => line.op === 'edit');
  const checkpoints = lines.filter((line): line is CheckpointLine => line.op === 'checkpoint');
  const actions: Record<string, number> = {};
  for (const { action } of made) if (action) actions[action] = (actions[action] ?? 0) + 1;
  return {
    method,
    complete: checkpoints.at(-1)?.edits === run.description.stream,
    checkpoints: [before, ...checkpoints.map(({ edits, keys, groups }) => ({ edits, keys, groups }))],
    actions,
    cost: costOf(made, checkpoints),
  };
}

function costOf(made: readonly EditLine[], checkpoints: readonly CheckpointLine[]): EvaluationCost | null {
  const seconds = made.flatMap((line) => (line.seconds === null ? [] : [line.seconds])).sort((a, b) => a - b);
  if (seconds.length === 0) return null;
  return {
    medianSeconds: seconds[seconds.length >> 1]!,
    meanSeconds: seconds.reduce((sum, one) => sum + one, 0) / seconds.length,
    memory: Math.max(0, ...checkpoints.map(({ memory }) => memory)),
  };
}
