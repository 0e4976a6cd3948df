import * as Plot from '@observablehq/plot';

import type { DistancePoint, GroupName, KeyPoint } from '../../src/protocol/evaluation.ts';
import { editLink, figure, seriesColour, type Figure } from './figure.ts';

const ROWS: readonly { readonly group: GroupName; readonly name: string }[] = [
  { group: 'ERR', name: 'edited prompts' },
  { group: 'holdout', name: 'other wordings' },
  { group: 'ARR', name: 'accurate' },
  { group: 'TRR', name: 'unrelated' },
];

/** How far each prompt is from the nearest key, as a share of that key's radius: 1 is the border. */
export function distanceFigure(points: readonly DistancePoint[]): Figure | undefined {
  const shown = points
    .filter(({ radius }) => radius > 0)
    .map((point) => ({
      ...point,
      name: ROWS.find(({ group }) => group === point.group)!.name,
      share: point.distance / point.radius,
    }));
  if (shown.length === 0) return undefined;
  const names = ROWS.map(({ name }) => name).filter((name) => shown.some((point) => point.name === name));
  const title = 'Distance to the nearest key';
  return {
    id: 'distances',
    title,
    caption:
      'One tick for each prompt: its distance to the nearest key, in radii of that key. Left of the line the edit fires. Distances of 0 are drawn at the left end.',
    table: {
      columns: ['Prompts', 'Prompt', 'Distance', 'Radius', 'Fires'],
      rows: shown.map(({ name, prompt, distance, radius, fired, edit }) => ({
        cells: [name, prompt, figure(distance), figure(radius), fired ? 'yes' : 'no'],
        edit,
      })),
    },
    draw: (document, width) => {
      const smallest = Math.min(0.1, ...shown.map(({ share }) => share).filter((share) => share > 0));
      return Plot.plot({
        document,
        width,
        height: 60 + 50 * names.length,
        marginLeft: 110,
        ariaLabel: title,
        x: { type: 'log', label: 'distance in radii', ticks: 6, tickFormat: figure, grid: true },
        y: { label: null, domain: names, tickSize: 0 },
        marks: [
          Plot.ruleX([1], { stroke: 'currentColor', strokeWidth: 2 }),
          Plot.text(['radius'], { x: [1], frameAnchor: 'top', dy: -8, dx: 4, textAnchor: 'start', text: ['radius'] }),
          Plot.tickX(shown, {
            x: ({ share }: { readonly share: number }) => Math.max(share, smallest),
            y: 'name',
            stroke: ({ fired }: DistancePoint) => seriesColour(fired ? 0 : 1),
            strokeOpacity: 0.65,
            href: ({ edit }: DistancePoint) => editLink(edit),
            title: ({ prompt, distance, radius, edit }: DistancePoint) =>
              `${prompt}\ndistance ${figure(distance)}, radius ${figure(radius)}, edit ${edit}`,
          }),
        ],
        color: { type: 'identity' },
      });
    },
  };
}

/** The codebook's keys in the plane in which they differ most, each with its radius. */
export function keyMapFigure(keys: readonly KeyPoint[], variance: number): Figure | undefined {
  if (keys.length < 3) return undefined;
  const title = 'Map of the keys';
  const extent = (of: (key: KeyPoint) => number): number => Math.max(...keys.map(of)) - Math.min(...keys.map(of)) || 1;
  return {
    id: 'key-map',
    title,
    caption: `The first two principal components of the keys, ${Math.round(100 * variance)} % of their variance, at one scale; circles are radii. In all directions together keys are farther apart than they look here.`,
    table: {
      columns: ['Edit', 'Prompt', 'Target', 'x', 'y', 'Radius'],
      rows: keys.map(({ edit, prompt, target, x, y, radius }) => ({
        cells: [edit, prompt, target, figure(x), figure(y), figure(radius)],
        edit,
      })),
    },
    draw: (document, width) => {
      const margin = 45;
      const scale = (width - 2 * margin) / extent(({ x }) => x);
      const height = Math.min(700, Math.max(200, scale * extent(({ y }) => y) + 2 * margin));
      return Plot.plot({
        document,
        width,
        height,
        margin,
        aspectRatio: 1,
        ariaLabel: title,
        x: { label: 'first component', nice: true },
        y: { label: 'second component', nice: true },
        r: { type: 'identity' },
        marks: [
          Plot.dot(keys, {
            x: 'x',
            y: 'y',
            r: ({ radius }: KeyPoint) => radius * scale,
            stroke: seriesColour(0),
            strokeOpacity: 0.5,
            fill: seriesColour(0),
            fillOpacity: 0.08,
          }),
          Plot.dot(keys, {
            x: 'x',
            y: 'y',
            r: 2.5,
            fill: seriesColour(0),
            href: ({ edit }: KeyPoint) => editLink(edit),
            title: ({ edit, prompt, target, radius }: KeyPoint) =>
              `edit ${edit}, radius ${figure(radius)}\n${prompt}\n→ ${target}`,
          }),
        ],
      });
    },
  };
}
