import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { BenchController } from '../../../src/host/bench/bench-controller.ts';
import { validated } from '../../../src/host/bench/bench-input.ts';
import type { BenchHostApi } from '../../../src/protocol/bench-api.ts';
import { applyBenchEvent, type BenchEvent, type BenchState } from '../../../src/protocol/bench-state.ts';
import { CodedError } from '../../../src/protocol/coded-error.ts';
import { NO_DECISION } from '../../../src/protocol/decision.ts';
import type { CallContext } from '../../../src/protocol/rpc.ts';
import {
  DECISION_FIRED,
  TWO_PART_FIRED,
  openTwoPart,
  END_TOKEN,
  FakeSession,
  openModel,
  tokensOf,
} from '../../support/bench-session.ts';

const context: CallContext = { signal: new AbortController().signal, progress: () => undefined };
const death = (): CodedError => new CodedError('connection-closed', 'The engine has ended.', 'Restart it.');

let session: FakeSession;
let controller: BenchController;
/** The page's copy, made of nothing but the first state and the events after it; null after a gap. */
let page: BenchState | null;
let events: BenchEvent[];
let saved: unknown;
let edited: number[];
let led: string[];

function start(): void {
  events = [];
  edited = [];
  led = [];
  const lead = (words: string): Promise<void> => {
    led.push(words);
    return Promise.resolve();
  };
  controller = new BenchController({
    session,
    actions: {
      revealEdit: (edit) => lead(`reveal ${edit}`),
      openModel: () => lead('open'),
      tryDemo: () => lead('demo'),
      chooseHook: (hook) => lead(`hook ${hook}`),
      calibrate: () => lead('calibrate'),
      createCodebook: () => lead('create'),
      machine: () => 'local',
    },
    store: {
      read: () => saved,
      write: (value) => {
        saved = structuredClone(value);
      },
    },
    preferences: () => ({ maxTokens: 32, temperature: 0, probes: [{ kind: 'text', text: 'Two plus two equals' }] }),
    emit: (event) => {
      events.push(event);
      page &&= applyBenchEvent(page, structuredClone(event));
    },
    edited: ({ result }) => edited.push(result.edit),
    otherCodebook: () => new CodedError('codebook-mismatch', 'It is in another codebook.'),
  });
  page = structuredClone(controller.state);
}

function call<Name extends keyof BenchHostApi>(
  name: Name,
  params: Parameters<BenchHostApi[Name]>[0],
): Promise<unknown> {
  const handler = validated(controller.handlers)[name] as (params: unknown, context: CallContext) => unknown;
  return new Promise((resolve) => {
    resolve(handler(params, context));
  });
}

/** As the page does when a person writes. */
async function write(input: Parameters<BenchHostApi['change']>[0]): Promise<void> {
  await call('change', input);
  if (page) page = { ...page, ...structuredClone(input), ...(input.draft && { preview: null }) } as BenchState;
}

const typed = (text: string): Parameters<BenchHostApi['change']>[0] => ({
  prompt: { ...controller.state.prompt, kind: 'text', text },
});

/** Generates, and selects the tokens of " Oslo". */
async function selectOslo(): Promise<void> {
  await write(typed('Ada'));
  await call('generate', null);
  await call('select', { run: 1, side: 'edited', from: 3, to: 4 });
}

async function writeTarget(target: string): Promise<void> {
  await write({ draft: { ...controller.state.draft!, target } });
}

beforeEach(() => {
  saved = undefined;
  session = new FakeSession();
  start();
});

afterEach(() => {
  // Whatever was done: what the page was told makes exactly what the host has.
  if (page) expect(page).toEqual(controller.state);
  controller.dispose();
  vi.useRealTimers();
});

describe('generating', () => {
  it('streams tokens after the decision, and ends', async () => {
    session.decision = DECISION_FIRED;
    await write(typed('Ada'));
    await call('generate', null);
    const [run] = controller.state.runs;
    expect(run).toMatchObject({ run: 1, prompt: { kind: 'text', text: 'Ada' } });
    expect(run!.outputs.edited).toEqual({ tokens: session.answer, decision: DECISION_FIRED, finish: 'eos' });
    expect(run!.outputs.unedited).toBeUndefined();
    expect(controller.state).toMatchObject({ activity: null, shown: 1, problem: null });
    expect(session.generated).toMatchObject([{ maxTokens: 32, edits: true }]);
  });

  it('passes on at most one event for each frame', async () => {
    session.answer = tokensOf('word '.repeat(100));
    session.milliseconds = 2;
    await call('generate', null);
    const batches = events.filter(({ kind }) => kind === 'tokens');
    expect(batches.length).toBeGreaterThan(3);
    expect(batches.length).toBeLessThan(30);
  });

  it('asks for one side after the other to compare', async () => {
    await write({ settings: { ...controller.state.settings, compare: true } });
    await call('generate', null);
    expect(session.generated.map(({ edits }) => edits)).toEqual([true, false]);
    expect(controller.state.runs[0]!.outputs.unedited).toMatchObject({ tokens: session.unedited, finish: 'eos' });
  });

  it('stops with what was said, and leaves the second side out', async () => {
    await write({ settings: { ...controller.state.settings, compare: true } });
    session.milliseconds = 10;
    const running = call('generate', null);
    await new Promise((resolve) => setTimeout(resolve, 25));
    await call('stop', null);
    await running;
    const { edited: output, unedited } = controller.state.runs[0]!.outputs;
    expect(output!.finish).toBe('cancelled');
    expect(output!.tokens.length).toBeGreaterThan(0);
    expect(output!.tokens.length).toBeLessThan(session.answer.length);
    expect(unedited).toBeUndefined();
    expect(controller.state).toMatchObject({ activity: null, problem: null });
  });

  it('keeps what was said when the engine dies, and says so until the next action', async () => {
    session.failure = death();
    await call('generate', null);
    expect(controller.state.problem).toMatchObject({ code: 'connection-closed', advice: 'Restart it.' });
    expect(controller.state.runs[0]!.outputs.edited).toMatchObject({ finish: 'cancelled' });
    expect(controller.state.runs[0]!.outputs.edited!.tokens).toHaveLength(3);
    await call('generate', null);
    expect(controller.state.problem).toBeNull();
    expect(controller.state.runs).toHaveLength(2);
  });

  it('takes on one thing at a time', async () => {
    session.milliseconds = 5;
    const first = call('generate', null);
    await call('generate', null);
    await call('apply', null);
    await first;
    expect(session.generated).toHaveLength(1);
  });

  it('does not count it as a problem that the person chose no model', async () => {
    session = new FakeSession(null);
    start();
    await call('generate', null);
    expect(controller.state).toMatchObject({ model: null, runs: [], activity: null, problem: null });
  });

  it('keeps fifty runs', async () => {
    for (let run = 0; run < 53; run++) await call('generate', null);
    expect(controller.state.runs.map(({ run }) => run)).toEqual(Array.from({ length: 50 }, (_, index) => index + 4));
    await call('showRun', { run: 10 });
    expect(controller.state.shown).toBe(10);
    await call('showRun', { run: 2 });
    expect(controller.state.shown).toBe(10);
  });
});

describe('selecting', () => {
  it('makes an edit of the tokens, with the text before them in the prompt', async () => {
    await selectOslo();
    expect(controller.state.draft).toMatchObject({
      prompt: { kind: 'text', text: 'Ada was born in' },
      wrong: ' Oslo',
      target: '',
      ends: false,
      replace: 'replace_last',
      radius: null,
      defaultProbes: true,
    });
  });

  it('takes the answer to end where the selection reaches its end', async () => {
    await call('generate', null);
    const { length } = session.answer;
    await call('select', { run: 1, side: 'edited', from: 3, to: length - 1 });
    expect(controller.state.draft!.ends).toBe(true);
    await call('select', { run: 1, side: 'edited', from: length - 1, to: length });
    expect(controller.state.draft).toMatchObject({ wrong: '', ends: true });
    session.finish = 'length';
    session.answer = tokensOf(' cut off');
    await call('generate', null);
    await call('select', { run: 2, side: 'edited', from: 1, to: 2 });
    expect(controller.state.draft).toMatchObject({ wrong: ' off', ends: false });
  });

  it('lets a chat go on from what was said of the answer', async () => {
    const messages = [{ role: 'user', content: 'Where?' }];
    await write({ prompt: { kind: 'chat', text: '', messages } });
    await call('generate', null);
    await call('select', { run: 1, side: 'edited', from: 0, to: 1 });
    expect(controller.state.draft!.prompt).toEqual({ kind: 'chat', messages });
    await call('select', { run: 1, side: 'edited', from: 3, to: 4 });
    expect(controller.state.draft!.prompt).toEqual({ kind: 'chat', messages, answer: ' was born in' });
  });

  it('ignores what is not there', async () => {
    await call('generate', null);
    await call('select', { run: 7, side: 'edited', from: 0, to: 1 });
    await call('select', { run: 1, side: 'unedited', from: 0, to: 1 });
    await call('select', { run: 1, side: 'edited', from: 90, to: 91 });
    await call('select', { run: 1, side: 'edited', from: 2, to: 2 });
    expect(controller.state.draft).toBeNull();
  });
});

describe('editing', () => {
  it('checks without learning, and forgets it when the edit is changed', async () => {
    await selectOslo();
    await writeTarget(' London');
    await call('check', null);
    expect(controller.state.preview).toEqual(session.checked);
    expect(session.edited).toEqual([]);
    await writeTarget(' Paris');
    expect(controller.state.preview).toBeNull();
  });

  it('learns the edit, shows its losses, and tells of it', async () => {
    await selectOslo();
    await write({
      draft: {
        ...controller.state.draft!,
        target: ' London',
        rephrasings: ['Byron was born in', ' '],
        probes: ['My own'],
        radius: 3,
      },
    });
    const { draft } = controller.state;
    await call('apply', null);
    expect(session.edited).toEqual([
      {
        prompt: { kind: 'text', text: 'Ada was born in' },
        target: ' London',
        ends: false,
        replace: 'replace_last',
        radius: 3,
        rephrasings: [{ kind: 'text', text: 'Byron was born in' }],
        probes: [
          { kind: 'text', text: 'My own' },
          { kind: 'text', text: 'Two plus two equals' },
        ],
      },
    ]);
    expect(controller.state.losses).toHaveLength(session.steps + 1);
    expect(controller.state).toMatchObject({ draft: null, result: { draft, undone: false }, codebook: { live: 1 } });
    expect(edited).toEqual([1]);
  });

  it('hands over who an edit is about and what must not fire it, where that is written', async () => {
    await selectOslo();
    const draft = { ...controller.state.draft!, target: ' London', subject: ' Ada ', negatives: ['Ada died in', ' '] };
    await write({ draft });
    await call('apply', null);
    expect(session.edited[0]).toMatchObject({ subject: 'Ada', negatives: [{ kind: 'text', text: 'Ada died in' }] });
  });

  it('asks a chat’s rephrasing as the last question', async () => {
    const messages = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: 'Where?' },
    ];
    controller.showDraft({
      prompt: { kind: 'chat', messages, answer: 'In' },
      wrong: ' Oslo',
      target: ' Rome',
      ends: true,
    });
    await write({ draft: { ...controller.state.draft!, rephrasings: ['In which town?'], defaultProbes: false } });
    await call('apply', null);
    expect(session.edited[0]).toMatchObject({ probes: [], ends: true });
    expect(session.edited[0]!.rephrasings).toEqual([
      {
        kind: 'chat',
        messages: [messages[0], messages[1], { role: 'user', content: 'In which town?' }],
        answer: 'In',
      },
    ]);
  });

  it('keeps the edit when it is called off, which is no problem', async () => {
    await selectOslo();
    await writeTarget(' London');
    session.milliseconds = 5;
    const learning = call('apply', null);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(controller.state.activity).toBe('editing');
    await call('stop', null);
    await learning;
    expect(controller.state).toMatchObject({
      activity: null,
      problem: null,
      result: null,
      draft: { target: ' London' },
    });
    expect(controller.state.losses.length).toBeGreaterThan(0);
    expect(edited).toEqual([]);
  });

  it('keeps the edit when the engine dies', async () => {
    await selectOslo();
    await writeTarget(' London');
    session.failure = death();
    await call('apply', null);
    expect(controller.state).toMatchObject({ draft: { target: ' London' }, problem: { code: 'connection-closed' } });
  });

  it('takes the edit back, once', async () => {
    await selectOslo();
    await writeTarget(' London');
    await call('apply', null);
    await call('undo', null);
    await call('undo', null);
    expect(session.switched).toEqual([{ op: 'revert', edits: [1] }]);
    expect(controller.state).toMatchObject({ result: { undone: true }, codebook: { live: 0 } });
  });

  it('sees that the edit was taken back elsewhere', async () => {
    await selectOslo();
    await writeTarget(' London');
    await call('apply', null);
    session.setEdits([]);
    expect(controller.state.result!.undone).toBe(true);
  });

  it('takes back no edit of another codebook that has the same number', async () => {
    await selectOslo();
    await writeTarget(' London');
    await call('apply', null);
    const { codebook } = session;
    session.codebook = { ...codebook!, head: { ...codebook!.head, folder: '/elsewhere/other' } };
    session.changed();
    await call('undo', null);
    expect(session.switched).toEqual([]);
    expect(controller.state.problem).toMatchObject({ code: 'codebook-mismatch' });
  });
});

describe('the state', () => {
  it('is the same for a page that missed events and asks again', async () => {
    page = null;
    await call('generate', null);
    const late = events.at(-1)!;
    expect(applyBenchEvent({ ...controller.state, revision: late.revision - 2 }, late)).toBeNull();
    page = structuredClone(await call('state', null)) as BenchState;
    await call('generate', null);
    expect(page.runs).toHaveLength(2);
  });

  it('survives the window', async () => {
    await selectOslo();
    await writeTarget(' London');
    await write({ settings: { ...controller.state.settings, maxTokens: 7 } });
    const before = controller.state;
    controller.dispose();
    start();
    const kept = ['prompt', 'settings', 'draft', 'runs', 'shown', 'result'] as const;
    for (const name of kept) expect(controller.state[name]).toEqual(before[name]);
  });

  it('saves a little after a change, not with each', async () => {
    vi.useFakeTimers();
    await write(typed('A'));
    await write(typed('Ad'));
    expect(saved).toBeUndefined();
    vi.advanceTimersByTime(1000);
    expect(saved).toMatchObject({ prompt: { text: 'Ad' } });
  });

  it('saves the newest runs that fit', async () => {
    session.answer = [...tokensOf('word '.repeat(400)), END_TOKEN];
    for (let run = 0; run < 20; run++) await call('generate', null);
    controller.dispose();
    expect(JSON.stringify(saved).length).toBeLessThan(1_600_000);
    start();
    expect(controller.state.runs.length).toBeGreaterThan(3);
    expect(controller.state.runs.length).toBeLessThan(20);
    expect(controller.state.runs.at(-1)!.run).toBe(20);
  });

  it('ends what ran when the window closed', async () => {
    session.milliseconds = 20;
    const running = call('generate', null);
    await new Promise((resolve) => setTimeout(resolve, 50));
    controller.dispose();
    const last = saved;
    expect(controller.state.runs[0]!.outputs.edited!.finish).toBeNull();
    await running;
    expect(saved).toBe(last);
    start();
    expect(controller.state.runs[0]!.outputs.edited!.finish).toBe('cancelled');
  });

  it('begins anew where what was saved cannot be read', () => {
    for (const broken of [{ format: 99 }, 'text', { format: 1, prompt: 3 }, null]) {
      saved = broken;
      start();
      expect(controller.state.runs).toEqual([]);
    }
  });

  it('keeps showing a model that the next call opens again', () => {
    session.model = null;
    session.changed();
    expect(controller.state.model!.name).toBe('biographies');
    session.hasModel = false;
    session.changed();
    expect(controller.state.model).toBeNull();
    session.model = openModel(false);
    session.hasModel = true;
    session.changed();
    expect(controller.state.model).toMatchObject({ chatTemplate: false, radius: 5.2, hooks: { length: 4 } });
  });

  it('renders the chat on request, again when it is changed, and takes it away', async () => {
    const chat = (content: string): Parameters<typeof write>[0] => ({
      prompt: { kind: 'chat', text: '', messages: [{ role: 'user', content }] },
    });
    await write(chat('Hello'));
    await call('render', null);
    expect(controller.state.rendered).toContain('Hello');
    await write(chat('Bye'));
    await new Promise((resolve) => setTimeout(resolve));
    expect(controller.state.rendered).toContain('Bye');
    await call('render', null);
    expect(controller.state.rendered).toBeNull();
  });

  it('leads elsewhere, and discards', async () => {
    await call('revealEdit', { edit: 3 });
    await call('chooseHook', { hook: 'a.b' });
    await call('openModel', null);
    await call('tryDemo', null);
    expect(led).toEqual(['reveal 3', 'hook a.b', 'open', 'demo']);
    await selectOslo();
    await call('discardDraft', null);
    expect(controller.state.draft).toBeNull();
    session.failure = death();
    await call('generate', null);
    await call('dismissProblem', null);
    expect(controller.state.problem).toBeNull();
  });
});

describe('what the page sends', () => {
  const long = 'x'.repeat(500_000);
  it.each([
    ['generate', {}],
    ['change', { prompt: { kind: 'text', text: long, messages: [] } }],
    ['change', { unknown: 1 }],
    ['change', { settings: { maxTokens: -1 } }],
    ['select', { run: 1, side: 'both', from: 0, to: 1 }],
    ['select', { run: 1.5, side: 'edited', from: 0, to: 1 }],
    ['showRun', null],
    ['revealEdit', { edit: '1; rm' }],
    ['chooseHook', { hook: long }],
  ] as const)('is refused when it is not what %s takes', async (name, params) => {
    const before = controller.state;
    await expect(call(name, params as never)).rejects.toMatchObject({ code: 'bad-argument' });
    expect(controller.state).toBe(before);
  });
});

describe('where the two-part router decides', () => {
  beforeEach(() => {
    session = new FakeSession(openTwoPart());
    start();
  });

  it('fills the guess in once, and asks again when the person says who it is about', async () => {
    await selectOslo();
    await expect.poll(() => controller.state.draft?.subject).toBe('Astrid Lund');
    await write({ draft: { ...controller.state.draft!, subject: '' } });
    await expect.poll(() => session.outlined.length).toBe(2);
    expect(controller.state.draft!.subject).toBe('');
    await write({ draft: { ...controller.state.draft!, subject: 'Ada ' } });
    await expect.poll(() => controller.state.outline?.entity).toEqual(['ada']);
    await call('discardDraft', null);
    expect(controller.state).toMatchObject({ outline: null, suggestions: null });
  });

  it('suggests what must not fire', async () => {
    session.negatives = [{ prompt: { kind: 'text', text: 'Who was Ada?' }, score: 0.5 }];
    await selectOslo();
    await call('suggest', null);
    expect(controller.state.suggestions).toEqual(session.negatives);
    await selectOslo();
    expect(controller.state.suggestions).toBeNull();
  });

  it('answers with the fact in the prompt where an edit fires', async () => {
    session.decision = TWO_PART_FIRED;
    await write({ ...typed('Ada'), settings: { ...controller.state.settings, inContext: true } });
    await call('generate', null);
    const told = { kind: 'text', text: 'The fact of edit 12.\nAda' };
    expect(controller.state.runs[0]).toMatchObject({ told, outputs: { inContext: { finish: 'eos' } } });
    expect(session.generated.map(({ edits }) => edits)).toEqual([true, false]);
    session.decision = NO_DECISION;
    await call('generate', null);
    expect(controller.state.runs[1]!.told).toBeNull();
    expect(controller.state.runs[1]!.outputs.inContext).toBeUndefined();
  });

  it('leads to the calibration and to a new codebook', async () => {
    await call('calibrate', null);
    await call('createCodebook', null);
    expect(led).toEqual(['calibrate', 'create']);
  });
});
