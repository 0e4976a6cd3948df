import type { Outcome } from './output.ts';

/** Runs a command's work and prints what it found. */
export type Run = (flags: { readonly json?: boolean }, work: () => Outcome | Promise<Outcome>) => Promise<void>;
