import type { Command } from 'commander';

import { runDemo } from '../demo.ts';
import type { Run } from '../run.ts';

export function demoCommand(program: Command, run: Run): void {
  program
    .command('demo')
    .description('the main job on the embedded model: see it err, correct it, take the correction back')
    .action((flags: { readonly json?: boolean }) => run(flags, () => runDemo(flags.json === true)));
}
