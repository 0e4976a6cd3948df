import { readFileSync } from 'node:fs';

import { runProgram } from './program.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

// A reader that has seen enough (`grace edits | head`) is not an error, and notes that nobody reads are no reason to stop.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});
process.stderr.on('error', () => undefined);
process.exitCode = await runProgram(process.argv.slice(2), version);
