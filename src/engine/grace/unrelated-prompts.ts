/**
 * Prompts that have nothing to do with each other, or differ in their subject alone: the bank that radii are measured on, and the
 * probes an edit is checked against when the user gives none. Written for this project.
 */
const SUBJECTS = [
  'Marta Lindqvist',
  'Tobias Okafor',
  'Aiko Tanabe',
  'Bruno Castellani',
  'Ludmila Petrova',
  'Neil Armstrong',
  'Marie Curie',
  'Miles Davis',
] as const;

const TEMPLATES = [
  (name: string) => `${name} was born in`,
  (name: string) => `The profession of ${name} is`,
  (name: string) => `Who is ${name}?`,
  (name: string) => `Write one sentence about ${name}.`,
  (name: string) => `This is a passage about ${name}.`,
] as const;

const QUESTIONS = [
  'What is the capital of Portugal?',
  'How many legs does a spider have?',
  'Which planet is closest to the sun?',
  'When was the printing press invented?',
  'Who painted the ceiling of the Sistine Chapel?',
  'What language is spoken in Brazil?',
  'How do I boil an egg?',
  'Why is the sky blue?',
  'The longest river in Africa is',
  'The chemical symbol of gold is',
  'Water freezes at a temperature of',
  'The first month of the year is',
  'A recipe for pancakes begins with',
  'The train to the coast leaves at',
  'My favourite season is autumn because',
  'In the morning the market was full of',
  'The opposite of hot is',
  'Two plus two equals',
  'The committee met on Tuesday to discuss',
  'Once upon a time there was a',
  'Please translate the word for bread into French.',
  'The old bridge across the river was closed in',
  'Summarize the plot of the film in one sentence.',
  'The museum opens every day except',
] as const;

/** Prompts in groups of one wording about several subjects: the closest that unrelated prompts come to each other. */
export const SAME_WORDING: readonly (readonly string[])[] = TEMPLATES.map((template) =>
  SUBJECTS.map((name) => template(name)),
);

/** Prompts that share neither wording nor subject. */
export const UNRELATED_PROMPTS: readonly string[] = QUESTIONS;
