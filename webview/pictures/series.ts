import * as Plot from '@observablehq/plot';

import type { MethodName } from '../../src/protocol/evaluation.ts';
import { seriesColour } from './figure.ts';

/** What a line is of. */
export interface SeriesName {
  readonly name: string;
  readonly method: MethodName;
  /** Its place among the runs that are drawn. */
  readonly run: number;
}

/** Colour and symbol say which method, alike in all pictures; dash and filling say which run. */
export interface SeriesStyle {
  readonly colour: string;
  readonly symbol: Plot.SymbolName;
  readonly dash: string;
  readonly fill: string;
  /** Of the symbol: one that is hollow fits around a filled one in the same place. */
  readonly radius: number;
}

const STYLES: Readonly<Record<MethodName, readonly [colour: number, symbol: Plot.SymbolName]>> = {
  grace: [0, 'circle'],
  ft: [1, 'square'],
  'grace-two-part': [2, 'triangle'],
  memory: [3, 'diamond'],
  'in-context': [4, 'cross'],
  'ft-ewc': [5, 'star'],
  'ft-retrain': [6, 'wye'],
  none: [7, 'times'],
  defer: [8, 'asterisk'],
};

/** Of runs that the first is compared with; the page draws one such run, the command line more. */
const DASHES = ['5 3', '2 2', '8 2 2 2'] as const;

export function styleOf({ method, run }: SeriesName): SeriesStyle {
  const [at, symbol] = STYLES[method];
  const colour = seriesColour(at);
  return run === 0
    ? { colour, symbol, dash: '', fill: colour, radius: 3.5 }
    : { colour, symbol, dash: DASHES[(run - 1) % DASHES.length]!, fill: 'transparent', radius: 5 };
}

const LINE_HEIGHT = 18;
const SAMPLE_LENGTH = 26;

/** Room that a legend takes at the right of a plot. */
export const LEGEND_WIDTH = 150;
export const legendHeight = (count: number): number => LINE_HEIGHT * count;

/** Names beside the plot, each with a piece of its line: lines that end together would hide each other's names. */
export const legend = (series: readonly SeriesName[]): Plot.Markish[] =>
  series.flatMap((one, row) => {
    const { colour, symbol, dash, fill, radius } = styleOf(one);
    const place = { frameAnchor: 'top-right', dx: 24, dy: LINE_HEIGHT * (row + 0.5) } as const;
    return [
      Plot.vector([one], {
        ...{ ...place, anchor: 'middle', rotate: 90, length: SAMPLE_LENGTH, shape: SAMPLE },
        ...{ stroke: colour, strokeWidth: 1.75, strokeDasharray: dash },
      }),
      Plot.dot([one], { ...place, symbol, r: radius, stroke: colour, fill }),
      Plot.text([one], {
        ...place,
        dx: 43,
        text: ({ name }: SeriesName) => name,
        textAnchor: 'start',
        lineAnchor: 'middle',
      }),
    ];
  });

/** A vector without a head. */
const SAMPLE: Plot.VectorShapeImplementation = {
  draw: (context, length) => {
    context.moveTo(0, 0);
    context.lineTo(0, -length);
  },
};
