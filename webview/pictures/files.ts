import { parseHTML } from 'linkedom';

import type { PictureData } from '../../src/protocol/evaluation.ts';
import { writableInXml } from '../../src/protocol/xml.ts';
import { textOf } from './figure.ts';
import { figuresOf } from './figures.ts';

/** A picture as a file. */
export interface PictureFile {
  readonly name: string;
  readonly svg: string;
}

const WIDTH = 760;
/** Room for the title above a picture. */
const HEADING = 32;

/** Colours of Okabe and Ito (2008), which people with any colour vision tell apart; darker or lighter where the theme asks for it. */
const STYLE = `
svg { --paper: #ffffff; --heat: #0b5394; --line: #d0d7de; color: #1f2328; background: var(--paper);
  --series-0: #0072b2; --series-1: #b34f00; --series-2: #00795a; --series-3: #9d4c7f; --series-4: #6b6100;
  --series-5: #1f6f9f; --series-6: #4d4d4d; --series-7: #8a3b12; --series-8: #5b3f99; }
@media (prefers-color-scheme: dark) { svg { --paper: #0d1117; --heat: #79c0ff; --line: #30363d; color: #e6edf3;
  --series-0: #56b4e9; --series-1: #e69f00; --series-2: #2fc79a; --series-3: #e29ac4; --series-4: #f0e442;
  --series-5: #8ecbf0; --series-6: #c0c0c0; --series-7: #ff9d6b; --series-8: #b9a2f2; } }
text { white-space: pre; }`;

/** Draws everything as SVG that stands alone: readable on light and dark, with the title and its table as text inside. */
export function pictureFiles(data: PictureData): readonly PictureFile[] {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  return figuresOf(data).map((figure) => {
    const svg = figure.draw(document, WIDTH);
    svg.querySelector('style')!.textContent = STYLE;
    svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
    svg.setAttribute('xmlns:xlink', 'http://www.w3.org/1999/xlink');
    svg.setAttribute('role', 'img');
    const rows = [figure.table.columns, ...figure.table.rows.map((row) => row.map(textOf))];
    const description = document.createElementNS('http://www.w3.org/2000/svg', 'desc');
    description.textContent = `${figure.caption}\n${rows.map((row) => row.join('; ')).join('\n')}`;
    const title = document.createElementNS('http://www.w3.org/2000/svg', 'title');
    title.textContent = figure.title;
    const [, , width, height] = svg.getAttribute('viewBox')!.split(' ').map(Number) as [number, number, number, number];
    svg.setAttribute('viewBox', `0 ${-HEADING} ${width} ${height + HEADING}`);
    svg.setAttribute('height', String(height + HEADING));
    const heading = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    heading.setAttribute('x', '8');
    heading.setAttribute('y', '-12');
    heading.setAttribute('text-anchor', 'start');
    heading.setAttribute('font-size', '14');
    heading.textContent = figure.title;
    svg.append(heading);
    svg.prepend(title, description);
    // Links lead to edits in the page only.
    for (const link of svg.querySelectorAll('a')) link.replaceWith(...link.childNodes);
    return { name: `${figure.id}.svg`, svg: `${writableInXml(svg.outerHTML)}\n` };
  });
}
