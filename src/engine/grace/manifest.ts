import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { CodedError } from '../../protocol/coded-error.ts';
import { JOURNAL_FILE, MANIFEST_FILE } from './codebook-layout.ts';
import { accessing, replaceFileDurably } from './durable-file.ts';

const FORMAT = 'grace-codebook';
const VERSION = 1;
const MAX_BYTES = 2 ** 20;

const size = z.int().positive();
const headSchema = z.object({ format: z.literal(FORMAT), version: z.int() });
const identitySchema = z.object({
  model: z.object({ name: z.string(), architecture: z.string(), fingerprint: z.string() }),
  hook: z.object({ replace: z.string(), key: z.string() }),
  router: z.string(),
  /** Version of the calibration that the keys were made with; of the two-part router alone. */
  calibration: z.string().optional(),
  dIn: size,
  dOut: size,
});
export const manifestSchema = identitySchema.extend({
  radius: z.looseObject({ radius: z.number().nonnegative() }),
  created: z.iso.datetime(),
});

/**
 * What a codebook was made for: the model (name for people; architecture; fingerprint of its weights), the hook points whose
 * output is replaced and where keys are read, both by name, the router that makes the keys, and the lengths of keys (dIn) and
 * values (dOut). Codebook and model belong together only if all of it but the name is equal.
 */
export type CodebookIdentity = Readonly<z.infer<typeof identitySchema>>;

/** codebook.json: the identity, the measured radius (with whatever else the measurement recorded), and when it was made. */
export type CodebookManifest = Readonly<z.infer<typeof manifestSchema>>;

/** @throws CodedError `storage-failed` when the file system refuses. */
export function writeManifest(folder: string, manifest: CodebookManifest): void {
  const text = `${JSON.stringify({ format: FORMAT, version: VERSION, ...manifestSchema.parse(manifest) }, null, 2)}\n`;
  replaceFileDurably(path.join(folder, MANIFEST_FILE), [Buffer.from(text)]);
}

/**
 * Reads codebook.json.
 *
 * @throws CodedError `bad-argument` when the folder holds no codebook, `codebook-damaged` when the file is not what it must be,
 * `codebook-mismatch` when it has another format version.
 */
export function readManifest(folder: string): CodebookManifest {
  const file = path.join(folder, MANIFEST_FILE);
  if (!existsSync(file)) throw noManifest(folder);
  const json = parse(file);
  const head = headSchema.safeParse(json);
  if (!head.success) throw damaged(file, 'is not the description of a codebook');
  checkVersion(file, head.data.version);
  const { success, data, error } = manifestSchema.safeParse(json);
  if (success) return data;
  throw damaged(file, `has a wrong field: ${[...error.issues[0]!.path, error.issues[0]!.message].join(': ')}`);
}

/** @throws CodedError `codebook-mismatch`, naming every difference, unless a codebook was made for exactly this. */
export function checkIdentity(codebook: CodebookIdentity, wanted: CodebookIdentity): void {
  checkModel(codebook.model, wanted.model);
  const differences = differencesOf(placeOf(codebook), placeOf(wanted));
  if (differences.length === 0) return;
  throw new CodedError(
    'codebook-mismatch',
    `The codebook was made otherwise: ${sentenceOf(differences)}.`,
    'Leave the hook points as the codebook has them, or make a new codebook with these.',
    { differences },
  );
}

/** The first part of {@link checkIdentity}, which needs no model made ready: a codebook is for one model alone. */
export function checkModel(codebook: CodebookIdentity['model'], wanted: CodebookIdentity['model']): void {
  const differences = differencesOf(weightsOf(codebook), weightsOf(wanted));
  if (differences.length === 0) return;
  throw new CodedError(
    'codebook-mismatch',
    `The codebook was made for ${codebook.name} and does not fit ${wanted.name}: ${sentenceOf(differences)}.`,
    'Load the model it was made for, or make a new codebook for this one.',
    { differences },
  );
}

type Facts = Readonly<Record<string, string | number>>;

interface Difference {
  readonly field: string;
  readonly codebook: string | number;
  readonly wanted: string | number;
}

const weightsOf = ({ architecture, fingerprint }: CodebookIdentity['model']): Facts => ({
  architecture,
  'weights fingerprint': fingerprint,
});

const placeOf = ({ hook, router, calibration, dIn, dOut }: CodebookIdentity): Facts => ({
  'replaced hook point': hook.replace,
  'key hook point': hook.key,
  router,
  calibration: calibration ?? 'none',
  'key length': dIn,
  'value length': dOut,
});

function differencesOf(codebook: Facts, wanted: Facts): readonly Difference[] {
  return Object.keys(codebook)
    .map((field) => ({ field, codebook: codebook[field]!, wanted: wanted[field]! }))
    .filter((fact) => fact.codebook !== fact.wanted);
}

const sentenceOf = (differences: readonly Difference[]): string =>
  differences.map(({ field, codebook, wanted }) => `${field} ${codebook}, not ${wanted}`).join('; ');

function checkVersion(file: string, version: number): void {
  if (version === VERSION) return;
  throw new CodedError(
    'codebook-mismatch',
    `${file} is in format version ${version}, and this program reads version ${VERSION}.`,
    version > VERSION ? 'Update this program.' : 'Open it with the program that wrote it.',
    { file, version, expected: VERSION },
  );
}

function parse(file: string): unknown {
  const bytes = accessing(file, () => {
    if (statSync(file).size > MAX_BYTES) throw damaged(file, `is larger than ${MAX_BYTES} bytes`);
    return readFileSync(file, 'utf8');
  });
  try {
    return JSON.parse(bytes);
  } catch {
    throw damaged(file, 'is not JSON');
  }
}

function noManifest(folder: string): CodedError {
  const journal = path.join(folder, JOURNAL_FILE);
  if (existsSync(journal) && statSync(journal).size > 0) return damaged(path.join(folder, MANIFEST_FILE), 'is missing');
  return new CodedError(
    'bad-argument',
    `There is no codebook in ${folder}.`,
    'Give the folder of a codebook, or create one there.',
    { folder },
  );
}

function damaged(file: string, what: string): CodedError {
  return new CodedError(
    'codebook-damaged',
    `${file} ${what}.`,
    'Bring it back from a copy or from version control; the edits themselves are in other files.',
    { file },
  );
}
