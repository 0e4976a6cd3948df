import * as library from '@huggingface/jinja';
import { withinTime } from './time-limit.ts';

/** What is used of @huggingface/jinja, whose own declarations TypeScript cannot resolve (imports without `.js`). */
interface Jinja {
  readonly tokenize: (template: string, options: { lstrip_blocks: boolean; trim_blocks: boolean }) => unknown;
  readonly parse: (tokens: unknown) => unknown;
  readonly Environment: new () => { set(name: string, value: unknown): void };
  readonly Interpreter: new (environment: object) => { run(program: unknown): { readonly value: unknown } };
}

const jinja = library as unknown as Jinja;

// Templates come with the model; ordinary ones take a few milliseconds.
const MAX_MILLISECONDS = 3000;
const MAX_RANGE = 100_000;

/** The template itself refused, by calling `raise_exception`. */
export class TemplateRefusal extends Error {
  override readonly name = 'TemplateRefusal';
}

// The library's own Template has the same, but lets nobody replace them, and its range() has no limit.
const GLOBALS = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  range: boundedRange,
  raise_exception: (message: unknown): never => {
    throw new TemplateRefusal(String(message));
  },
};

/**
 * Renders a Jinja template with white space around blocks as transformers has it, for at most three seconds.
 *
 * @throws TemplateRefusal when the template calls `raise_exception`; Error when it cannot be rendered or takes too long.
 */
export function renderTemplate(template: string, variables: Readonly<Record<string, unknown>>): string {
  return withinTime(MAX_MILLISECONDS, () => {
    const program = jinja.parse(jinja.tokenize(template, { lstrip_blocks: true, trim_blocks: true }));
    const environment = new jinja.Environment();
    for (const [name, value] of Object.entries({ ...GLOBALS, ...variables })) environment.set(name, value);
    return String(new jinja.Interpreter(environment).run(program).value);
  });
}

function boundedRange(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (!(length <= MAX_RANGE)) throw new RangeError(`range() of more than ${MAX_RANGE} numbers`);
  return Array.from({ length }, (_, i) => from + i * step);
}
