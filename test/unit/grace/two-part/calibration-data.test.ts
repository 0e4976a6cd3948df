import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import {
  RELATIONS,
  relationPrompts,
  UNRELATED_QUESTIONS,
} from '../../../../src/engine/grace/two-part/calibration-prompts.ts';

/** Real facts and questions that routers are measured with. */
const DATA = path.resolve(process.env['GRACE_DATA'] ?? '../shared/data');

interface Tested {
  readonly subject?: string;
  readonly [field: string]: unknown;
}

function records(file: string): readonly Tested[] {
  const whole = path.join(DATA, file);
  if (!existsSync(whole)) throw new Error(`There is no test data at ${whole}. Set GRACE_DATA to its folder.`);
  const lines = readFileSync(whole, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Tested);
}

/** Words alone, in lower case: two wordings that differ in no more than marks are the same. */
const plain = (text: string): string => (text.toLowerCase().match(/[\p{L}\p{N}{}]+/gu) ?? []).join(' ');

const texts = (record: Tested): readonly string[] =>
  Object.values(record)
    .flat()
    .filter((value): value is string => typeof value === 'string');

describe('what the router is calibrated with', () => {
  const facts = ['rewordings.jsonl', 'zsre-rewordings.jsonl', 'counterfact.jsonl', 'zsre.jsonl'].flatMap(records);

  it('has no wording of a fact that is tested, and none of its prompts', () => {
    const wordings = new Set(RELATIONS.flatMap((relation) => relation.wordings.map(plain)));
    const prompts = new Set(relationPrompts(Infinity).map(({ text }) => plain(text)));
    const templates = facts.flatMap((fact) => texts(fact).map((text) => plain(text.replaceAll(fact.subject!, '{}'))));
    expect(templates.length).toBeGreaterThan(10_000);
    expect(templates.filter((template) => template.includes('{}') && wordings.has(template))).toEqual([]);
    expect(facts.flatMap(texts).filter((text) => prompts.has(plain(text)))).toEqual([]);
  });

  it('has no question that is tested', () => {
    const asked = new Set(UNRELATED_QUESTIONS.map(plain));
    const tested = records('unrelated-questions.jsonl').slice(
      UNRELATED_QUESTIONS.length,
      UNRELATED_QUESTIONS.length + 1000,
    );
    expect(tested).toHaveLength(1000);
    expect(tested.filter(({ question }) => asked.has(plain(question as string)))).toEqual([]);
  });
});
