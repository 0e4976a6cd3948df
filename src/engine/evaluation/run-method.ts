import { CodedError } from '../../protocol/coded-error.ts';
import {
  GROUPS,
  type AnswerLine,
  type CheckpointLine,
  type EditLine,
  type EvaluationLine,
  type GroupName,
} from '../../protocol/evaluation.ts';
import { answer, type Answer } from './answer.ts';
import type { Experiment } from './experiment.ts';
import type { Item, Material } from './material.ts';
import type { Method, Workbench } from './method.ts';
import { metricsOf } from './metrics.ts';
import { whileWriting } from './run-lock.ts';
import { readLog, RunLog } from './run-log.ts';
import { spread } from './shuffle.ts';

/** Where the answers of the unedited model are kept. */
export const UNEDITED = 'unedited';

/** How an item is answered when some edits have been made. */
export type Respond = (item: Item, group: GroupName, history: readonly Item[]) => Promise<Answer>;

/** Asks a method's model. */
export const asking =
  (bench: Workbench, method: Method): Respond =>
  (item, _group, history) =>
    answer(bench, method, item, history);

export interface RunWatch {
  readonly signal: AbortSignal;
  /** Told of each piece of work when it is done: how many edits and answers. */
  readonly onProgress: (done: number) => void;
  readonly onLine?: ((line: EvaluationLine) => void) | undefined;
}

/** What the unedited model said, by group and row; the stream's rows are under ERR. */
export type UneditedOutputs = ReadonlyMap<GroupName, readonly string[]>;

/** The prompts of each group after a number of edits, and which of them are asked at a checkpoint. */
export function itemsAt(
  { stream, holdout, unrelated, accurate }: Material,
  { checkpoints: { sample } }: Pick<Experiment, 'checkpoints'>,
  edits: number,
): ReadonlyMap<GroupName, readonly Item[]> {
  const whole = edits >= stream.length;
  const facts = new Set(stream.slice(0, edits).map(({ fact }) => fact));
  const held = holdout.filter(({ fact }) => fact < 0 || facts.has(fact));
  const some = (items: readonly Item[]): readonly Item[] => (whole ? items : spread(items, sample));
  return new Map<GroupName, readonly Item[]>([
    ['ERR', some(stream.slice(0, edits))],
    ['TRR', some(unrelated)],
    ['ARR', some(accurate)],
    ['holdout', some(held)],
  ]);
}

/** The numbers of edits at which a stream is measured: every so many, and at its end. */
export function checkpointsOf(stream: number, every: number): readonly number[] {
  const regular = Array.from({ length: Math.floor((stream - 1) / every) }, (_, at) => (at + 1) * every);
  return stream > 0 ? [...regular, stream] : [];
}

/** Edits and answers that a method is in for, with what an earlier run has done. */
export function workOf(material: Material, experiment: Experiment): number {
  const answers = checkpointsOf(material.stream.length, experiment.checkpoints.every).map((edits) =>
    [...itemsAt(material, experiment, edits).values()].reduce((sum, items) => sum + items.length, 0),
  );
  return material.stream.length + answers.reduce((sum, count) => sum + count, 0);
}

/**
 * Asks the unedited model everything once; what it says is what later answers are compared with.
 *
 * @param folder keeps what was asked, so that a later run asks only for the rest
 * @throws CodedError `codebook-locked` while somebody else writes there.
 */
export async function runUnedited(
  folder: string,
  respond: Respond,
  material: Material,
  watch: RunWatch,
): Promise<readonly AnswerLine[]> {
  const wanted = everything(material).flatMap(([group, items]) => items.map((item) => ({ group, item })));
  const kept = readLog(folder);
  // What is whole is only read, by several processes at once if need be.
  if (kept.length !== wanted.length || agreeing(kept, wanted) < wanted.length)
    return whileWriting(folder, () => askUnedited(folder, respond, wanted, watch));
  watch.onProgress(kept.length);
  return kept as readonly AnswerLine[];
}

interface Wanted {
  readonly group: GroupName;
  readonly item: Item;
}

/** How many lines, from the first, are answers to what is wanted. */
function agreeing(lines: readonly EvaluationLine[], wanted: readonly Wanted[]): number {
  const differs = lines.findIndex((line, at) => {
    const next = wanted[at];
    return line.op !== 'answer' || line.group !== next?.group || line.row !== next.item.row;
  });
  return differs < 0 ? lines.length : differs;
}

async function askUnedited(
  folder: string,
  respond: Respond,
  wanted: readonly Wanted[],
  watch: RunWatch,
): Promise<readonly AnswerLine[]> {
  const log = RunLog.open(folder, (lines) => agreeing(lines, wanted));
  try {
    watch.onProgress(log.lines.length);
    for (const { group, item } of wanted.slice(log.lines.length)) {
      if (watch.signal.aborted) throw stopped();
      log.append(await answerLine(respond, group, item, [], undefined));
      watch.onProgress(1);
    }
    log.sync();
    return log.lines as readonly AnswerLine[];
  } finally {
    log.close();
  }
}

/** Every prompt of an experiment, group by group. */
export const everything = ({
  stream,
  unrelated,
  accurate,
  holdout,
}: Material): readonly [GroupName, readonly Item[]][] => [
  ['ERR', stream],
  ['TRR', unrelated],
  ['ARR', accurate],
  ['holdout', holdout],
];

/**
 * Edits the stream one by one and measures at every checkpoint, from where an earlier run has stopped. Every line of the log is
 * written when it is known; a checkpoint's own line stands behind its answers.
 *
 * @throws CodedError `cancelled` when the signal says so: what was done is kept.
 */
export async function runMethod(
  folder: string,
  method: Method,
  respond: Respond,
  material: Material,
  experiment: Experiment,
  unedited: UneditedOutputs,
  watch: RunWatch,
): Promise<void> {
  const { stream } = material;
  const inForce = await method.resume(folder);
  const log = RunLog.open(folder, (lines) => {
    const kept = soundLines(lines, inForce);
    // One edit may be in force without its line; if there are more, the log has lost some.
    if (Number.isFinite(inForce) && inForce > editsIn(lines.slice(0, kept)) + 1) throw lostLines(folder, lines.length);
    return kept;
  });
  try {
    let edits = editsIn(log.lines);
    watch.onProgress(log.lines.filter(({ op }) => op !== 'checkpoint').length);
    const note = (line: EvaluationLine, done: number): void => {
      log.append(line);
      watch.onLine?.(line);
      watch.onProgress(done);
    };
    for (const next of checkpointsOf(stream.length, experiment.checkpoints.every)) {
      for (; edits < next; edits++) {
        if (watch.signal.aborted) throw stopped();
        note(
          await editLine(method, respond, stream, edits, edits < inForce && Number.isFinite(inForce), watch.signal),
          1,
        );
      }
      if (log.lines.some((line) => line.op === 'checkpoint' && line.edits === next)) continue;
      method.save(folder, next);
      const history = stream.slice(0, next);
      for (const [group, items] of itemsAt(material, experiment, next)) {
        for (const item of items) {
          if (watch.signal.aborted) throw stopped();
          note(await answerLine(respond, group, item, history, unedited), 1);
        }
      }
      note(checkpointLine(log.lines, next, method.keys, unedited), 0);
      log.sync();
    }
  } finally {
    log.close();
  }
}

const editsIn = (lines: readonly EvaluationLine[]): number => lines.filter(({ op }) => op === 'edit').length;

/** How many lines of a log still count when `inForce` edits are in force: no later edit, and no half of a checkpoint. */
function soundLines(lines: readonly EvaluationLine[], inForce: number): number {
  let kept = 0;
  let edits = 0;
  for (const [at, line] of lines.entries()) {
    if (line.op === 'edit' && (line.row >= inForce || line.row !== edits++)) break;
    if (line.op === 'checkpoint' && line.edits !== edits) break;
    if (line.op !== 'answer') kept = at + 1;
  }
  return kept;
}

async function editLine(
  method: Method,
  respond: Respond,
  stream: readonly Item[],
  row: number,
  isMade: boolean,
  signal: AbortSignal,
): Promise<EditLine> {
  const item = stream[row]!;
  const started = performance.now();
  const trace = await (isMade ? method.recall?.(row + 1) : method.edit(item, stream.slice(0, row), signal));
  const seconds = isMade ? null : (performance.now() - started) / 1000;
  const { output, exact, f1, forced, nll } = await respond(item, 'ERR', stream.slice(0, row + 1));
  return {
    op: 'edit',
    row,
    prompt: textOf(item),
    target: item.targets[0]!,
    ...{ output, exact, f1, forced, nll },
    ...(trace ?? { steps: 0 }),
    seconds,
  };
}

async function answerLine(
  respond: Respond,
  group: GroupName,
  item: Item,
  history: readonly Item[],
  unedited: UneditedOutputs | undefined,
): Promise<AnswerLine> {
  const { decision, ...said } = await respond(item, group, history);
  return {
    op: 'answer',
    edits: history.length,
    group,
    row: item.row,
    prompt: textOf(item),
    target: item.targets[0]!,
    ...said,
    unchanged: !unedited || unedited.get(group)?.[item.row] === said.output,
    ...(decision.nearest || decision.fired ? { decision } : {}),
  };
}

/** What the lines of a log come to at their end. */
function checkpointLine(
  lines: readonly EvaluationLine[],
  edits: number,
  keys: number | null,
  unedited: UneditedOutputs,
): CheckpointLine {
  const answers = lines.filter((line): line is AnswerLine => line.op === 'answer' && line.edits === edits);
  const made = lines.filter((line): line is EditLine => line.op === 'edit');
  const groups = GROUPS.map((group) => {
    if (group === 'ES')
      return [group, metricsOf(made.map((line) => ({ ...line, unchanged: isUnedited(line, unedited) })))] as const;
    return [group, metricsOf(answers.filter((line) => line.group === group))] as const;
  });
  return {
    op: 'checkpoint',
    edits,
    keys,
    groups: Object.fromEntries(groups.filter(([, metrics]) => metrics !== undefined)),
    memory: process.memoryUsage.rss(),
  };
}

const isUnedited = ({ row, output }: EditLine, unedited: UneditedOutputs): boolean =>
  unedited.get('ERR')?.[row] === output;

const textOf = ({ prompt }: Item): string =>
  prompt.kind === 'text' ? prompt.text : prompt.messages.map(({ content }) => content).join('\n');

const stopped = (): CodedError =>
  new CodedError('cancelled', 'The run was stopped.', 'The same command goes on where it stopped.');

/** @param sound how many lines of the log can be read */
const lostLines = (folder: string, sound: number): CodedError =>
  new CodedError(
    'bad-input-file',
    `The log in ${folder} has lost lines of edits that were made: line ${sound + 1} is damaged or gone.`,
    'Mend that line, or delete that folder; the method then begins anew.',
    { line: sound + 1 },
  );
