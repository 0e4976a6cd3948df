import { execFileSync } from 'node:child_process';

/** Bundles the command line once, before the first test of the project runs it. */
export function setup(): void {
  execFileSync(process.execPath, ['esbuild.mjs'], { stdio: 'inherit' });
}
