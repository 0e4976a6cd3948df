import * as Plot from '@observablehq/plot';
import * as l10n from '@vscode/l10n';

import type { LocatedQuery } from '../../src/protocol/evaluation-api.ts';
import type { DistancePoint, GroupName, KeyPoint } from '../../src/protocol/evaluation.ts';
import { codebookEdit, editLink, figure, seriesColour, type Figure, type LinkedValue } from './figure.ts';
import { openWords } from './words.ts';

const rowNames = (): readonly { readonly group: GroupName; readonly name: string }[] => [
  { group: 'ERR', name: l10n.t('edited prompts') },
  { group: 'holdout', name: l10n.t('other wordings') },
  { group: 'ARR', name: l10n.t('accurate') },
  { group: 'TRR', name: l10n.t('unrelated') },
];

/** How far each prompt is from the nearest key, as a share of that key's radius: 1 is the border. */
export function distanceFigure(points: readonly DistancePoint[], isCompared: boolean): Figure | undefined {
  const rows = rowNames();
  const shown = points
    .filter(({ radius }) => radius > 0)
    .map((point) => ({
      ...point,
      name: rows.find(({ group }) => group === point.group)!.name,
      share: point.distance / point.radius,
    }));
  if (shown.length === 0) return undefined;
  const names = rows.map(({ name }) => name).filter((name) => shown.some((point) => point.name === name));
  const title = l10n.t('Distance to the nearest key');
  return {
    id: 'distances',
    title,
    caption: l10n.t(
      'One tick for each prompt: its distance to the nearest key, in radii of that key. Left of the line the edit fires. Distances of 0 are drawn at the left end.',
    ),
    table: {
      columns: [
        l10n.t('Prompts'),
        l10n.t('Prompt'),
        l10n.t('Distance'),
        l10n.t('Radius'),
        l10n.t('Fires'),
        l10n.t('Edit'),
      ],
      rows: shown.map(({ name, prompt, distance, radius, fired, edit }) => [
        name,
        prompt,
        figure(distance),
        figure(radius),
        fired ? l10n.t('yes') : l10n.t('no'),
        linked(edit, isCompared),
      ]),
    },
    draw: (document, width) => {
      const smallest = Math.min(0.1, ...shown.map(({ share }) => share).filter((share) => share > 0));
      return Plot.plot({
        document,
        width,
        height: 70 + 50 * names.length,
        marginBottom: 40,
        marginLeft: 110,
        ariaLabel: title,
        x: { type: 'log', label: l10n.t('distance in radii'), ticks: 6, tickFormat: figure, grid: true },
        y: { label: null, domain: names, tickSize: 0 },
        marks: [
          Plot.ruleX([1], { stroke: 'currentColor', strokeWidth: 2 }),
          Plot.text([1], { x: [1], frameAnchor: 'top', dy: -8, dx: 4, textAnchor: 'start', text: [l10n.t('radius')] }),
          Plot.tickX(shown, {
            x: ({ share }: { readonly share: number }) => Math.max(share, smallest),
            y: 'name',
            stroke: ({ fired }: DistancePoint) => seriesColour(fired ? 0 : 1),
            strokeOpacity: 0.65,
            href: ({ edit }: DistancePoint) => editLink(codebookEdit(edit)),
            title: ({ prompt, distance, radius, edit }: DistancePoint) =>
              `${prompt}\n${l10n.t('distance {0}, radius {1}, edit {2}', figure(distance), figure(radius), edit)}`,
          }),
        ],
        color: { type: 'identity' },
      });
    },
  };
}

/**
 * The codebook's keys in the plane in which they differ most, each with its radius.
 *
 * @param query a prompt among them
 */
export function keyMapFigure(
  keys: readonly KeyPoint[],
  variance: number,
  isCompared: boolean,
  query: LocatedQuery | null,
): Figure | undefined {
  if (keys.length < 3) return undefined;
  const title = l10n.t('Map of the keys');
  const queries = query ? [query] : [];
  const places = [...keys, ...queries.map(({ x, y }) => ({ x, y, radius: 0 }))];
  return {
    id: 'key-map',
    title,
    caption: l10n.t(
      'The first two principal components of the keys, {0} % of their variance, at one scale; circles are radii. In all directions together keys are farther apart than they look here.',
      Math.round(100 * variance),
    ),
    table: {
      columns: [l10n.t('Edit'), l10n.t('Prompt'), l10n.t('Target'), 'x', 'y', l10n.t('Radius')],
      rows: keys.map(({ edit, prompt, target, x, y, radius }) => [
        linked(edit, isCompared),
        prompt,
        target,
        figure(x),
        figure(y),
        figure(radius),
      ]),
    },
    draw: (document, width) => {
      const { x, y, scale, height } = frameOf(places, width);
      return Plot.plot({
        document,
        width,
        height,
        margin: MARGIN,
        ariaLabel: title,
        x: { label: l10n.t('first component'), domain: x },
        y: { label: l10n.t('second component'), domain: y },
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
            href: ({ edit }: KeyPoint) => editLink(codebookEdit(edit)),
            title: ({ edit, prompt, target, radius }: KeyPoint) =>
              `${l10n.t('edit {0}, radius {1}', edit, figure(radius))}\n${prompt}\n→ ${target}`,
          }),
          Plot.dot(queries, {
            x: 'x',
            y: 'y',
            r: 8,
            symbol: 'star',
            stroke: 'var(--paper)',
            fill: seriesColour(1),
            title: ({ prompt }: LocatedQuery) => prompt,
          }),
        ],
      });
    },
  };
}

/** The number of an edit of the codebook, as a link to it. */
function linked(edit: number, isCompared: boolean): LinkedValue {
  const to = codebookEdit(edit);
  return { value: edit, edit: to, label: openWords(to, isCompared) };
}

const MARGIN = 45;
const MOST_HEIGHT = 620;

/** A frame around all circles at one scale, in pixels for a unit, whichever side is the longer one. */
function frameOf(
  places: readonly { readonly x: number; readonly y: number; readonly radius: number }[],
  width: number,
): { readonly x: [number, number]; readonly y: [number, number]; readonly scale: number; readonly height: number } {
  const range = (axis: 'x' | 'y'): [number, number] => [
    Math.min(...places.map((place) => place[axis] - place.radius)),
    Math.max(...places.map((place) => place[axis] + place.radius)),
  ];
  const [x, y] = [range('x'), range('y')];
  const [across, up] = [x[1] - x[0] || 1, y[1] - y[0] || 1];
  const room = width - 2 * MARGIN;
  const scale = Math.min(room / across, MOST_HEIGHT / up);
  const aside = (room / scale - across) / 2;
  return { x: [x[0] - aside, x[1] + aside], y, scale, height: scale * up + 2 * MARGIN };
}
