import path from 'node:path';
import { describe, expect, it } from 'vitest';

import type { BatchProgress, GenerateProgress } from '../../src/protocol/engine-api.ts';
import { asked, EngineChild, GREEDY, text } from './engine-child.ts';
import { temporaryFolder, writeLines } from './grace.ts';
import { writeGpt2 } from './tiny-models.ts';

const MODEL = path.resolve('models/biographies');
const PROMPT = 'This is a Wikipedia passage about Ada Lovelace.';
const generation = (maxTokens: number) => ({
  ...{ prompt: text(PROMPT), maxTokens, sampling: GREEDY, stop: [], edits: true },
});

const place = temporaryFolder();
const GPT2 = writeGpt2(path.join(place, 'gpt2'));
let books = 0;
const newBook = (): string => path.join(place, `codebook-${++books}`);

describe('the engine process', () => {
  it('opens a model, streams, edits with progress, and takes the edit back', async () => {
    const host = new EngineChild();
    const { engine } = host;
    const folder = newBook();
    const opened = await host.open(MODEL, folder);
    expect(opened).toMatchObject({
      model: MODEL,
      description: { architecture: 'GPT2LMHeadModel', device: 'cpu' },
      defaults: { steps: 100, replace: 'replace_last' },
      codebook: { head: { folder, revision: 1, readOnly: null, edits: 0 }, items: [] },
    });
    expect(opened.radius).toBeGreaterThan(0);
    expect(opened.router).toEqual({ inUse: 'grace', calibrated: [], missing: ['text'] });
    expect(await engine.outline({ prompt: text(PROMPT) })).toBeNull();
    expect(opened.hook.key).toBe(`${opened.hook.replace}:input`);

    const told: GenerateProgress[] = [];
    const before = await engine.generate(generation(24), {
      onProgress: (value) => told.push(value as GenerateProgress),
    });
    expect(told[0]).toEqual({ kind: 'decision', decision: before.decision });
    const tokens = told.slice(1).map((each) => each.kind === 'token' && each.token);
    expect(tokens).toEqual(before.tokens);
    expect(before.tokens.map((token) => token.text).join('')).toBe(before.text);

    const losses: number[] = [];
    const target = 'Ada Lovelace was an English mathematician.';
    const { result, change } = await engine.edit(asked(PROMPT, target), {
      onProgress: (value) => losses.push((value as { loss: number }).loss),
    });
    expect(result.success).toBe(true);
    expect(losses).toEqual(result.loss);
    expect(change).toMatchObject({ head: { revision: 2, live: 1 }, removed: [] });
    expect(change.changed).toMatchObject([{ edit: 1, state: 'live', prompt: PROMPT, target, entry: '1', keys: 1, success: true }]); // prettier-ignore
    expect(host.apply(change)).toEqual(await engine.codebook(null));
    expect((await engine.generate(generation(24))).text.trim()).toBe(target);
    expect((await engine.decide({ prompt: text(PROMPT) })).edit).toBe(1);
    // The model is not calibrated: the subject is guessed, and there is nothing to choose from.
    expect(await engine.suggest({ prompt: text('The home of Mark Twain is') })).toEqual({ subject: 'Mark Twain', negatives: [] }); // prettier-ignore
    const baseline = await engine.withFact({ prompt: text('Who was Ada?'), edit: 1 });
    expect(baseline.prompt).toEqual(text(`${PROMPT} ${target}\nWho was Ada?`));
    expect(await engine.test({ edit: 1 })).toMatchObject({
      edit: 1,
      prompts: [{ expected: target, outcome: 'holds', decision: { edit: 1 } }],
    });

    const reverted = await engine.switch({ op: 'revert', edits: [1] });
    expect(reverted).toMatchObject({ changed: [], removed: [1], head: { edits: 1, live: 0 } });
    expect((await engine.generate(generation(24))).text).toBe(before.text);
    expect((await engine.test({ edit: 1 })).prompts[0]).toMatchObject({ outcome: 'fails', decision: { fired: false } });
  });

  it('cancels a generation within a token', async () => {
    const host = new EngineChild();
    await host.open(MODEL);
    const abort = new AbortController();
    let seen = 0;
    const onProgress = (): void => {
      if (++seen === 3) abort.abort();
    };
    const { finish, tokens } = await host.engine.generate(generation(200), { signal: abort.signal, onProgress });
    expect(finish).toBe('cancelled');
    expect(tokens.length).toBeLessThan(20);
  });

  it('does one thing after the other, and answers at once what is cancelled while it waits', async () => {
    const host = new EngineChild();
    await host.open(MODEL, newBook());
    const ended: string[] = [];
    const first = host.engine.generate(generation(60)).then(() => ended.push('generation'));
    const abort = new AbortController();
    const waiting = host.engine.edit(asked(PROMPT, 'Nothing.'), { signal: abort.signal });
    const last = host.engine.decide({ prompt: text(PROMPT) }).then(() => ended.push('decision'));
    abort.abort();
    await expect(waiting.finally(() => ended.push('cancelled'))).rejects.toMatchObject({ code: 'cancelled' });
    await Promise.all([first, last]);
    expect(ended).toEqual(['cancelled', 'generation', 'decision']);
  });

  it('changes the codebook during a generation, which keeps its value, and not during an edit', async () => {
    const host = new EngineChild();
    await host.open(MODEL, newBook());
    const target = 'Ada Lovelace was an English mathematician, and she wrote the first program for a machine.';
    await host.edit(PROMPT, target);
    const ended: string[] = [];
    let change: Promise<unknown> | undefined;
    const said = await host.say(PROMPT, 60, () => {
      change ??= host.engine.switch({ op: 'disable', edits: [1] }).then(() => ended.push('switch'));
    });
    ended.push('generation');
    await change;
    expect(said).toBe(target);
    expect(ended).toEqual(['switch', 'generation']);
    expect(await host.say(PROMPT)).not.toBe(target.slice(0, 12));

    let enabled: Promise<unknown> | undefined;
    await host.engine.edit(asked('Who was Grace Hopper?', 'An admiral.'), {
      onProgress: () => {
        enabled ??= host.engine.switch({ op: 'enable', edits: [1] }).then(() => ended.push('enabled'));
      },
    });
    ended.push('edit');
    await enabled;
    expect(ended.slice(2)).toEqual(['edit', 'enabled']);
  });

  it('switches several edits or none, annotates them and gives them another radius', async () => {
    const host = new EngineChild();
    const { engine } = host;
    const { radius } = await host.open(GPT2, newBook());
    for (const name of ['one', 'two', 'three']) await host.edit(`Who was ${name}`, 'it');
    await expect(engine.switch({ op: 'disable', edits: [1, 9] })).rejects.toMatchObject({ code: 'edit-unknown' });
    expect(await engine.codebook(null)).toEqual(host.snapshot);
    const disabled = host.apply(await engine.switch({ op: 'disable', edits: [1, 3] }));
    expect(disabled.items.map(({ state, entry }) => [state, entry])).toEqual([
      ['disabled', null],
      ['live', '2'],
      ['disabled', null],
    ]);
    const change = await engine.annotate({ edit: 2, title: 'The second', tags: ['a', 'b'] });
    expect(change.changed).toMatchObject([{ edit: 2, title: 'The second', tags: ['a', 'b'], annotated: true }]);
    host.apply(change);
    host.apply(await engine.annotate({ edit: 2, note: 'seen by two' }));
    const widened = await engine.setRadius({ edit: 2, radius: 9 });
    expect(widened.changed).toMatchObject([{ edit: 2, radius: 9 }]);
    host.apply(widened);
    expect(await engine.show({ edit: 2 })).toMatchObject({
      ...{ title: 'The second', note: 'seen by two', tags: ['a', 'b'], radius: 9, firstRadius: radius },
      entries: [{ entry: 0, radius: 9 }],
    });
    expect(await engine.decide({ prompt: text('Who was two') })).toMatchObject({ edit: 2, radius: 9 });
    await expect(engine.setRadius({ edit: 2, radius: -1 })).rejects.toMatchObject({ code: 'bad-argument' });
    expect(await engine.codebook(null)).toEqual(host.snapshot);
  });

  it('exports some edits, imports them, and merges what is not here yet', async () => {
    const host = new EngineChild();
    const { engine } = host;
    const [ours, theirs] = [newBook(), newBook()];
    await host.open(GPT2, theirs);
    for (const [name, target] of [['one', 'it'], ['two', 'she'], ['three', 'he']] as const)
      await host.edit(`Who was ${name}`, target); // prettier-ignore
    await engine.annotate({ edit: 2, title: 'The second' });
    const file = path.join(place, 'selected.safetensors');
    expect(await engine.export({ file, format: 'safetensors', edits: [2] })).toEqual({
      ...{ file, format: 'safetensors', edits: 1, entries: 1 },
    });
    await expect(engine.export({ file, format: 'json', edits: [7] })).rejects.toMatchObject({ code: 'edit-unknown' });

    await host.open(GPT2, ours);
    await host.edit('Who was one', 'you');
    const { result, change } = await engine.import({ file });
    expect(result).toEqual({ codebook: ours, imported: 1, edits: 2, live: 2 });
    expect(host.apply(change).items[1]).toMatchObject({ edit: 2, title: 'The second', target: 'she' });
    expect(await host.say('Who was two')).toBe('she');

    const planned = await engine.merge({ from: theirs, dryRun: true });
    expect(planned).toMatchObject({ taken: 2, same: 1, change: null });
    expect(planned.conflicts).toMatchObject([{ edit: 1, target: 'it', action: 'update', with: [1] }]);
    expect(await engine.codebook(null)).toEqual(host.snapshot);
    const merged = await engine.merge({ from: theirs, dryRun: false });
    expect(merged.conflicts).toEqual(planned.conflicts);
    host.apply(merged.change!);
    expect(host.snapshot!.items.map(({ edit, state }) => [edit, state])).toEqual([
      [1, 'orphaned'],
      [2, 'live'],
      [3, 'live'],
      [4, 'live'],
    ]);
    expect(await host.say('Who was one')).toBe('it');
    expect(await engine.merge({ from: theirs, dryRun: false })).toMatchObject({ taken: 0, same: 3, conflicts: [] });
  });

  it('edits a file of lines, lets others in between, keeps what was made when it is cancelled, and goes on', async () => {
    const host = new EngineChild();
    await host.open(GPT2, newBook());
    const lines = Array.from({ length: 8 }, (_, at) => ({ prompt: `The ${at}. man was`, target: `number ${at}` }));
    const file = writeLines(path.join(place, 'lines.jsonl'), [...lines, 'not JSON']);
    const abort = new AbortController();
    const told: BatchProgress[] = [];
    let between: Promise<string> | undefined;
    const { result } = await host.engine.batch(
      { file },
      {
        signal: abort.signal,
        onProgress: (value) => {
          const progress = value as BatchProgress;
          told.push(progress);
          host.apply(progress.change!);
          between ??= host.say('The 0. man was');
          if (progress.done === 4) abort.abort();
        },
      },
    );
    expect(await between).toBe('number 0');
    expect(told.map(({ done, of }) => [done, of]).slice(0, 4)).toEqual([[1, 8], [2, 8], [3, 8], [4, 8]]); // prettier-ignore
    expect(result).toMatchObject({ lines: 9, made: told.length, left: 8 - told.length, errors: [{ line: 9 }] });
    expect(result.left).toBeGreaterThan(0);
    expect(await host.engine.codebook(null)).toEqual(host.snapshot);
    const rest = await host.engine.batch({ file });
    expect(rest.result).toMatchObject({ made: result.left, skipped: result.made, left: 0 });
  });

  it('opens a codebook without its model, and says what needs one', async () => {
    const host = new EngineChild();
    const { engine } = host;
    const folder = newBook();
    await host.open(GPT2, folder);
    await host.edit('Who was one', 'it');
    host.snapshot = await engine.openCodebook({ folder });
    expect(host.snapshot).toMatchObject({ head: { readOnly: null, live: 1 }, items: [{ edit: 1, entry: '1' }] });
    host.apply(await engine.switch({ op: 'disable', edits: [1] }));
    host.apply(await engine.annotate({ edit: 1, note: 'later' }));
    host.apply(await engine.setRadius({ edit: 1, radius: 3 }));
    const file = path.join(place, 'without-model.json');
    expect(await engine.export({ file, format: 'json' })).toMatchObject({ edits: 1, entries: 0 });
    expect(await engine.merge({ from: folder, dryRun: true })).toMatchObject({ taken: 0, same: 1 });
    expect(await engine.show({ edit: 1 })).toMatchObject({ note: 'later', radius: 3, state: 'disabled' });
    for (const call of [
      () => engine.generate(generation(1)),
      () => engine.decide({ prompt: text('Who') }),
      () => engine.edit(asked('Who', 'it')),
      () => engine.preview(asked('Who', 'it')),
      () => engine.suggest({ prompt: text('Who') }),
      () => engine.batch({ file }),
      () => engine.test({ edit: 1 }),
      () => engine.render({ messages: [{ role: 'user', content: 'Who' }] }),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'bad-argument', message: expect.stringContaining('without its model') as string }); // prettier-ignore
    await engine.close(null);
    expect(await engine.codebook(null)).toBeNull();
    await expect(engine.show({ edit: 1 })).rejects.toMatchObject({ code: 'bad-argument' });
  });

  it('tells errors with their codes, and goes on', async () => {
    const { engine } = new EngineChild();
    await expect(engine.decide({ prompt: text(PROMPT) })).rejects.toMatchObject({ code: 'bad-argument' });
    await expect(engine.open({ model: '/nowhere', device: 'cpu' })).rejects.toMatchObject({ code: 'model-not-found' });
    await expect(engine.open({ model: MODEL, device: 'abacus' })).rejects.toMatchObject({ code: 'bad-argument' });
    const wrong: readonly (() => Promise<unknown>)[] = [
      () => engine.open({ model: 7 as unknown as string, device: 'cpu' }),
      () => engine.openCodebook(null as unknown as { folder: string }),
      () => engine.edit({ ...asked('Who', 'it'), radius: Infinity }),
      () => engine.edit({ ...asked('Who', 'it'), prompt: 'Who' as never }),
      () => engine.switch({ op: 'forget' as 'revert', edits: [1] }),
      () => engine.switch({ op: 'revert', edits: [] }),
      () => engine.show({ edit: NaN }),
    ];
    for (const call of wrong) await expect(call()).rejects.toMatchObject({ code: 'bad-argument' });
    expect((await engine.open({ model: GPT2, device: 'auto' })).description.device).toBe('cpu');
  });

  it('answers a call that fails in a way nobody foresaw, logs it, and goes on', async () => {
    const host = new EngineChild();
    await host.open(GPT2, newBook());
    const impossible = host.engine.export({ file: 'a\0b', format: 'json' });
    await expect(impossible).rejects.toThrow(/null bytes/);
    await expect.poll(() => host.logs).toEqual([expect.stringMatching(/^error export: TypeError.*\n +at /) as string]);
    expect(await host.edit('Who was one', 'it')).toBe(1);
  });

  it('rejects what is pending when it is killed', async () => {
    const host = new EngineChild();
    await host.open(MODEL);
    const answer = host.engine.generate(generation(200), { onProgress: () => host.child.kill('SIGKILL') });
    await expect(answer).rejects.toMatchObject({ code: 'connection-closed' });
  });

  it('keeps what was acknowledged when it is killed in the middle of an edit', async () => {
    const [host, folder] = [new EngineChild(), newBook()];
    await host.open(GPT2, folder);
    await host.edit('Who was one', 'it');
    const exited = host.exited();
    const edit = host.engine.edit(asked('Who was two', 'she and he and it'), {
      onProgress: () => host.child.kill('SIGKILL'),
    });
    await expect(edit).rejects.toMatchObject({ code: 'connection-closed' });
    await exited;
    const again = new EngineChild();
    const { codebook } = await again.open(GPT2, folder);
    expect(codebook).toMatchObject({ head: { readOnly: null, notices: [], live: 1 }, items: [{ edit: 1 }] });
    expect(await again.edit('Who was two', 'she')).toBe(2);
  });

  it.each(['when it is idle', 'while it learns'])('ends when its parent lets go of the pipe, %s', async (when) => {
    const host = new EngineChild();
    await host.open(MODEL, newBook());
    const exited = host.exited();
    if (when === 'when it is idle') host.child.disconnect();
    else
      host.engine
        .edit(asked(PROMPT, 'Something that takes a while to learn, and goes on and on.'), {
          onProgress: () => {
            if (host.child.connected) host.child.disconnect();
          },
        })
        .catch(() => undefined);
    expect(await exited).toBe(0);
  });
});
