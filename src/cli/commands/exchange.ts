import { existsSync } from 'node:fs';
import path from 'node:path';
import { Option, type Command } from 'commander';

import { createFromExport, exportCodebook, importInto, partOf } from '../../engine/grace/exchange.ts';
import { MANIFEST_FILE } from '../../engine/grace/codebook-layout.ts';
import { summarize } from '../../engine/grace/codebook-summary.ts';
import { checkExportTarget } from '../../engine/grace/export-target.ts';
import { planMerge } from '../../engine/grace/merge.ts';
import { exportReadable } from '../../engine/grace/readable-export.ts';
import { CodebookFolder } from '../../engine/grace/codebook-folder.ts';
import type { ExportResult, ImportResult, MergeResult } from '../../protocol/codebook-result.ts';
import { brief, describePrompt } from '../describe.ts';
import { notEmpty } from '../options.ts';
import type { Outcome } from '../output.ts';
import type { Run } from '../run.ts';
import { withCodebook, withFolder } from './edits.ts';

interface ExportFlags {
  readonly codebook: string;
  readonly out: string;
  readonly format: 'safetensors' | 'json';
  readonly json?: boolean;
}

interface MergeFlags {
  readonly codebook: string;
  readonly from: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

interface ImportFlags {
  readonly codebook: string;
  readonly from: string;
  readonly json?: boolean;
}

export function exchangeCommands(program: Command, run: Run): void {
  withCodebook(program.command('export'))
    .description('write a codebook to one file: safetensors for Python and for import, or JSON to read')
    .requiredOption('--out <file>', 'the file to write; one that is there is replaced', notEmpty)
    .addOption(new Option('--format <format>', 'what to write').choices(['safetensors', 'json']).default('safetensors'))
    .action((flags: ExportFlags) => run(flags, () => exportTo(flags)));
  program
    .command('import')
    .description('bring the edits of an exported codebook in')
    .requiredOption('--codebook <folder>', 'codebook to bring them into; made if it is not there', notEmpty)
    .requiredOption('--from <file>', 'the safetensors file that export wrote', notEmpty)
    .action((flags: ImportFlags) => run(flags, () => importFrom(flags)));
  withCodebook(program.command('merge'))
    .description('take in the edits of another codebook that are not here yet, and say which of them disagree')
    .requiredOption(
      '--from <place>',
      'the folder of the other codebook, or a safetensors file that export wrote',
      notEmpty,
    )
    .option('--dry-run', 'only say what would be done')
    .action((flags: MergeFlags) => run(flags, () => merge(flags)));
}

function exportTo({ codebook, out, format }: ExportFlags): Outcome {
  return withFolder(codebook, 'read', (folder) => {
    checkExportTarget(codebook, out);
    const part = partOf(folder);
    if (format === 'json') exportReadable(part, out);
    else exportCodebook(part, out);
    const file = path.resolve(out);
    const counts = { edits: folder.edits.length, entries: folder.codebook.entries.length };
    const json: ExportResult = { file, format, ...counts };
    return {
      json,
      text: `${counts.edits} edits in ${counts.entries} entries written to ${file}.`,
    };
  });
}

function merge({ codebook, from, dryRun = false }: MergeFlags): Outcome {
  return withFolder(codebook, dryRun ? 'read' : 'write', (folder) => {
    const { taken, same, conflicts } = planMerge(folder, from);
    const count = taken.history.edits.size;
    if (!dryRun && count > 0) folder.adopt(taken);
    const json: MergeResult = { taken: count, same, conflicts, dryRun, codebook: summarize(folder) };
    const rows = conflicts.map(
      ({ edit, prompt, target, action, with: others }) =>
        `  edit ${edit} there (${brief(describePrompt(prompt), 48)} → ${brief(target, 40)}): ${action}, with ${others.join(', ')} here`,
    );
    const sentence = `${count} edits ${dryRun ? 'would be' : 'were'} taken in, ${same} are here already, ${conflicts.length} disagree with edits here${rows.length > 0 ? ':' : '.'}`;
    return { json, text: [sentence, ...rows].join('\n') };
  });
}

function importFrom({ codebook, from }: ImportFlags): Outcome {
  const there = existsSync(path.join(codebook, MANIFEST_FILE));
  const folder = there ? CodebookFolder.open(codebook, 'write') : createFromExport(from, codebook);
  try {
    const before = there ? folder.edits.length : 0;
    if (there) importInto(folder, from);
    const imported = folder.edits.length - before;
    const live = folder.edits.filter(({ state }) => state === 'live').length;
    const json: ImportResult = { codebook: path.resolve(codebook), imported, edits: folder.edits.length, live };
    return {
      json,
      text: `${imported} edits imported; the codebook has ${folder.edits.length}, ${live} of them live.`,
    };
  } finally {
    folder.close();
  }
}
