import * as Plot from '@observablehq/plot';
import * as l10n from '@vscode/l10n';

import type { GroupName, SweepCell, SweepResult } from '../../src/protocol/evaluation.ts';
import { figure, type Figure } from './figure.ts';

interface Measure {
  readonly id: string;
  readonly title: string;
  readonly group?: GroupName;
}

const measures = (): readonly Measure[] => [
  { id: 'sweep-err', title: l10n.t('Edit retention (ERR) by hook point and radius'), group: 'ERR' },
  { id: 'sweep-trr', title: l10n.t('Test retention (TRR) by hook point and radius'), group: 'TRR' },
  { id: 'sweep-holdout', title: l10n.t('Held-out wordings by hook point and radius'), group: 'holdout' },
  { id: 'sweep-keys', title: l10n.t('Keys by hook point and radius') },
];

/** Opacity of cells: in every theme the number on the darkest can be read. */
const [FAINTEST, DARKEST] = [0.05, 0.55];

/** One heat map for each measure of a sweep, and each policy: the paper's figure 2. */
export function sweepFigures(sweep: SweepResult): readonly Figure[] {
  const policies = [...new Set(sweep.cells.map(({ policy }) => policy))];
  return policies.flatMap((policy) => {
    const cells = sweep.cells.filter((cell) => cell.policy === policy);
    return measures()
      .filter(({ group }) => group === undefined || cells.some(({ groups }) => groups[group]))
      .map((measure) => heatMap(sweep, cells, policies.length > 1 ? policy : '', measure));
  });
}

function heatMap(
  sweep: SweepResult,
  cells: readonly SweepCell[],
  policy: string,
  { id, title, group }: Measure,
): Figure {
  const isText = sweep.task === 'passages';
  const valueOf = ({ groups, keys }: SweepCell): number | null | undefined => {
    if (group === undefined) return keys;
    return isText ? groups[group]?.perplexity : groups[group]?.exact;
  };
  const isMultiple = areMultiples(cells);
  const column = isMultiple ? multiple : ({ radius }: SweepCell): string => figure(radius);
  const shown = cells.map((cell) => ({ cell, hook: cell.hook, radius: column(cell), value: valueOf(cell) ?? null }));
  const numbers = shown.flatMap(({ value }) => (value === null ? [] : [value]));
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  /** From 0 to 1: how dark a cell is. */
  const shade = (value: number | null): number =>
    value === null || most === least ? 0 : (value - least) / (most - least);
  const short = shortener([...new Set(cells.map(({ hook }) => hook))]);
  const heading = policy === '' ? title : `${title}, ${policy}`;
  return {
    id: policy === '' ? id : `${id}-${policy}`,
    title: heading,
    caption: [
      scaleWords(group, isText),
      l10n.t('Measured after {0} edits.', cells[0]?.edits ?? 0),
      ...(isMultiple ? [l10n.t('The radius is in multiples of the one that is measured for the hook point.')] : []),
    ].join(' '),
    table: {
      columns: [l10n.t('Hook point'), l10n.t('Radius'), l10n.t('In measured radii'), l10n.t('Value'), l10n.t('Keys')],
      rows: shown.map(({ cell, hook, value }) => [hook, figure(cell.radius), multiple(cell), figure(value), cell.keys]),
    },
    draw: (document, width) =>
      Plot.plot({
        document,
        width,
        height: 70 + 44 * new Set(cells.map(({ hook }) => hook)).size,
        marginLeft: Math.min(width / 2.5, 20 + 6.2 * Math.max(...cells.map(({ hook }) => short(hook).length))),
        marginBottom: 40,
        ariaLabel: heading,
        x: { label: l10n.t('radius'), domain: [...new Set(shown.map(({ radius }) => radius))], tickSize: 0 },
        y: { label: null, domain: [...new Set(shown.map(({ hook }) => hook))], tickSize: 0, tickFormat: short },
        marks: [
          Plot.cell(shown, {
            x: 'radius',
            y: 'hook',
            inset: 1,
            fill: 'var(--heat)',
            fillOpacity: ({ value }: { readonly value: number | null }) =>
              FAINTEST + (DARKEST - FAINTEST) * shade(value),
            stroke: 'var(--line)',
            title: ({ hook, value, cell }: (typeof shown)[number]) =>
              `${hook}\n${l10n.t('radius {0}, {1} the measured one', figure(cell.radius), multiple(cell))}\n${l10n.t('{0}, {1} keys', figure(value), cell.keys)}`,
          }),
          Plot.text(shown, {
            x: 'radius',
            y: 'hook',
            text: ({ value }: { readonly value: number | null }) => figure(value),
            fill: 'currentColor',
            fontSize: 11,
          }),
        ],
        opacity: { range: [0, 1], domain: [0, 1] },
        color: { type: 'identity' },
      }),
  };
}

const multiple = ({ radius, measured }: SweepCell): string =>
  measured > 0 ? `${figure(radius / measured)}×` : figure(radius);

/** Whether the hook points share multiples of their measured radii, and not the radii themselves. */
const areMultiples = (cells: readonly SweepCell[]): boolean =>
  new Set(cells.map(multiple)).size <= new Set(cells.map(({ radius }) => figure(radius))).size;

function scaleWords(group: GroupName | undefined, isText: boolean): string {
  if (group === undefined) return l10n.t('Keys in the codebook.');
  return isText ? l10n.t('Perplexity; lower is better.') : l10n.t('Share that is exactly right; higher is better.');
}

/** Leaves out the end that all paths share, behind a dot: what is left tells them apart. */
function shortener(paths: readonly string[]): (path: string) => string {
  const parts = paths.map((path) => path.split('.').reverse());
  const [first = []] = parts;
  const differs = first.findIndex((part, at) => parts.some((other) => other[at] !== part));
  const shared = differs < 0 ? 0 : differs;
  return (path) => (shared === 0 ? path : `${path.split('.').slice(0, -shared).join('.')} …`);
}
