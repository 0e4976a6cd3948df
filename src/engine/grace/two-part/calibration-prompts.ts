import { mersenne } from 'pure-rand/generator/mersenne';
import { uniformInt } from 'pure-rand/distribution/uniformInt';

import type { Prompt } from '../../../protocol/prompt.ts';
import relations from './data/relations.json' with { type: 'json' };
import unrelated from './data/unrelated-questions.json' with { type: 'json' };

/** One question or statement of a relation about somebody, with or without a sentence before it. */
export interface RelationPrompt {
  readonly text: string;
  readonly relation: number;
  readonly wording: number;
  readonly name: string;
}

export const RELATIONS: readonly {
  readonly relation: string;
  readonly about: keyof typeof relations.names;
  readonly wordings: readonly string[];
}[] = relations.relations as (typeof RELATIONS)[number][];

export const UNRELATED_QUESTIONS: readonly string[] = unrelated.questions;

/** Every relation in each of its wordings about so many names; every other one behind a lead-in. */
export function relationPrompts(names: number): readonly RelationPrompt[] {
  const random = mersenne(47);
  const prompts: RelationPrompt[] = [];
  for (const [relation, { about, wordings }] of RELATIONS.entries())
    for (const [wording, template] of wordings.entries())
      for (const [at, name] of relations.names[about].slice(0, names).entries()) {
        const leadIn = relations.leadIns[uniformInt(random, 0, relations.leadIns.length - 1)]!;
        const text = fill(template, name);
        prompts.push({ text: (at + wording) % 2 === 1 ? `${leadIn} ${text}` : text, relation, wording, name });
      }
  return prompts;
}

/** A wording about somebody. */
export const fill = (template: string, name: string): string => template.replaceAll('{}', () => name);

/** A text as a prompt of its own, or as what a person says in a chat. */
export const promptOf = (kind: Prompt['kind'], text: string): Prompt =>
  kind === 'text' ? { kind, text } : { kind, messages: [{ role: 'user', content: text }] };
