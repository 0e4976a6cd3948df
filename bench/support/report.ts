import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

const FILE = 'bench/results.md';
const HEAD = `# Results

Written by the benchmarks themselves; each section names its command, its machine and its versions. Compare the ratios, which
come from one run on one machine; the times move with the machine and with what else it does: a load above the number of
cores means that it was busy, and the figures are indications.
`;

/** A table in Markdown; numbers keep three digits. */
export function table(head: readonly string[], rows: readonly (readonly (string | number | undefined)[])[]): string {
  const cell = (value: string | number | undefined): string =>
    value === undefined ? '–' : typeof value === 'number' ? rounded(value) : value;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map((row) => line(row.map(cell)))].join('\n');
}

export const rounded = (value: number): string => Number(value.toPrecision(3)).toLocaleString('en-US');

/** Replaces a section of bench/results.md, or adds it. */
export function writeSection(title: string, command: string, body: string): void {
  const text = existsSync(FILE) ? readFileSync(FILE, 'utf8') : HEAD;
  const sections = text.split(/^(?=## )/m);
  const section = `## ${title}\n\n\`${command}\`, ${machine()}.\n\n${body.trim()}\n\n`;
  const at = sections.findIndex((old) => old.startsWith(`## ${title}\n`));
  const before = sections.map((old) => `${old.trim()}\n\n`);
  writeFileSync(FILE, (at < 0 ? [...before, section] : before.with(at, section)).join('').trimEnd() + '\n');
}

function machine(): string {
  const model = cpus()[0]?.model ?? 'an unknown processor';
  const runtime = JSON.parse(readFileSync('node_modules/onnxruntime-node/package.json', 'utf8')) as { version: string };
  const versions = `Node ${process.versions.node}, ONNX Runtime ${runtime.version}`;
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${cpus().length} cores of ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}, load ${loadavg()[0]!.toFixed(1)}; ${versions}`;
}
