// Runs the demo and draws its terminal output as docs/demo.svg:
//
//     node docs/make-demo-picture.mjs

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const COLUMNS = 110;
const CELL = { width: 7.8, height: 19, font: 13 };
const MARGIN = { side: 24, top: 58, bottom: 20 };
const BRIGHT = '#ffffff';
const DIM = '#8591a0';
const COLOURS = { 31: '#ff8178', 32: '#7ee08a', 33: '#e3b95f', 34: '#79b8ff', 35: '#d2a8ff', 36: '#76d9e6' };
const PLAIN = { colour: undefined, bold: false, dim: false, underline: false, struck: false };

/** Sets what a Select Graphic Rendition parameter says (ECMA-48, 8.3.117); others are ignored. */
function restyle(style, code) {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 4) return { ...style, underline: true };
  if (code === 9) return { ...style, struck: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 24) return { ...style, underline: false };
  if (code === 29) return { ...style, struck: false };
  if (code === 39) return { ...style, colour: undefined };
  return COLOURS[code] ? { ...style, colour: COLOURS[code] } : style;
}

/** Lines of characters, each with its style. */
function parse(ansi) {
  let style = PLAIN;
  const lines = [[]];
  ansi.split('\u001b[').forEach((part, at) => {
    const codes = at === 0 ? null : /^([\d;]*)m/.exec(part);
    if (codes) for (const code of codes[1].split(';')) style = restyle(style, Number(code));
    for (const character of codes ? part.slice(codes[0].length) : part) {
      if (character === '\n') lines.push([]);
      else lines.at(-1).push({ character, style });
    }
  });
  return lines;
}

/** Cuts a line at spaces; what follows the first piece of a diff is indented like it. */
function wrap(line) {
  const indent = '-+'.includes(line[0]?.character) && line[1]?.character === ' ' ? 2 : 0;
  const pieces = [];
  let rest = line;
  for (let room = COLUMNS; rest.length > room; room = COLUMNS - indent) {
    const space = rest.slice(0, room + 1).findLastIndex(({ character }) => character === ' ');
    const end = space > indent ? space : room;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(space > indent ? end + 1 : end);
  }
  pieces.push(rest);
  const blank = Array.from({ length: indent }, () => ({ character: ' ', style: PLAIN }));
  return pieces.map((piece, at) => (at === 0 ? piece : [...blank, ...piece]));
}

/** Stretches of one style, spaces around them left out: {start, text, style}. */
function runs(line) {
  const found = [];
  line.forEach(({ character, style }, start) => {
    const last = found.at(-1);
    if (last?.style === style) last.text += character;
    else found.push({ start, text: character, style });
  });
  return found
    .map(({ start, text, style }) => ({
      start: start + text.length - text.trimStart().length,
      text: text.trim(),
      style,
    }))
    .filter(({ text }) => text !== '');
}

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const round = (number) => Number(number.toFixed(2));

function drawRun({ start, text, style }) {
  const decoration = [style.underline && 'underline', style.struck && 'line-through'].filter(Boolean).join(' ');
  const attributes = {
    x: round(MARGIN.side + start * CELL.width),
    // Whatever font the reader has, every run keeps to its columns.
    textLength: round(Array.from(text).length * CELL.width),
    fill: style.colour ?? (style.bold ? BRIGHT : style.dim ? DIM : undefined),
    'font-weight': style.bold ? 700 : undefined,
    'text-decoration': decoration || undefined,
  };
  const written = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return `<tspan ${written.map(([name, value]) => `${name}="${value}"`).join(' ')}>${escape(text)}</tspan>`;
}

function draw(lines) {
  const width = Math.ceil(2 * MARGIN.side + COLUMNS * CELL.width);
  const height = MARGIN.top + lines.length * CELL.height + MARGIN.bottom;
  const rows = lines.map((line, at) => {
    const y = MARGIN.top + (at + 0.72) * CELL.height;
    return line.length === 0
      ? ''
      : `<text y="${round(y)}" xml:space="preserve">${runs(line).map(drawRun).join('')}</text>`;
  });
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, at) => `<circle cx="${26 + 20 * at}" cy="24" r="6" fill="${fill}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">`,
    '<title id="title">Terminal output of npm run demo</title>',
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" fill="#11161d" stroke="#303843"/>`,
    ...dots,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace" font-size="${CELL.font}" fill="#ccd4de">`,
    ...rows.filter((row) => row !== ''),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const run = (...args) =>
  execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', env: { ...process.env, FORCE_COLOR: '1' } });
run('esbuild.mjs');
const output = run('bin/grace.mjs', 'demo');
const prompt = '\u001b[2m$\u001b[22m \u001b[1mnpm run demo\u001b[22m\n\n';
writeFileSync(path.join(root, 'docs/demo.svg'), draw(parse(prompt + output.trimEnd()).flatMap(wrap)));
