import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

import type { Share, Tuning, TuningCell } from '../../protocol/tuning.ts';
import { figure } from '../codebook/edit-words.ts';
import { percent, predicted } from './tuning-report.ts';

/** Shows the settings that were measured as a picture, beside their report. */
export function showTuningPicture(tuning: Tuning): void {
  const panel = vscode.window.createWebviewPanel(
    'grace-tuning',
    vscode.l10n.t('Edit Settings'),
    { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
    { enableScripts: false, localResourceRoots: [] },
  );
  panel.webview.html = tuningPage(tuning, randomBytes(16).toString('base64url'));
}

/** A document with a heat map of hook points and radii for each share that was measured; it loads nothing. */
export function tuningPage(tuning: Tuning, nonce: string): string {
  const { model, proposed } = tuning;
  const title = escaped(vscode.l10n.t('Edit settings for {0}', model.name));
  const setting = `${vscode.l10n.t('Proposed')}: ${proposed.hook}, ${vscode.l10n.t('radius {0}', figure(proposed.radius))}. ${predicted(proposed)}`;
  const reading = vscode.l10n.t('Columns are radii, as multiples of the one that is measured for the hook point. The framed cell is proposed; the report has the same numbers in tables.'); // prettier-ignore
  return `<!doctype html>
<html lang="${escaped(vscode.env.language)}">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title}</title>
  <style nonce="${nonce}">${STYLE}</style>
</head>
<body>
  <h1>${title}</h1>
  <p>${escaped(setting)}</p>
  <p>${escaped(reading)}</p>
${measures().filter(({ of }) => of(proposed).of > 0).map((measure) => section(tuning, measure)).join('\n')}
</body>
</html>
`; // prettier-ignore
}

const STYLE = `
body { max-width: 60rem; padding: 0 1.5rem 1.5rem; }
h1 { font-size: 1.4em; } h2 { font-size: 1.1em; margin-bottom: 0; }
svg { display: block; max-width: 100%; height: auto; }
text { fill: var(--vscode-foreground); font: 12px var(--vscode-editor-font-family, monospace); }
rect { fill: var(--vscode-charts-blue, var(--vscode-foreground)); stroke: var(--vscode-panel-border, var(--vscode-foreground)); }
rect.proposed { stroke: var(--vscode-foreground); stroke-width: 3; }`;

interface Measure {
  readonly title: string;
  readonly of: (cell: TuningCell) => Share;
}

const measures = (): readonly Measure[] => [
  { title: vscode.l10n.t('Rewordings that give the answer'), of: ({ generality }) => generality },
  { title: vscode.l10n.t('Unrelated prompts that are left alone'), of: ({ locality }) => locality },
  { title: vscode.l10n.t('Edits that hold'), of: ({ success }) => success },
];

const section = (tuning: Tuning, measure: Measure): string =>
  `  <h2>${escaped(measure.title)}</h2>\n${heatMap(tuning, measure)}`;

const [COLUMN, ROW, HEAD, CHARACTER] = [76, 36, 26, 7.4];
/** Opacity of cells: in every theme the number on the darkest can be read. */
const [FAINTEST, DARKEST] = [0.05, 0.55];

function heatMap({ hooks, multiples, cells, proposed }: Tuning, { title, of }: Measure): string {
  const left = Math.max(...hooks.map(({ hook }) => hook.length)) * CHARACTER + 12;
  const [width, height] = [left + COLUMN * multiples.length + 2, HEAD + ROW * hooks.length + 2];
  const middle = (column: number): number => left + COLUMN * (column + 0.5);
  const columns = multiples.map((multiple, at) => text(middle(at), HEAD / 2, 'middle', `×${figure(multiple)}`));
  const rows = hooks.map(({ hook }, at) => text(left - 8, HEAD + ROW * (at + 0.5), 'end', hook));
  const squares = cells.map((cell) => {
    const column = multiples.indexOf(cell.multiple);
    const top = HEAD + ROW * hooks.findIndex(({ hook }) => hook === cell.hook);
    const isProposed = cell.hook === proposed.hook && cell.multiple === proposed.multiple;
    return square(cell, of(cell), isProposed, left + COLUMN * column, top) + text(middle(column), top + ROW / 2, 'middle', percent(of(cell))); // prettier-ignore
  });
  return `  <svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
${[...columns, ...rows, ...squares].map((element) => `    ${element}`).join('\n')}
  </svg>`;
}

function square(cell: TuningCell, share: Share, isProposed: boolean, left: number, top: number): string {
  const opacity = FAINTEST + (DARKEST - FAINTEST) * (share.held / share.of);
  const words = vscode.l10n.t('{0}, radius {1}: {2} of {3}', cell.hook, figure(cell.radius), share.held, share.of);
  const place = `x="${left + 2}" y="${top + 2}" width="${COLUMN - 4}" height="${ROW - 4}"`;
  return `<rect${isProposed ? ' class="proposed"' : ''} ${place} fill-opacity="${opacity.toFixed(3)}"><title>${escaped(words)}</title></rect>`;
}

const text = (x: number, y: number, anchor: 'middle' | 'end', content: string): string =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}" dominant-baseline="central" pointer-events="none">${escaped(content)}</text>`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (content: string): string => content.replaceAll(/[&<>"]/g, (character) => ENTITIES[character]!);
