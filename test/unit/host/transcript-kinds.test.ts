import { describe, expect, it } from 'vitest';

import { continueOutput } from '../../../src/host/editor/transcript/continued-output.ts';
import { findExchange } from '../../../src/host/editor/transcript/find-exchange.ts';
import { fitOutput } from '../../../src/host/editor/transcript/fitted-output.ts';
import { fitPlace } from '../../../src/host/editor/transcript/fitted-place.ts';
import { findLabelled, isLabel, selectUnlabelled } from '../../../src/host/editor/transcript/labelled-output.ts';
import { write } from '../../../src/host/editor/transcript/notation.ts';
import { exchangeOf, reachesBefore } from '../../../src/host/editor/transcript/reach.ts';
import { selectOutput } from '../../../src/host/editor/transcript/selected-output.ts';
import type { ModelKind } from '../../../src/protocol/model-description.ts';
import { marked } from './marked-text.ts';

const LABELS = ['alarm', 'lost_card', 'freeze_account', 'weather'];
const model = (kind: ModelKind) => ({ kind, chatTemplate: false });

const labelled = (source: string, language = 'markdown', path = '/a.md') => {
  const { text, selection } = marked(source);
  const found = findLabelled({ text, language, path }, selection, LABELS);
  return found && { ...found, written: text.slice(found.wrongSpan.start, found.wrongSpan.end) };
};
const inJsonl = (source: string) => labelled(source, 'jsonl', '/a.jsonl');

const selected = (source: string) => {
  const { text, selection } = marked(source);
  const exchange = findExchange({ text, language: 'markdown', path: '/a.md' }, selection)!;
  return selectOutput(exchange, selection)!;
};

describe('a text and its label', () => {
  it.each([
    ['the label', 'my card is gone => «lost_card»'],
    ['a part of the label', 'my card is gone => lost_«card»'],
    ['the text', '«my card» is gone => lost_card'],
    ['the whole line', '- «my card is gone -> lost_card»'],
  ])('are found on a line with an arrow where %s is selected', (_, source) => {
    const found = labelled(`first => alarm\n${source}\nlast => weather\n`);
    expect(found).toMatchObject({
      prompt: { kind: 'text', text: 'my card is gone' },
      wrong: 'lost_card',
      written: 'lost_card',
      ends: true,
    });
  });

  it('leave out what else stands behind a label that was selected', () => {
    expect(labelled('gone => «lost_card» 62%')).toMatchObject({ wrong: 'lost_card' });
  });

  it('are found in a record, with a second text where there is one', () => {
    expect(inJsonl('{"text": "a \\"card\\"", "label": "lost«_card»"}')).toMatchObject({
      prompt: { kind: 'text', text: 'a "card"' },
      wrong: 'lost_card',
      notation: { kind: 'json' },
    });
    expect(inJsonl('{"text": "a", "pair": "b", "label": "«alarm»"}')?.prompt).toEqual({
      kind: 'text',
      text: 'a',
      pair: 'b',
    });
    expect(inJsonl('{"sentence1": "a", "sentence2": "b", "label": "«alarm»"}')?.prompt).toEqual({
      kind: 'text',
      text: 'a',
      pair: 'b',
    });
  });

  it('may have the number of a label, which is read and written as one', () => {
    const found = inJsonl('{"text": "a", "label": «1»}');
    expect(found).toMatchObject({ prompt: { text: 'a' }, wrong: 'lost_card', written: '1' });
    expect(write('weather', found!.notation)).toBe('3');
    expect(write('something else', found!.notation)).toBe('"something else"');
    expect(inJsonl('{"text": "a", "label": «1.5»}')).toBeNull();
    expect(inJsonl('{"text": "a", "score": «1»}')).toBeNull();
  });

  it('are not found where there is a text alone', () => {
    expect(labelled('«my card is gone»')).toBeNull();
    const { text, selection } = marked('so: «my card\r\nis gone».');
    const output = selectUnlabelled({ text, language: 'markdown', path: '/a.md' }, selection);
    expect(output).toMatchObject({
      prompt: { kind: 'text', text: 'my card\nis gone' },
      wrong: '',
      wrongSpan: selection,
    });
  });

  it('knows labels in any case', () => {
    expect(isLabel(' Lost_Card ', LABELS)).toBe(true);
    expect(isLabel('lost', LABELS)).toBe(false);
  });
});

describe('a selected part of an answer', () => {
  const part = selected('Where is it? => It is in Os«lo» now');

  it('is gone on to by a decoder', () => {
    expect(fitOutput(part, model('causal'))).toMatchObject({
      prompt: { kind: 'text', text: 'Where is it? It is in' },
      lead: 'Os',
    });
  });

  it('has the answer from its beginning for the target of an encoder-decoder', () => {
    expect(fitOutput(part, model('encoder-decoder'))).toMatchObject({
      prompt: { kind: 'text', text: 'Where is it?' },
      lead: 'It is in Os',
    });
  });

  it('is answered alone by the others', () => {
    for (const kind of ['classifier', 'masked'] as const) {
      expect(fitOutput(part, model(kind))).toMatchObject({ prompt: { text: 'Where is it?' }, lead: '' });
    }
  });

  it('has all that stands before it for its question where the document does not say more', () => {
    const { text, selection } = marked('Where is it? «Oslo»');
    const [line] = reachesBefore(text, selection.start);
    const output = selectOutput(exchangeOf(text, line!, selection), selection)!;
    expect(fitOutput(output, model('encoder-decoder'))).toMatchObject({ prompt: { text: 'Where is it?' }, lead: '' });
  });

  it('leaves the turns of a chat to a model without a template, and what was said of the answer out', () => {
    const chat = selected('## User\nWhere?\n## Assistant\nIt is in «Oslo».\n');
    expect(fitOutput(chat, model('encoder-decoder'))).toMatchObject({ prompt: { text: 'Where?' }, lead: 'It is in ' });
  });
});

describe('a place where a model is to answer', () => {
  const place = (source: string) => {
    const { text, selection } = marked(source);
    const document = { text, language: 'markdown', path: '/a.md' };
    const exchange = findExchange(document, selection);
    const [line] = reachesBefore(text, selection.start);
    return continueOutput(exchange ?? exchangeOf(text, line!, selection), selection.start)!;
  };

  it('is answered from the beginning, with a space before it where a word touches it', () => {
    const fit = fitPlace(place('Where is it? =>«»'), true, model('encoder-decoder'));
    expect(fit).toMatchObject({ prompt: { text: 'Where is it?' }, canAnswer: true, joint: ' ' });
    expect(fitPlace(place('Where is it? => «»'), false, model('classifier')).joint).toBe('');
    expect(fitPlace(place('Where is it? =>«»'), true, model('causal')).joint).toBe('');
  });

  it('is not gone on from by a model that cannot', () => {
    const begun = place('Where is it? => It is in«»');
    for (const kind of ['encoder-decoder', 'classifier', 'masked'] as const)
      expect(fitPlace(begun, true, model(kind)).canAnswer).toBe(false);
    expect(fitPlace(begun, true, model('causal'))).toMatchObject({
      prompt: { text: 'Where is it? It is in' },
      canAnswer: true,
    });
  });

  it('gets an arrow before a label where there is none', () => {
    expect(fitPlace(place('my card is gone«»'), true, model('classifier'))).toMatchObject({
      prompt: { text: 'my card is gone' },
      canAnswer: true,
      joint: ' => ',
    });
    expect(fitPlace(place('my card is gone «»'), false, model('classifier')).joint).toBe('=> ');
    expect(fitPlace(place('Where is it?«»'), true, model('encoder-decoder')).joint).toBe(' ');
  });
});
