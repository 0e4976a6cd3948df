import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';

import type { RunChoice, RunKind } from '../../protocol/evaluation-state.ts';

/** The file that makes a folder a run. */
const DESCRIPTION = 'run.json';
/** What the folder of a sweep is called, behind its experiment's name. */
const SWEEP = '-sweep';

/** What of a run's description matters here; those of earlier versions do not say what kind it is. */
const describedSchema = z.object({ kind: z.enum(['evaluation', 'sweep']) });

/** What of the Evaluation page outlives the window. */
const savedSchema = z.object({
  experiment: z.nullable(z.string()),
  run: z.nullable(z.string()),
  compared: z.nullable(z.string()),
  /** Experiment files of one's own. */
  own: z.array(z.string()),
  /** Which experiment a run or a sweep is of: those that are known to be an experiment's own, the latest last. */
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

  /** The runs that are there, by name; sweeps are not among them. */
  list(): readonly RunChoice[] {
    const folder = this.#folder();
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((name) => kindOf(path.join(folder, name)) === 'evaluation')
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .map((name) => ({ folder: path.join(folder, name), label: name }));
  }

  /** Where an experiment's run or sweep is kept, if nothing else is there. */
  folderOf(kind: RunKind, name: string): string {
    return path.join(this.#folder(), kind === 'sweep' ? `${name}${SWEEP}` : name);
  }

  /** A folder for another one, which is not there yet. */
  unusedFolder(kind: RunKind, name: string): string {
    for (let number = 2; ; number++) {
      const folder = `${this.folderOf(kind, name)}-${number}`;
      if (!existsSync(folder)) return folder;
    }
  }
}

/** What a folder holds; undefined where it holds no run. */
export function kindOf(folder: string): RunKind | undefined {
  if (!isRun(folder)) return undefined;
  return describedKind(path.join(folder, DESCRIPTION)) ?? (folder.endsWith(SWEEP) ? 'sweep' : 'evaluation');
}

function describedKind(file: string): RunKind | undefined {
  try {
    return describedSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data?.kind;
  } catch {
    // It is reported where the run is read.
    return undefined;
  }
}

export const isRun = (folder: string): boolean => existsSync(path.join(folder, DESCRIPTION));
