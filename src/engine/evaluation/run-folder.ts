import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

import { CodedError } from '../../protocol/coded-error.ts';
import { METHODS, TASKS, type EvaluationResult } from '../../protocol/evaluation.ts';
import { accessing, replaceFileDurably } from '../grace/durable-file.ts';

/** What a run is about; its methods are in folders of their own. */
export type RunDescription = Omit<EvaluationResult, 'methods'>;

const FILE = 'run.json';

const runSchema = z.object({
  format: z.literal(1),
  identity: z.string(),
  run: z.looseObject({
    name: z.string(),
    title: z.string(),
    task: z.enum(TASKS),
    seed: z.number(),
    stream: z.number(),
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
   * @throws CodedError `bad-argument` when the folder holds something else, or the run of another experiment.
   */
  static async begin(folder: string, identity: unknown, describe: () => Promise<RunDescription>): Promise<RunFolder> {
    const digest = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
    const file = path.join(folder, FILE);
    if (existsSync(file)) {
      if (readRun(file).identity === digest) return RunFolder.open(folder);
      throw new CodedError(
        'bad-argument',
        `${folder} holds a run of another experiment, model or data.`,
        'Name another folder with --out, or delete this one.',
      );
    }
    if (existsSync(folder) && readdirSync(folder).length > 0)
      throw new CodedError(
        'bad-argument',
        `${folder} is not empty and holds no run.`,
        'Name another folder with --out.',
      );
    const description = await describe();
    accessing(folder, () => mkdirSync(folder, { recursive: true }));
    replaceFileDurably(file, [Buffer.from(`${JSON.stringify({ format: 1, identity: digest, run: description })}\n`)]);
    return new RunFolder(folder, description);
  }

  /** @throws CodedError `bad-input-file` where there is no run that can be read. */
  static open(folder: string): RunFolder {
    const file = path.join(folder, FILE);
    return new RunFolder(folder, readRun(file).run as unknown as RunDescription);
  }

  /** The methods that have begun, in the usual order. */
  get methods() {
    return METHODS.filter((method) => existsSync(path.join(this.path, method)));
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
