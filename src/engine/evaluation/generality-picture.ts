import type { GeneralityKind, GeneralityResult } from '../../protocol/generality.ts';

const LABELS: Readonly<Record<GeneralityKind, string>> = {
  prompt: 'edit prompt',
  rewording: 'reworded',
  prefixedRewording: 'sentence in front',
  alias: 'other name',
  otherSubject: 'other subject',
  otherQuestion: 'other question',
  otherRelation: 'other relation',
  unrelated: 'unrelated',
};
const [WIDTH, LEFT, ROW, TOP] = [720, 170, 26, 58] as const;
const COLOURS = ['#1f5fa8', '#2a8a57', '#b3541e'] as const;

/** Right answers by kind of prompt with their intervals, one mark for each setting: an SVG picture that needs nothing else. */
export function drawGenerality({ model, router, edits, settings }: GeneralityResult): string {
  const kinds = settings[0]?.rows.map(({ kind }) => kind) ?? [];
  const height = TOP + kinds.length * ROW + 34;
  const x = (share: number): string => (LEFT + share * (WIDTH - LEFT - 30)).toFixed(1);
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<line x1="${x(share)}" x2="${x(share)}" y1="${TOP - 8}" y2="${height - 30}" stroke="#8884"/>` +
      `<text x="${x(share)}" y="${height - 14}" text-anchor="middle">${share}</text>`,
  );
  const rows = kinds.map((kind, row) => {
    const y = TOP + row * ROW + ROW / 2;
    const marks = settings.map(({ rows: found }, at) => {
      const right = found.find((one) => one.kind === kind)?.right;
      if (!right) return '';
      const [line, colour] = [y + (at - (settings.length - 1) / 2) * 6, COLOURS[at % COLOURS.length]!];
      return (
        `<line x1="${x(right.low)}" x2="${x(right.high)}" y1="${line}" y2="${line}" stroke="${colour}" stroke-width="2"/>` +
        `<circle cx="${x(right.share)}" cy="${line}" r="3" fill="${colour}"/>`
      );
    });
    return `<text x="${LEFT - 10}" y="${y + 4}" text-anchor="end">${LABELS[kind]}</text>${marks.join('')}`;
  });
  const legend = settings.map(
    ({ setting }, at) =>
      `<circle cx="${LEFT + at * 110}" cy="36" r="4" fill="${COLOURS[at % COLOURS.length]!}"/>` +
      `<text x="${LEFT + 10 + at * 110}" y="40">${setting}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="#777">`,
    `<title>Right answers after ${edits} edits</title>`,
    `<text x="10" y="18" font-size="14">${escapeXml(model)}, ${router}: right answers after ${edits} edits</text>`,
    ...legend,
    ...grid,
    ...rows,
    '</svg>\n',
  ].join('\n');
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
