import * as Plot from '@observablehq/plot';

import type { GroupName, SweepCell, SweepResult } from '../../src/protocol/evaluation.ts';
import { figure, type Figure } from './figure.ts';

const MEASURES: readonly { readonly id: string; readonly title: string; readonly group?: GroupName }[] = [
  { id: 'sweep-err', title: 'Edit retention (ERR) by hook point and radius', group: 'ERR' },
  { id: 'sweep-trr', title: 'Test retention (TRR) by hook point and radius', group: 'TRR' },
  { id: 'sweep-holdout', title: 'Held-out wordings by hook point and radius', group: 'holdout' },
  { id: 'sweep-keys', title: 'Keys by hook point and radius' },
];

/** One heat map for each measure of a sweep, and each policy: the paper's figure 2. */
export function sweepFigures(sweep: SweepResult): readonly Figure[] {
  const policies = [...new Set(sweep.cells.map(({ policy }) => policy))];
  return policies.flatMap((policy) => {
    const cells = sweep.cells.filter((cell) => cell.policy === policy);
    return MEASURES.filter(({ group }) => group === undefined || cells.some(({ groups }) => groups[group])).map(
      (measure) => heatMap(sweep, cells, policies.length > 1 ? policy : '', measure),
    );
  });
}

function heatMap(
  sweep: SweepResult,
  cells: readonly SweepCell[],
  policy: string,
  { id, title, group }: (typeof MEASURES)[number],
): Figure {
  const isText = sweep.task === 'passages';
  const valueOf = ({ groups, keys }: SweepCell): number | null | undefined => {
    if (group === undefined) return keys;
    return isText ? groups[group]?.perplexity : groups[group]?.exact;
  };
  const multiple = ({ radius, measured }: SweepCell): string =>
    measured > 0 ? `${figure(radius / measured)}×` : figure(radius);
  const shown = cells.map((cell) => ({ cell, hook: cell.hook, radius: multiple(cell), value: valueOf(cell) ?? null }));
  const numbers = shown.flatMap(({ value }) => (value === null ? [] : [value]));
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  /** From 0 to 1: how dark a cell is. The words on it turn over in the middle. */
  const shade = (value: number | null): number =>
    value === null || most === least ? 0 : (value - least) / (most - least);
  const heading = policy === '' ? title : `${title}, ${policy}`;
  return {
    id: policy === '' ? id : `${id}-${policy}`,
    title: heading,
    caption: `${group === undefined ? 'Keys' : isText ? 'Perplexity; lower is better' : 'Share that is exactly right'} after ${cells[0]?.edits ?? 0} edits. The radius is in multiples of the one that is measured for the hook point.`,
    table: {
      columns: ['Hook point', 'Radius', 'Radius in numbers', 'Value', 'Keys'],
      rows: shown.map(({ cell, hook, radius, value }) => ({
        cells: [hook, radius, figure(cell.radius), figure(value), cell.keys],
      })),
    },
    draw: (document, width) =>
      Plot.plot({
        document,
        width,
        height: 60 + 44 * new Set(cells.map(({ hook }) => hook)).size,
        marginLeft: Math.min(width / 2.5, 20 + 6.2 * Math.max(...cells.map(({ hook }) => hook.length))),
        ariaLabel: heading,
        x: { label: 'radius', domain: [...new Set(shown.map(({ radius }) => radius))], tickSize: 0 },
        y: { label: null, domain: [...new Set(shown.map(({ hook }) => hook))], tickSize: 0 },
        marks: [
          Plot.cell(shown, {
            x: 'radius',
            y: 'hook',
            inset: 1,
            fill: 'var(--heat)',
            fillOpacity: ({ value }: { readonly value: number | null }) => 0.08 + 0.92 * shade(value),
            stroke: 'var(--line)',
            title: ({ hook, radius, value, cell }: (typeof shown)[number]) =>
              `${hook}\nradius ${radius} = ${figure(cell.radius)}\n${figure(value)}, ${cell.keys} keys`,
          }),
          Plot.text(shown, {
            x: 'radius',
            y: 'hook',
            text: ({ value }: { readonly value: number | null }) => figure(value),
            fill: ({ value }: { readonly value: number | null }) =>
              shade(value) > 0.5 ? 'var(--paper)' : 'currentColor',
            fontSize: 11,
          }),
        ],
        opacity: { range: [0, 1], domain: [0, 1] },
        color: { type: 'identity' },
      }),
  };
}
