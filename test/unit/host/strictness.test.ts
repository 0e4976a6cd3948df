import { beforeEach, expect, it, vi } from 'vitest';

import { editTooltip, editTreeItem } from '../../../src/host/codebook/edit-tree-item.ts';
import { termsFor } from '../../../src/host/codebook/edit-terms.ts';
import { describeDecision, explainDecision } from '../../../src/host/codebook/edit-words.ts';
import { describeReach, describeValue } from '../../../src/host/codebook/reach-words.ts';
import { askStrictness } from '../../../src/host/codebook/strictness-picker.ts';
import { radiusOf } from '../../../src/protocol/two-part.ts';
import { CALIBRATED, DECISION_FIRED, TWO_PART_FIRED, TWO_PART_NEAR } from '../../support/bench-session.ts';
import { item, snapshot } from '../../support/codebook-session.ts';
import { fake, resetFake } from '../../support/fake-vscode.ts';

vi.mock('vscode', () => import('../../support/fake-vscode.ts'));

const EDIT = item(3, { radius: radiusOf(0.4), subject: 'Ada', negatives: 2, rows: 4 });
const { head } = snapshot([EDIT], { router: 'two-part' });

beforeEach(resetFake);

it('offers the settings with what to expect of them', async () => {
  fake.answer = ({ choices }) => choices[0];
  expect(await askStrictness(EDIT, CALIBRATED)).toBeCloseTo(radiusOf(0.48));
  expect(fake.asked[0]!.choices).toMatchObject([
    {
      label: 'strict',
      description: 'from score 0.48 on',
      detail: expect.stringContaining('84 % of rewordings') as string,
    },
    { label: 'balanced', description: 'from score 0.40 on, as it is now' },
    { label: 'loose' },
    { label: 'A score of your own…' },
  ]);
});

it('takes a score of one’s own, and nothing else', async () => {
  fake.answer = ({ kind, choices }) => (kind === 'pick' ? choices[3] : '0.55');
  expect(await askStrictness(EDIT, [])).toBeCloseTo(radiusOf(0.55));
  const validate = fake.asked.at(-1)!.options['validateInput'] as (text: string) => string | undefined;
  expect(['', 'x', '-0.1', '1.3'].map((text) => validate(text) !== undefined)).toEqual(Array(4).fill(true));
  expect(validate('1.2')).toBeUndefined();
  fake.answer = () => undefined;
  expect(await askStrictness(EDIT, [])).toBeUndefined();
});

it('says how far an edit reaches in its router’s own measure', () => {
  expect(describeReach(head, radiusOf(0.29))).toBe('loose, from score 0.29 on');
  expect(describeReach(head, radiusOf(0.5))).toBe('from score 0.50 on');
  expect(describeReach({ router: 'grace' }, 2.5)).toBe('radius 2.5');
  expect([describeValue(1), describeValue(4)]).toEqual(['one vector', 'a track of 4 vectors']);
});

it('shows subject, strictness, negatives and value of an edit', () => {
  const terms = termsFor('LlamaForCausalLM');
  const row = editTreeItem('3', EDIT, 0, terms, head);
  expect(row.description).toContain('balanced, from score 0.40 on');
  const tooltip = editTooltip(EDIT, 0, '', terms, head).value;
  for (const fact of ['Ada', '2 prompts', 'a track of 4 vectors', 'part router decides'])
    expect(tooltip).toContain(fact);
});

it('explains decisions of the two-part router, with the runner-up', () => {
  expect(describeDecision(TWO_PART_FIRED)).toBe(
    'Edit 12 fired: about astrid lund, what is asked scores 0.68, 0.40 is needed.',
  );
  expect(explainDecision(TWO_PART_FIRED)).toEqual([
    'Edit 12 fired',
    '✓ who it is about: found astrid, lund; missing none; 1 of 0.7 needed',
    '✓ of a name in the prompt: 1 of 0.5 needed',
    '✓ what is asked: score 0.68, fires from 0.40 on',
    'Runner-up: edit 4',
    expect.stringContaining('✓'),
    expect.stringContaining('✓'),
    '✗ what is asked: score 0.21, fires from 0.40 on',
  ]);
  expect(explainDecision(TWO_PART_NEAR)[0]).toBe('Nearest: edit 4');
  expect(explainDecision(DECISION_FIRED)).toEqual([]);
});
