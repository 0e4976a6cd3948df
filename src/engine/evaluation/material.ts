import { CodedError } from '../../protocol/coded-error.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { resolvePath, type Experiment, type RowsFile } from './experiment.ts';
import { readRows, readWordings, type Row } from './rows.ts';
import { shuffled } from './shuffle.ts';

/** Something a model is asked in an experiment, and what it should say. */
export interface Item {
  /** Its place in its group, from 0. */
  readonly row: number;
  readonly prompt: Prompt;
  /** The target that is taught or scored; others that count as right when text is compared come behind it. */
  readonly targets: readonly string[];
  /** Who or what it is about, where the data says so. */
  readonly subject?: string | undefined;
  /** Rows of one fact share it. */
  readonly fact: number;
}

/** All that an experiment asks, in order: the same for the same file, data and seed. */
export interface Material {
  readonly stream: readonly Item[];
  readonly holdout: readonly Item[];
  readonly unrelated: readonly Item[];
  readonly accurate: readonly Item[];
  /** Rows left out because they do not fit the model. */
  readonly tooLong: number;
  /** Rows left out because they lack what they are read for: an answer, a subject, wordings of their relation. */
  readonly unusable: number;
}

/** The questions that ask for each relation. */
type Wordings = ReadonlyMap<string, readonly string[]>;

interface Asked extends Pick<Item, 'targets' | 'subject' | 'fact'> {
  readonly prompt: string;
}

/**
 * Reads an experiment's data and cuts it into groups.
 *
 * @param fits whether a prompt and its target fit the model's context
 * @throws CodedError `bad-input-file` for data that cannot be used, and for a file of which no row can.
 */
export function readMaterial(experiment: Experiment, fits: (prompt: Prompt, target: string) => boolean): Material {
  const { data, seed, prompts, task } = experiment;
  const rowsOf = (file: RowsFile): readonly Row[] => readRows(resolvePath(experiment, file.file), file.where);
  let unusable = 0;
  const usableOf = (file: RowsFile, usable: (row: Row) => boolean): readonly Row[] => {
    const rows = rowsOf(file);
    const found = rows.filter(usable);
    unusable += rows.length - found.length;
    if (found.length > 0) return found;
    throw new CodedError(
      'bad-input-file',
      `No row of ${file.file} has what it is read for.`,
      'See docs/evaluation.md.',
    );
  };
  const wordings = data.wordings === undefined ? undefined : readWordings(resolvePath(experiment, data.wordings));
  const editRows = usableOf(data.edits, (row) => row.targets.length > 0 && wordingsOf(row, wordings).length > 0);
  const { stream, holdout } = editsOf(experiment, editRows, wordings);
  const others = (file: RowsFile | undefined, most: number, at: number): Asked[] => {
    if (!file) return [];
    const rows = usableOf(file, (row) => row.targets.length > 0 || isPassage(row));
    const asked = rows.map((row) => (row.targets.length > 0 ? whole(row) : continued(row)));
    return shuffled(asked, seed + at).slice(0, most);
  };
  let tooLong = 0;
  const items = (asked: readonly Asked[], most = Infinity): Item[] => {
    const fitting: Item[] = [];
    for (const { prompt, targets, ...about } of asked) {
      if (fitting.length >= most) break;
      const wanted: Prompt = { kind: 'text', text: prompt };
      if (locating(prompt, () => fits(wanted, targets[0]!)))
        fitting.push({ row: fitting.length, prompt: wanted, targets, ...about });
      else tooLong++;
    }
    return fitting;
  };
  const inOrder = experiment.order === 'file' || task === 'passages' ? stream : shuffled(stream, seed + 1);
  const edits = items(inOrder, experiment.size);
  const edited = new Set(edits.map(({ fact }) => fact));
  const held = data.holdout ? others(data.holdout, prompts.holdout, 4) : holdout.filter(({ fact }) => edited.has(fact));
  return {
    stream: edits,
    holdout: items(shuffled(held, seed + 2), prompts.holdout),
    unrelated: items(others(data.unrelated, prompts.unrelated, 3)),
    accurate: items(others(data.accurate, prompts.accurate, 5)),
    tooLong,
    unusable,
  };
}

/** What is wrong with a row, such as a class that the model does not have, is told with the row. */
function locating<T>(prompt: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const shown = prompt.length > SHOWN ? `${prompt.slice(0, SHOWN)}…` : prompt;
    throw new CodedError(
      'bad-input-file',
      `The row ${JSON.stringify(shown)} of the experiment's data cannot be used: ${error.message}`,
      error.advice,
      error.data,
    );
  }
}

const SHOWN = 80;

const whole = ({ prompt, targets }: Row): Asked => ({ prompt, targets, fact: -1 });

/** A passage is long enough that its first words leave something to go on with. */
const WORDS_GIVEN = 12;
const isPassage = ({ prompt }: Row): boolean => prompt.split(/\s+/).length >= 2 * WORDS_GIVEN;

/** A passage as something to go on with: its first words, and the rest. */
function continued({ prompt }: Row): Asked {
  const words = prompt.split(/\s+/);
  const given = words.slice(0, WORDS_GIVEN).join(' ');
  return { prompt: given, targets: [words.slice(WORDS_GIVEN, 5 * WORDS_GIVEN).join(' ')], fact: -1 };
}

/** The rows that are streamed as edits, and the other wordings of the same facts, which never are. */
function editsOf(
  experiment: Experiment,
  rows: readonly Row[],
  wordings: Wordings | undefined,
): { readonly stream: readonly Asked[]; readonly holdout: readonly Asked[] } {
  const { protocol, seed, size, order } = experiment;
  const facts = rows.map((row, fact) => {
    return { fact, targets: row.targets, subject: row.subject, asked: wordingsOf(row, wordings) };
  });
  const inOrder = order === 'file' ? facts : shuffled(facts, seed);
  const streamedOf = (asked: readonly string[]): number =>
    wordings ? Math.min(protocol.streamed, asked.length - 1) : 1;
  const chosen = size === undefined ? inOrder : inOrder.slice(0, factsFor(size, inOrder, streamedOf));
  const rowsOf = ({ asked, ...about }: (typeof facts)[number], from: number, to?: number): Asked[] =>
    asked.slice(from, to).map((prompt) => ({ prompt, ...about }));
  if (wordings && protocol.by === 'row') {
    const all = shuffled(
      chosen.flatMap((fact) => rowsOf(fact, 0, 2 * protocol.streamed)),
      seed + 6,
    );
    return { stream: all.slice(0, all.length >> 1), holdout: all.slice(all.length >> 1) };
  }
  return {
    stream: chosen.flatMap((fact) => rowsOf(fact, 0, streamedOf(fact.asked))),
    holdout: chosen.flatMap((fact) => rowsOf(fact, streamedOf(fact.asked), wordings && 2 * protocol.streamed)),
  };
}

/** A row's wordings: the questions of its relation, about its subject, or its prompt and what stands beside it. */
function wordingsOf(row: Row, wordings: Wordings | undefined): readonly string[] {
  if (!wordings) return row.prompt === '' ? [] : [row.prompt, ...row.rephrasings];
  const { subject } = row;
  if (subject === undefined || row.relation === undefined) return [];
  return (wordings.get(row.relation) ?? []).map((question) => question.replaceAll('{}', () => subject));
}

/** How many facts make at least `size` rows. */
function factsFor(
  size: number,
  facts: readonly { readonly asked: readonly string[] }[],
  streamedOf: (asked: readonly string[]) => number,
): number {
  let rows = 0;
  const enough = facts.findIndex(({ asked }) => (rows += streamedOf(asked)) >= size);
  return enough < 0 ? facts.length : enough + 1;
}
