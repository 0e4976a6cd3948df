import * as Plot from '@observablehq/plot';
import * as l10n from '@vscode/l10n';

import type { EvaluationResult, GroupMetrics, GroupName, MethodName } from '../../src/protocol/evaluation.ts';
import { editLink, figure, seriesColour, SERIES, type Figure, type PointEdit } from './figure.ts';

const SYMBOLS = ['circle', 'square', 'triangle', 'diamond', 'cross', 'star', 'wye', 'times', 'asterisk'] as const;
const DASHES = ['', '6 3', '2 2', '8 2 2 2', '4 4', '1 3', '10 3', '6 2 2 2 2 2', '3 1'] as const;

const groupNames = (): Readonly<Record<GroupName, string>> => ({
  ES: l10n.t('Edit success'),
  ERR: l10n.t('Edit retention (ERR)'),
  TRR: l10n.t('Test retention (TRR)'),
  ARR: l10n.t('Accurate retention (ARR)'),
  holdout: l10n.t('Held-out wordings'),
});

interface Point {
  readonly series: string;
  readonly at: number;
  readonly edits: number;
  readonly value: number | null;
  /** The latest edit behind it; absent before any. */
  readonly edit?: PointEdit | undefined;
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
      points: pointsOf(runs, (groupsAt) => measure(groupsAt[group], isText)),
    }),
  );
  const keys = course({
    id: 'keys',
    title: l10n.t('Keys over edits'),
    label: l10n.t('keys'),
    isText: false,
    caption: l10n.t('Keys in the codebook, or slots of a memory. Below the diagonal, edits share keys.'),
    points: pointsOf(runs, (_, keysAt) => keysAt ?? undefined),
  });
  return [...measured, keys];
}

function measure(metrics: GroupMetrics | undefined, isText: boolean): number | null | undefined {
  if (!metrics) return undefined;
  return isText ? metrics.perplexity : metrics.exact;
}

function pointsOf(
  runs: readonly EvaluationResult[],
  valueOf: (
    groups: EvaluationResult['methods'][number]['checkpoints'][number]['groups'],
    keys: number | null,
  ) => number | null | undefined,
): Point[] {
  const many = runs.length > 1;
  const series = runs.flatMap((run, at) =>
    run.methods.map((method) => ({
      ...{ method, run: at },
      name: many ? `${nameOf(method.method)} (${at + 1})` : nameOf(method.method),
    })),
  );
  return series.flatMap(({ method, name, run }, at) =>
    method.checkpoints.flatMap(({ edits, course: groups, keys }): Point[] => {
      const value = valueOf(groups, keys);
      const edit = edits > 0 ? { run, method: method.method, row: edits - 1 } : undefined;
      return value === undefined ? [] : [{ series: name, at: at % SERIES, edits, value, edit }];
    }),
  );
}

interface Course {
  readonly id: string;
  readonly title: string;
  readonly label: string;
  readonly isText: boolean;
  readonly caption: string;
  readonly points: readonly Point[];
}

function course({ id, title, label, isText, caption, points }: Course): Figure {
  const edits = [...new Set(points.map((point) => point.edits))].sort((a, b) => a - b);
  const series = [...new Map(points.map((point) => [point.series, point.at]))];
  const valueAt = (name: string, at: number): number | null | undefined =>
    points.find((point) => point.series === name && point.edits === at)?.value;
  const numbers = points.flatMap(({ value }) => (value === null || value <= 0 ? [] : [value]));
  const logarithmic = isText && Math.max(...numbers) > 10 * Math.min(...numbers);
  const shown = points.filter((point): point is Point & { value: number } => point.value !== null);
  return {
    id,
    title,
    caption,
    table: {
      columns: [l10n.t('Edits'), ...series.map(([name]) => name)],
      rows: edits.map((at) => ({
        cells: [at, ...series.map(([name]) => figure(valueAt(name, at)))],
        edit: lastEdit(points.filter((point) => point.edits === at)),
      })),
    },
    draw: (document, width) =>
      Plot.plot({
        document,
        width,
        height: 300,
        marginRight: 130,
        marginLeft: 55,
        ariaLabel: title,
        x: { label: l10n.t('edits') },
        y: {
          label,
          grid: true,
          ...(logarithmic ? { type: 'log', ticks: 5, tickFormat: figure } : { zero: !isText }),
        },
        marks: [
          ...series.map(([name, at]) =>
            Plot.line(
              shown.filter((point) => point.series === name),
              { x: 'edits', y: 'value', stroke: seriesColour(at), strokeWidth: 1.75, strokeDasharray: DASHES[at]! },
            ),
          ),
          ...series.map(([name, at]) =>
            Plot.dot(
              shown.filter((point) => point.series === name),
              {
                x: 'edits',
                y: 'value',
                symbol: SYMBOLS[at]!,
                r: 3.5,
                stroke: seriesColour(at),
                fill: 'var(--paper)',
                href: ({ edit }: Point) => (edit ? editLink(edit) : undefined),
                title: (point: Point) => `${name}\n${l10n.t('{0} edits: {1}', point.edits, figure(point.value))}`,
              },
            ),
          ),
          ...legend(series, width),
        ],
      }),
  };
}

/** Of the points above one number of edits, the edit by GRACE, or by the first method that made one. */
function lastEdit(points: readonly Point[]): PointEdit | undefined {
  const made = points.flatMap(({ edit }) => (edit && edit.method !== 'none' ? [edit] : []));
  return made.find(({ method }) => method === 'grace') ?? made[0];
}

/** Names beside the plot, each with its symbol: lines that end together would hide each other's names. */
function legend(series: readonly (readonly [string, number])[], width: number) {
  return series.flatMap(([name, at], row) => {
    const place = { frameAnchor: 'top-right' as const, dy: 8 + row * 18 };
    return [
      Plot.dot([name], {
        ...place,
        dx: 16,
        symbol: SYMBOLS[at]!,
        r: 4,
        stroke: seriesColour(at),
        fill: 'var(--paper)',
      }),
      Plot.text([name], { ...place, dx: width < 300 ? 20 : 26, dy: place.dy, text: [name], textAnchor: 'start' }),
    ];
  });
}

/** Methods as people call them. */
export const nameOf = (method: MethodName): string =>
  ({
    none: l10n.t('No edit'),
    ft: 'FT',
    'ft-ewc': 'FT + EWC',
    'ft-retrain': l10n.t('FT + retrain'),
    defer: l10n.t('Defer'),
    memory: l10n.t('Memory'),
    'in-context': l10n.t('In context'),
    grace: 'GRACE',
    'grace-two-part': l10n.t('GRACE, two-part'),
  })[method];
