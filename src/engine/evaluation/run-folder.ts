import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

import { CodedError } from '../../protocol/coded-error.ts';
import type { RunKind } from '../../protocol/evaluation-state.ts';
import { GROUPS, METHODS, TASKS, type EvaluationResult } from '../../protocol/evaluation.ts';
import { accessing, replaceFileDurably } from '../grace/durable-file.ts';
import { hasLog } from './run-log.ts';

/** What a run is about; its methods are in folders of their own. */
export type RunDescription = Omit<EvaluationResult, 'methods'>;

const FILE = 'run.json';

const runSchema = z.object({
  format: z.literal(1),
  identity: z.string(),
  /** Absent in folders of earlier versions. */
  kind: z.enum(['evaluation', 'sweep']).optional(),
  run: z.looseObject({
    name: z.string(),
    title: z.string(),
    task: z.enum(TASKS),
    model: z.looseObject({ name: z.string(), architecture: z.string(), fingerprint: z.string() }),
    hook: z.looseObject({ replace: z.string(), key: z.string() }),
    seed: z.number(),
    stream: z.number(),
    prompts: z.partialRecord(z.enum(GROUPS), z.number()),
    tooLong: z.number(),
    unusable: z.number().optional(),
    radius: z.number(),
    notes: z.array(z.string()),
  }),
});

/** The folder in which a run keeps what it has done: `run.json`, and for each method a folder with its log and its state. */
export class RunFolder {
  readonly path: string;
  readonly description: RunDescription;

  private constructor(folder: string, description: RunDescription) {
    this.path = folder;
    this.description = description;
  }

  /**
   * Begins a run, or goes on with one.
   *
   * @param identity all that its numbers depend on
   * @param describe asked only when the run begins
   * @throws CodedError `bad-argument`, with `taken` in its data, when the folder holds something else, or the run of another
   * experiment.
   */
  static async begin(
    folder: string,
    kind: RunKind,
    identity: unknown,
    describe: () => Promise<RunDescription>,
  ): Promise<RunFolder> {
    const digest = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
    const file = path.join(folder, FILE);
    if (existsSync(file)) {
      if (readRun(file).identity === digest) return RunFolder.open(folder);
      throw new CodedError(
        'bad-argument',
        `${folder} holds a run of another experiment, model or data.`,
        'Name another folder with --out, or delete this one.',
        { taken: folder },
      );
    }
    if (existsSync(folder) && accessing(folder, () => readdirSync(folder)).length > 0)
      throw new CodedError(
        'bad-argument',
        `${folder} is not empty and holds no run.`,
        'Name another folder with --out.',
        { taken: folder },
      );
    const description = await describe();
    accessing(folder, () => mkdirSync(folder, { recursive: true }));
    const content = { format: 1, identity: digest, kind, run: description };
    replaceFileDurably(file, [Buffer.from(`${JSON.stringify(content)}\n`)]);
    return new RunFolder(folder, description);
  }

  /**
   * @param expected whatever it is where absent
   * @throws CodedError `bad-input-file` where there is no run that can be read; `bad-argument` where it is of another kind.
   */
  static open(folder: string, expected?: RunKind): RunFolder {
    const { run, kind } = readRun(path.join(folder, FILE));
    if (expected !== undefined && kind !== undefined && kind !== expected) throw ofAnotherKind(folder, kind);
    return new RunFolder(folder, run);
  }

  /** The methods that have begun, in the usual order. */
  get methods() {
    return METHODS.filter((method) => hasLog(path.join(this.path, method)));
  }

  /** Where what is kept of `name` lies; it need not be there. */
  pathOf(name: string): string {
    return path.join(this.path, name);
  }

  /** The same, made if need be. */
  folderOf(name: string): string {
    const folder = this.pathOf(name);
    accessing(folder, () => mkdirSync(folder, { recursive: true }));
    return folder;
  }
}

function readRun(file: string): z.output<typeof runSchema> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new CodedError('bad-input-file', `${file} cannot be read as a run.`, 'Name the folder of a run.');
  }
  const parsed = runSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new CodedError('bad-input-file', `${file} is not the description of a run.`, 'Name the folder of a run.');
}

const ofAnotherKind = (folder: string, kind: RunKind): CodedError =>
  kind === 'sweep'
    ? new CodedError('bad-argument', `${folder} holds a sweep, not a run of methods.`, 'Name it with --sweep.')
    : new CodedError('bad-argument', `${folder} holds a run of methods, not a sweep.`, 'Name it with --run.');
