import { CodedError } from '../../protocol/coded-error.ts';

/** grace: the paper's own; two-part: one that fires on rewordings as well. */
export const ROUTERS = ['grace', 'two-part'] as const;
export type RouterName = (typeof ROUTERS)[number];

/** @throws CodedError `codebook-mismatch` for the name of a router that this program does not have. */
export function routerNamed(name: string): RouterName {
  const known = ROUTERS.find((router) => router === name);
  if (known) return known;
  throw new CodedError(
    'codebook-mismatch',
    `The codebook's keys were made by a router named ${name}, which this program does not have.`,
    'Update this program.',
    { router: name },
  );
}
