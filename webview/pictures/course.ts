import * as Plot from '@observablehq/plot';
import * as l10n from '@vscode/l10n';

import type { EvaluationResult, GroupMetrics, GroupName, MethodName } from '../../src/protocol/evaluation.ts';
import { editLink, figure, type Cell, type Figure, type PointEdit, type Table } from './figure.ts';
import { legend, LEGEND_WIDTH, legendHeight, styleOf, type SeriesName } from './series.ts';
import { nameOf, openWords } from './words.ts';

const LEAST_HEIGHT = 300;
/** Of Plot, above and below a plot. */
const MARGINS = 50;

const groupNames = (): Readonly<Record<GroupName, string>> => ({
  ES: l10n.t('Edit success'),
  ERR: l10n.t('Edit retention (ERR)'),
  TRR: l10n.t('Test retention (TRR)'),
  ARR: l10n.t('Accurate retention (ARR)'),
  holdout: l10n.t('Held-out wordings'),
});

interface Point {
  readonly edits: number;
  readonly value: number | null;
  /** The latest edit behind it; absent before any. */
  readonly edit?: PointEdit | undefined;
}

interface Series extends SeriesName {
  readonly points: readonly Point[];
}

/** Each measure over the sequence of edits, a line for each method; and the keys. */
export function courseFigures(runs: readonly EvaluationResult[]): readonly Figure[] {
  const [first] = runs;
  if (!first) return [];
  const names = groupNames();
  const groups = (Object.keys(names) as GroupName[]).filter((group) =>
    runs.some(({ methods }) => methods.some(({ checkpoints }) => checkpoints.some((point) => point.groups[group]))),
  );
  const isText = first.task === 'passages';
  const measured = groups.map((group) =>
    course({
      id: group.toLowerCase(),
      title: names[group],
      label: isText ? l10n.t('perplexity') : l10n.t('exact'),
      isText,
      caption: isText
        ? l10n.t('Mean perplexity of the target texts; lower is better. A point that is missing is beyond numbers.')
        : l10n.t('Share of the prompts whose greedy output is the target; higher is better.'),
      series: seriesOf(runs, ({ course: groupsAt }) => measure(groupsAt[group], isText)),
    }),
  );
  const keys = course({
    id: 'keys',
    title: l10n.t('Keys over edits'),
    label: l10n.t('keys'),
    isText: false,
    caption: l10n.t('Keys in the codebook, or slots of a memory. Below the diagonal, edits share keys.'),
    series: seriesOf(runs, ({ keys: keysAt }) => keysAt ?? undefined),
  });
  return [...measured, keys];
}

function measure(metrics: GroupMetrics | undefined, isText: boolean): number | null | undefined {
  if (!metrics) return undefined;
  return isText ? metrics.perplexity : metrics.exact;
}

type Checkpoint = EvaluationResult['methods'][number]['checkpoints'][number];

/** A line for each method of each run that has been measured. */
function seriesOf(
  runs: readonly EvaluationResult[],
  valueOf: (checkpoint: Checkpoint) => number | null | undefined,
): Series[] {
  const pointOf = (run: number, method: MethodName, checkpoint: Checkpoint): Point[] => {
    const { edits } = checkpoint;
    const value = valueOf(checkpoint);
    return value === undefined ? [] : [{ edits, value, edit: edits > 0 ? { run, method, row: edits - 1 } : undefined }];
  };
  return runs
    .flatMap(({ methods }, run) =>
      methods.map(({ method, checkpoints }) => ({
        ...{ method, run, name: runs.length > 1 ? `${nameOf(method)} (${run + 1})` : nameOf(method) },
        points: checkpoints.flatMap((checkpoint) => pointOf(run, method, checkpoint)),
      })),
    )
    .filter(({ points }) => points.length > 0);
}

interface Course {
  readonly id: string;
  readonly title: string;
  readonly label: string;
  readonly isText: boolean;
  readonly caption: string;
  readonly series: readonly Series[];
}

function course({ id, title, label, isText, caption, series }: Course): Figure {
  const numbers = series.flatMap(({ points }) => points.flatMap(({ value }) => (value ? [value] : [])));
  const logarithmic = isText && Math.max(...numbers) > 10 * Math.min(...numbers);
  return {
    id,
    title,
    caption,
    table: tableOf(series),
    draw: (document, width) =>
      Plot.plot({
        document,
        width,
        height: Math.max(LEAST_HEIGHT, legendHeight(series.length) + MARGINS),
        marginRight: LEGEND_WIDTH,
        marginLeft: 55,
        ariaLabel: title,
        x: { label: l10n.t('edits') },
        y: {
          label,
          grid: true,
          ...(logarithmic ? { type: 'log', ticks: 5, tickFormat: figure } : { zero: !isText }),
        },
        marks: [...series.map(line), ...series.map(dots), ...legend(series)],
      }),
  };
}

/** A row for each number of edits, a column for each line; each value leads to the edit behind it. */
function tableOf(series: readonly Series[]): Table {
  const edits = [...new Set(series.flatMap(({ points }) => points.map((point) => point.edits)))].sort((a, b) => a - b);
  const isCompared = series.some(({ run }) => run > 0);
  const cellOf = (point: Point | undefined): Cell => {
    const value = figure(point?.value);
    return point?.edit ? { value, edit: point.edit, label: `${value}: ${openWords(point.edit, isCompared)}` } : value;
  };
  return {
    columns: [l10n.t('Edits'), ...series.map(({ name }) => name)],
    rows: edits.map((at) => [at, ...series.map(({ points }) => cellOf(points.find((point) => point.edits === at)))]),
  };
}

const shownOf = ({ points }: Series): readonly Point[] => points.filter(({ value }) => value !== null);

function line(series: Series): Plot.Markish {
  const { colour, dash } = styleOf(series);
  return Plot.line(shownOf(series), {
    ...{ x: 'edits', y: 'value', stroke: colour, strokeWidth: 1.75, strokeDasharray: dash },
  });
}

function dots(series: Series): Plot.Markish {
  const { colour, symbol, fill, radius } = styleOf(series);
  return Plot.dot(shownOf(series), {
    ...{ x: 'edits', y: 'value', symbol, r: radius, stroke: colour, fill },
    href: ({ edit }: Point) => (edit ? editLink(edit) : undefined),
    title: ({ edits, value }: Point) => `${series.name}\n${l10n.t('{0} edits: {1}', edits, figure(value))}`,
  });
}
