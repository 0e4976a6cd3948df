import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { ReplacementPolicy } from '../../src/protocol/edit.ts';
import type { Prompt } from '../../src/protocol/prompt.ts';
import { Engine } from '../../src/engine/engine.ts';
import { GREEDY } from '../../src/engine/generation/sampler.ts';
import { exportCodebook, partOf } from '../../src/engine/grace/exchange.ts';
import { DEFAULT_TRAINING, type TrainingSettings } from '../../src/engine/grace/learn-value.ts';
import { encodeSafetensors } from '../../src/engine/weights/safetensors-bytes.ts';
import { promptIds } from '../../src/engine/text/prompt-ids.ts';
import type { Expected } from '../support/expected.ts';
import { fixtureFolders, readJson } from '../support/fixtures.ts';

/** A Python with torch, transformers and safetensors: `test/pytorch/install.sh` makes one. */
const PYTHON = process.env['GRACE_PYTHON']!;
/** Where the two likeliest tokens are nearer than this, rounding may choose the other one. */
const NEAR_TIE = 1e-3;
const TOKENS = 12;

interface Case {
  readonly model: string;
  readonly export: string;
  readonly prompts: readonly (readonly number[])[];
  /** How many of the prompts are continued without a cache as well. */
  readonly uncached: number;
  readonly ends: readonly number[];
  readonly count: number;
}

interface Answer {
  readonly tokens: readonly number[];
  readonly uncached?: readonly number[];
  readonly batched: readonly number[];
  readonly fired: number | null;
  /** Logits by which each token led. */
  readonly leads: readonly number[];
}

interface Said {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly fired: number | null;
}

const folder = mkdtempSync(path.join(tmpdir(), 'grace-pytorch-'));
const text = (content: string): Prompt => ({ kind: 'text', text: content });
const families = fixtureFolders('expected.json')
  .map((family) => ({
    family,
    expected: readJson(path.join(family, 'expected.json')) as Expected,
    config: readJson(path.join(family, 'config.json')) as { readonly architectures: readonly string[] },
  }))
  .filter(({ expected }) => expected.kind === 'causal');

/** Edits of every kind at one module of a model, exported; and what the engine says to prompts then. */
async function edited(
  { family, expected }: (typeof families)[number],
  replace?: string,
): Promise<{ given: Case; said: readonly Said[] }> {
  const name = `${path.basename(family)}-${replace ?? 'default'}`;
  const engine = await Engine.open({
    ...{ model: family, device: 'cpu', codebook: path.join(folder, name), mode: 'write' },
    replace,
  });
  const texts = expected.forward.map((entry) => entry.text);
  const edit = (prompt: string, target: string, policy: ReplacementPolicy, training: Partial<TrainingSettings> = {}) =>
    engine.edit({
      ...{ prompt: text(prompt), target, rephrasings: [], probes: [], ends: true, maxTokens: TOKENS },
      ...{ radius: engine.measuredRadius!, replace: policy },
      training: { ...DEFAULT_TRAINING, steps: 30, ...training },
    });
  await edit(texts[0]!, 'coin into the air', 'replace_last', { form: 'track' });
  await edit('Zoë ate', 'phở', 'replace_all', { form: 'vector' });
  await edit('a native of the place', 'German', 'replace_prompt', { form: 'vector' });
  await edit(texts[1]!, expected.grace[0]!.target!, 'replace_last', { form: 'vector' });
  const asked = [texts[0]!, 'Zoë ate', 'a native of the place', texts[1]!, 'Nothing was said of this'];
  const said: Said[] = [];
  for (const prompt of asked) {
    const options = { maxTokens: TOKENS, sampling: GREEDY, stop: [], cache: true, edits: true };
    const { tokens, decision } = await engine.generate(text(prompt), options);
    const entry = decision.entry === null ? undefined : engine.codebook!.codebook.entries[decision.entry];
    said.push({ text: prompt, tokens: tokens.map(({ id }) => id), fired: entry?.valueFrom ?? null });
  }
  const file = path.join(folder, `${name}.safetensors`);
  exportCodebook(partOf(engine.codebook!), file);
  const prompts = asked.map((prompt) => promptIds(engine.tokenizer, text(prompt)));
  await engine.dispose();
  return {
    given: { model: family, export: file, prompts, uncached: 3, ends: [...engine.endIds], count: TOKENS },
    said,
  };
}

/** Runs a file of Python, or a few lines. */
const python = (args: readonly string[], input = ''): string =>
  execFileSync(PYTHON, args, { input, encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['pipe', 'pipe', 'pipe'] });

function expectSame(got: readonly number[], { tokens }: Said, leads: readonly number[]): void {
  const parted = tokens.findIndex((id, at) => id !== got[at]);
  if (parted >= 0 && leads[parted]! < NEAR_TIE) return;
  expect(got).toEqual(tokens);
}

describe('An export in PyTorch', () => {
  const subjects = families.flatMap((entry) =>
    // A linear layer in the two ways that their inputs have: a Conv1D, and OPT's matrix of all positions.
    [undefined, ...(/gpt2|opt/.test(entry.expected.family) ? entry.expected.wrapped_modules : [])].map((replace) => ({
      entry,
      replace,
    })),
  );
  const said: (readonly Said[])[] = [];
  const cases: Case[] = [];
  let answers: readonly (readonly Answer[])[] = [];
  beforeAll(async () => {
    for (const { entry, replace } of subjects) {
      const subject = await edited(entry, replace);
      said.push(subject.said);
      cases.push(subject.given);
    }
    answers = JSON.parse(python(['test/pytorch/greedy.py'], JSON.stringify(cases))) as Answer[][];
  }, 600_000);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(
    subjects.map(({ entry, replace }, at) => [path.basename(entry.family), replace ?? 'the default', at] as const),
  )('says what the engine says: %s, edited at %s', (_, __, at) => {
    said[at]!.forEach((wanted, index) => {
      const { tokens, uncached, batched, fired, leads } = answers[at]![index]!;
      expect(fired, wanted.text).toBe(wanted.fired);
      for (const got of [tokens, uncached ?? tokens, batched]) expectSame(got, wanted, leads);
    });
    expect(new Set(said[at]!.map(({ fired }) => fired))).toEqual(new Set([1, 2, null, 3, 4]));
  });

  it('refuses a router that it does not know, another version and another architecture, and names them', () => {
    const codebook = {
      ...{ model: { architecture: families[0]!.config.architectures[0] }, router: 'grace' },
      hook: { key: 'a:input', replace: 'a' },
    };
    const refused = [
      { codebook: { ...codebook, router: 'oracle' }, says: /'oracle'/ },
      { codebook: { ...codebook, model: { architecture: 'OtherForCausalLM' } }, says: /OtherForCausalLM/ },
      { codebook, version: '2', says: /version 1/ },
    ];
    const files = refused.map(({ codebook, version = '1' }, at) => {
      const file = path.join(folder, `refused-${at}.safetensors`);
      const metadata = {
        ...{ format: 'grace-codebook', version, codebook: JSON.stringify(codebook) },
        ...{ journal: '{"records": []}', entries: '{"entries": []}' },
      };
      const tensors = new Map([['values', { shape: [0, 4], data: new Float32Array(0) }]]);
      writeFileSync(file, Buffer.concat([...encodeSafetensors({ tensors, metadata })]));
      return file;
    });
    const script = `
import json, sys
sys.path.insert(0, "docs")
from grace_hook import GraceHook
from transformers import AutoModelForCausalLM
model = AutoModelForCausalLM.from_pretrained(sys.argv[1])
errors = []
for file in sys.argv[2:]:
    try:
        GraceHook(model, file)
    except ValueError as error:
        errors.append(str(error))
print(json.dumps(errors))
`;
    const errors = JSON.parse(python(['-c', script, cases[0]!.model, ...files])) as string[];
    expect(errors).toEqual(refused.map(({ says }) => expect.stringMatching(says) as string));
  });
});
