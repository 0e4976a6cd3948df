import { describe, expect, it } from 'vitest';

import { BenchController } from '../../../src/host/bench/bench-controller.ts';
import { validated } from '../../../src/host/bench/bench-input.ts';
import type { BenchHostApi } from '../../../src/protocol/bench-api.ts';
import type { EditDraft } from '../../../src/protocol/bench-state.ts';
import { CodedError } from '../../../src/protocol/coded-error.ts';
import type { OpenModel } from '../../../src/protocol/engine-api.ts';
import {
  END_TOKEN,
  FakeSession,
  openAnswering,
  openClassifier,
  openMasked,
  token,
  tokensOf,
} from '../../support/bench-session.ts';

const context = { signal: new AbortController().signal, progress: () => undefined };
const TEXT = 'my card is gone';

/** A bench with a model of some kind, and a text typed. */
async function begin(model: OpenModel | null, saved?: unknown) {
  const session = new FakeSession(model);
  const store = { saved };
  const controller = new BenchController({
    session,
    actions: {
      revealEdit: () => Promise.resolve(),
      openModel: () => Promise.resolve(),
      tryDemo: () => Promise.resolve(),
      chooseHook: () => Promise.resolve(),
      calibrate: () => Promise.resolve(),
      createCodebook: () => Promise.resolve(),
      machine: () => 'local',
    },
    store: {
      read: () => store.saved,
      // As VS Code keeps it.
      write: (value) => {
        store.saved = JSON.parse(JSON.stringify(value)) as unknown;
      },
    },
    preferences: () => ({ maxTokens: 32, temperature: 0, probes: [] }),
    emit: () => undefined,
    edited: () => undefined,
    otherCodebook: () => new CodedError('codebook-mismatch', 'It is in another codebook.'),
  });
  const handlers = validated(controller.handlers);
  const call = async <Name extends keyof BenchHostApi>(name: Name, params: Parameters<BenchHostApi[Name]>[0]) => {
    await (handlers[name] as (params: unknown, context: unknown) => unknown)(params, context);
  };
  await call('change', { prompt: { ...controller.state.prompt, kind: 'text', text: TEXT } });
  /** Begins an edit of some tokens of the last answer, and writes its target. */
  const draft = async (from: number, to: number, target: string): Promise<EditDraft> => {
    await call('select', { run: controller.state.runs.at(-1)!.run, side: 'edited', from, to });
    const begun = controller.state.draft!;
    await call('change', { draft: { ...begun, target } });
    return begun;
  };
  return { session, controller, call, draft, store };
}

describe('a classifier in the Edit Bench', () => {
  it('is described by its labels, and answers with all of them', async () => {
    const { session, controller, call } = await begin(openClassifier());
    expect(controller.state.model).toMatchObject({ kind: 'classifier', mask: null });
    expect(controller.state.model!.labels).toContain('lost_card');
    await call('change', { settings: { ...controller.state.settings, compare: true } });
    await call('generate', null);
    const { edited, unedited } = controller.state.runs[0]!.outputs;
    expect(edited).toMatchObject({ tokens: [], finish: 'eos', classes: session.classes });
    expect(unedited).toMatchObject({ tokens: [], finish: 'eos', classes: session.uneditedClasses });
    expect(session.generated).toEqual([]);
    expect(controller.state.runs).toHaveLength(1);
  });

  it('reads a text where a chat was typed, and a second text where one is written', async () => {
    const { session, controller, call } = await begin(openClassifier());
    await call('change', { prompt: { ...controller.state.prompt, kind: 'chat', pair: 'and my PIN' } });
    await call('generate', null);
    expect(session.classified).toEqual([{ kind: 'text', text: TEXT, pair: 'and my PIN' }]);
    await call('change', { prompt: { ...controller.state.prompt, pair: ' ' } });
    await call('generate', null);
    expect(session.classified[1]).toEqual({ kind: 'text', text: TEXT });
  });

  it('is edited as text and new label, and shows how likely the labels were and are', async () => {
    const { session, controller, call, draft } = await begin(openClassifier());
    await call('generate', null);
    const begun = await draft(0, 1, 'freeze_account');
    expect(begun).toMatchObject({ prompt: { kind: 'text', text: TEXT }, wrong: 'lost_card', target: '', ends: true });
    expect(begun.lead).toBeUndefined();
    const before = session.classes;
    await call('apply', null);
    expect(session.edited).toMatchObject([{ prompt: { kind: 'text', text: TEXT }, target: 'freeze_account' }]);
    const { result } = controller.state;
    expect(result!.classes!.before).toEqual(before);
    expect(result!.classes!.after[0]!.label).toBe('freeze_account');
  });

  it('keeps labels, edit and result over a reload', async () => {
    const { controller, call, draft, store } = await begin(openClassifier());
    await call('generate', null);
    await draft(0, 1, 'freeze_account');
    await call('apply', null);
    await call('generate', null);
    await draft(0, 1, 'weather');
    const before = controller.state;
    controller.dispose();
    // A window that has just opened has no model.
    const after = (await begin(null, store.saved)).controller.state;
    const { runs, draft: kept, result } = before;
    expect(after).toMatchObject(JSON.parse(JSON.stringify({ runs, draft: kept, result })) as object);
  });

  it('says what went wrong, and keeps no run of it', async () => {
    const { session, controller, call } = await begin(openClassifier());
    session.failure = new CodedError('connection-closed', 'The engine has ended.', 'Restart it.');
    await call('generate', null);
    expect(controller.state).toMatchObject({ problem: { code: 'connection-closed' }, runs: [], activity: null });
  });
});

describe('an encoder-decoder in the Edit Bench', () => {
  const answering = async (answer: string) => {
    const bench = await begin(openAnswering());
    bench.session.answer = [...tokensOf(answer), END_TOKEN];
    await bench.call('generate', null);
    return bench;
  };

  it('has what was said before the mistake in the target, not in the prompt', async () => {
    const { session, call, draft } = await answering('It is in Oslo today');
    const begun = await draft(3, 4, ' Bergen');
    expect(begun).toMatchObject({
      prompt: { kind: 'text', text: TEXT },
      lead: 'It is in',
      wrong: ' Oslo',
      ends: false,
    });
    await call('apply', null);
    expect(session.edited).toMatchObject([
      { prompt: { kind: 'text', text: TEXT }, target: 'It is in Bergen', ends: false },
    ]);
  });

  it.each([
    ['Bergen', 'It is in Bergen'],
    [', as ever', 'It is in, as ever'],
    ['\nBergen', 'It is in\nBergen'],
  ])('puts a space between the two where the model had one: %j', async (target, whole) => {
    const { session, call, draft } = await answering('It is in Oslo');
    await draft(3, 5, target);
    await call('apply', null);
    expect(session.edited).toMatchObject([{ target: whole, ends: true }]);
  });

  it('has the whole target where the whole answer is wrong', async () => {
    const { session, call, draft } = await answering('Oslo');
    await draft(0, 2, 'Bergen');
    await call('apply', null);
    expect(session.edited).toMatchObject([{ prompt: { kind: 'text', text: TEXT }, target: 'Bergen', ends: true }]);
  });
});

describe('a masked model in the Edit Bench', () => {
  it('is edited at all masks at once', async () => {
    const { session, controller, call, draft } = await begin(openMasked());
    expect(controller.state.model).toMatchObject({ kind: 'masked', mask: '[MASK]', labels: [] });
    session.answer = [token('in'), token('os'), token('##lo')];
    session.finish = 'filled';
    await call('generate', null);
    const begun = await draft(1, 2, 'in bergen');
    expect(begun).toMatchObject({ prompt: { kind: 'text', text: TEXT }, wrong: 'in oslo', ends: true });
    await call('apply', null);
    expect(session.edited).toMatchObject([{ prompt: { kind: 'text', text: TEXT }, target: 'in bergen' }]);
  });
});
