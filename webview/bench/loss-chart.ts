import * as l10n from '@vscode/l10n';
import { html, svg, type TemplateResult } from 'lit';

const WIDTH = 320;
const HEIGHT = 72;
const INSET = 4;

/** The loss before each step, as a line that falls, and in words. */
export function lossChart(losses: readonly number[]): TemplateResult {
  const last = losses.at(-1) ?? 0;
  const words =
    losses.length === 0
      ? l10n.t('Loss: not measured yet')
      : l10n.t('Loss: {0} at first, {1} after {2} steps', losses[0]!.toFixed(2), last.toFixed(3), losses.length - 1);
  return html`<figure class="loss">
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${words} preserveAspectRatio="none">
      ${svg`<line class="axis" x1="0" x2=${WIDTH} y1=${HEIGHT - INSET} y2=${HEIGHT - INSET} />
        <polyline class="line" points=${points(losses)} vector-effect="non-scaling-stroke" />`}
    </svg>
    <figcaption aria-hidden="true">${words}</figcaption>
  </figure>`;
}

function points(losses: readonly number[]): string {
  const top = Math.max(...losses, Number.MIN_VALUE);
  const step = WIDTH / Math.max(1, losses.length - 1);
  return losses
    .map((loss, index) => {
      const height = (loss / top) * (HEIGHT - 2 * INSET);
      return `${(index * step).toFixed(1)},${(HEIGHT - INSET - height).toFixed(1)}`;
    })
    .join(' ');
}
