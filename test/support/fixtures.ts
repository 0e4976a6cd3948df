import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Where the golden fixtures are: GRACE_FIXTURES, or the folder beside the checkout. */
export const FIXTURES = path.resolve(process.env['GRACE_FIXTURES'] ?? '../shared/fixtures');

export function requireFixtures(): string {
  if (existsSync(FIXTURES)) return FIXTURES;
  throw new Error(
    `There are no fixtures at ${FIXTURES}. Set GRACE_FIXTURES to the folder that make_fixtures.py wrote.`,
  );
}

/** The fixtures folder itself and the folders one level below it that hold `file`. */
export function fixtureFolders(file: string): string[] {
  const root = requireFixtures();
  const below = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return below.map((entry) => path.join(root, entry.name)).filter((folder) => existsSync(path.join(folder, file)));
}

export function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
