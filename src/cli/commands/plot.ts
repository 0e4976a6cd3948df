import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';

import { readPictureData } from '../../engine/evaluation/picture-data.ts';
import { accessing, replaceFile } from '../../engine/grace/durable-file.ts';
import { CodedError } from '../../protocol/coded-error.ts';
import type { PictureData } from '../../protocol/evaluation.ts';
import { notEmpty, repeatable } from '../options.ts';
import type { Outcome } from '../output.ts';
import type { Run } from '../run.ts';

interface PlotFlags {
  readonly run: readonly string[];
  readonly sweep?: string;
  readonly out: string;
  readonly json?: boolean;
}

/** What the bundle of the pages' pictures offers, beside this one. */
interface Pictures {
  readonly pictureFiles: (data: PictureData) => readonly { readonly name: string; readonly svg: string }[];
}

export function plotCommand(program: Command, run: Run): void {
  program
    .command('plot')
    .description('draw runs and sweeps as SVG files; of two runs, both in one picture')
    .addOption(repeatable('--run <folder>', 'a run of grace evaluate'))
    .option('--sweep <folder>', 'a sweep of grace sweep', notEmpty)
    .requiredOption('--out <folder>', 'where the pictures go', notEmpty)
    .action((flags: PlotFlags) => run(flags, () => plot(flags)));
}

async function plot({ run, sweep, out }: PlotFlags): Promise<Outcome> {
  if (run.length === 0 && sweep === undefined)
    throw new CodedError(
      'bad-argument',
      'There is nothing to draw.',
      'Name a run with --run, or a sweep with --sweep.',
    );
  const data = readPictureData(run, sweep);
  // A bundle of its own: the other commands start without a plotting library.
  const bundle: string = new URL('./pictures.js', import.meta.url).href;
  const { pictureFiles } = (await import(bundle)) as Pictures;
  accessing(out, () => mkdirSync(out, { recursive: true }));
  const files = pictureFiles(data).map(({ name, svg }) => {
    const file = path.join(out, name);
    replaceFile(file, [Buffer.from(svg)]);
    return file;
  });
  return { json: { files }, text: files.join('\n') };
}
