import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';

import type { RunChoice } from '../../protocol/evaluation-state.ts';

/** The file that makes a folder a run. */
const DESCRIPTION = 'run.json';
/** What the folder of a sweep is called, behind its experiment's name. */
const SWEEP = '-sweep';

/** What of the Evaluation page outlives the window. */
const savedSchema = z.object({
  experiment: z.nullable(z.string()),
  run: z.nullable(z.string()),
  compared: z.nullable(z.string()),
  /** Experiment files of one's own. */
  own: z.array(z.string()),
  /** Which experiment a run is of. */
  experiments: z.record(z.string(), z.string()),
});
export type SavedEvaluation = z.output<typeof savedSchema>;

export interface EvaluationStore {
  read(): unknown;
  write(saved: SavedEvaluation): void;
}

/** What is kept; of what is not as it must be, nothing. */
export function readSavedEvaluation(store: EvaluationStore): SavedEvaluation {
  const parsed = savedSchema.safeParse(store.read());
  return parsed.success ? parsed.data : { experiment: null, run: null, compared: null, own: [], experiments: {} };
}

/** The folder in which runs are kept. */
export class RunShelf {
  readonly #folder: () => string;

  constructor(folder: () => string) {
    this.#folder = folder;
  }

  /** The runs that are there, by name; sweeps are no runs. */
  list(): readonly RunChoice[] {
    const folder = this.#folder();
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((name) => !name.endsWith(SWEEP) && isRun(path.join(folder, name)))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .map((name) => ({ folder: path.join(folder, name), label: name }));
  }

  /** Where an experiment's run is kept. */
  folderOf(name: string): string {
    return path.join(this.#folder(), name);
  }

  /** A folder for another run of the experiment, which is not there yet. */
  unusedFolder(name: string): string {
    for (let number = 2; ; number++) {
      const folder = this.folderOf(`${name}-${number}`);
      if (!existsSync(folder)) return folder;
    }
  }

  sweepOf(name: string): string {
    return this.folderOf(`${name}${SWEEP}`);
  }
}

export const isRun = (folder: string): boolean => existsSync(path.join(folder, DESCRIPTION));
