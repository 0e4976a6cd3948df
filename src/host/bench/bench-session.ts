import type { Session } from '../session.ts';

/** What the Edit Bench needs of the session. */
export type BenchSession = Pick<
  Session,
  | 'model'
  | 'codebook'
  | 'hasModel'
  | 'requireModel'
  | 'generate'
  | 'classify'
  | 'render'
  | 'preview'
  | 'suggest'
  | 'outline'
  | 'withFact'
  | 'edit'
  | 'switch'
> & { readonly onDidChange: (listener: () => void) => { dispose(): unknown } };
