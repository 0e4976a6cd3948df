import type { CodebookTest, PromptTest, TestedEdit } from '../protocol/edit-test.ts';
import { writableInXml } from '../protocol/xml.ts';
import { brief, describeDecision, describePrompt } from './describe.ts';

/** An element with its attributes and what is in it: elements, or one text. */
interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly content?: string | readonly Element[];
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // A parser makes spaces of them in attributes, and drops carriage returns in texts.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/**
 * A test of a codebook as JUnit XML, the form that continuous integration reads (its schema as Jenkins has it): a suite for each
 * edit, a case for each of its prompts, and a suite for the files themselves where something is wrong with them.
 */
export function junitReport({ codebook, edits, faults, seconds }: CodebookTest): string {
  const suites = [...edits.map(suiteOf), ...(faults.length > 0 ? [suiteOfFaults(faults)] : [])];
  const total = (name: 'tests' | 'failures' | 'errors' | 'skipped'): number =>
    suites.reduce((sum, { attributes }) => sum + Number(attributes[name]), 0);
  const counts = { tests: total('tests'), failures: total('failures'), errors: total('errors') };
  const root = {
    name: 'testsuites',
    attributes: { name: `GRACE codebook for ${codebook.model.name}`, ...counts, time: seconds.toFixed(3) },
    content: suites,
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${write(root, '')}`;
}

function suiteOf(tested: TestedEdit): Element {
  const { edit, title, prompts } = tested;
  const own = prompts[0]?.prompt;
  const what = title !== '' ? title : own ? brief(describePrompt(own), 80) : '';
  const cases = prompts.length > 0 ? prompts.map((prompt) => caseOf(edit, prompt)) : [caseOfWhole(tested)];
  return suite(`Edit ${edit}${what === '' ? '' : `: ${what}`}`, cases);
}

const suiteOfFaults = (faults: readonly string[]): Element =>
  suite(
    'Files of the codebook',
    faults.map((fault) =>
      testCase('files', fault, 0, [{ name: 'error', attributes: { message: fault, type: 'files' } }]),
    ),
  );

function suite(name: string, content: readonly Element[]): Element {
  const inner = content.flatMap((each) => (typeof each.content === 'object' ? each.content : []));
  const count = (kind: string): number => inner.filter((each) => each.name === kind).length;
  const time = content.reduce((sum, { attributes }) => sum + Number(attributes['time']), 0).toFixed(3);
  const counts = {
    tests: content.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  };
  return { name: 'testsuite', attributes: { name, ...counts, time }, content };
}

function caseOf(edit: number, test: PromptTest): Element {
  const { role, at, prompt, seconds } = test;
  const name = role === 'prompt' ? describePrompt(prompt) : `${role} ${at + 1}: ${describePrompt(prompt)}`;
  return testCase(`edit-${edit}`, name, seconds, resultOf(test));
}

function resultOf({ role, outcome, supersededBy, expected, output, decision }: PromptTest): readonly Element[] {
  if (outcome === 'holds') return [];
  if (outcome === 'superseded')
    return [{ name: 'skipped', attributes: { message: `Edit ${supersededBy} was made for this prompt later.` } }];
  const what = role === 'probe' ? 'The answer is not what it was before the edit.' : 'The answer is not the target.';
  const content = `Expected:\n${expected}\n\nThe model said:\n${output}\n\n${describeDecision(decision)}`;
  return [{ name: 'failure', attributes: { message: what, type: role }, content }];
}

function caseOfWhole({ edit, outcome, state }: TestedEdit): Element {
  const result =
    outcome === 'damaged'
      ? { name: 'error', attributes: { message: 'Its vectors cannot be read.', type: 'damaged' } }
      : { name: 'skipped', attributes: { message: `The edit is ${state}.` } };
  return testCase(`edit-${edit}`, `edit ${edit}`, 0, [result]);
}

const testCase = (classname: string, name: string, seconds: number, content: readonly Element[]): Element => ({
  name: 'testcase',
  attributes: { classname, name, time: seconds.toFixed(3) },
  content,
});

function write({ name, attributes, content = [] }: Element, indent: string): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(String(value))}"`);
  const start = `${indent}<${name}${written.join('')}`;
  if (content.length === 0) return `${start}/>\n`;
  if (typeof content === 'string') return `${start}>${escapeText(content)}</${name}>\n`;
  return `${start}>\n${content.map((each) => write(each, `${indent}  `)).join('')}${indent}</${name}>\n`;
}

const escape = (text: string): string =>
  writableInXml(text).replaceAll(/[&<>"\t\n\r]/g, (character) => ESCAPES[character]!);

/** Line ends stay as they are. */
const escapeText = (text: string): string => escape(text).replaceAll('&#10;', '\n').replaceAll('&#9;', '\t');
