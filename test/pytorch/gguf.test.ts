import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';

import { Engine } from '../../src/engine/engine.ts';
import { GREEDY } from '../../src/engine/generation/sampler.ts';
import { exportCodebook, partOf } from '../../src/engine/grace/exchange.ts';
import { DEFAULT_TRAINING } from '../../src/engine/grace/learn-value.ts';
import { promptIds } from '../../src/engine/text/prompt-ids.ts';
import { smolLM2OrNot } from '../support/smol.ts';

const TOKENS = 12;
const EDITS = [
  ['The capital of Australia is', ' Sydney, as a joke has it'],
  ['Water boils at', ' a temperature of its own'],
] as const;
const file = await smolLM2OrNot();

interface Answer {
  readonly tokens: readonly number[];
  readonly fired: number | null;
  readonly leads: readonly number[];
}

it.skipIf(file === null)(
  'a codebook of a GGUF file in float32 says in PyTorch what the engine says',
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'grace-pytorch-gguf-'));
    const engine = await Engine.open({
      ...{ model: file!, precision: 'float32', device: 'cpu', mode: 'write' },
      codebook: path.join(folder, 'codebook'),
    });
    for (const [prompt, target] of EDITS) {
      const { success } = await engine.edit({
        ...{
          prompt: { kind: 'text', text: prompt },
          target,
          rephrasings: [],
          probes: [],
          ends: true,
          maxTokens: TOKENS,
        },
        ...{ radius: engine.measuredRadius!, replace: 'replace_last', training: DEFAULT_TRAINING },
      });
      expect(success).toBe(true);
    }
    const asked = [...EDITS.map(([prompt]) => prompt), 'The largest planet of the solar system is'];
    const said: { readonly tokens: readonly number[]; readonly fired: boolean }[] = [];
    for (const text of asked) {
      const options = { maxTokens: TOKENS, sampling: GREEDY, stop: [], cache: true, edits: true };
      const { tokens, decision } = await engine.generate({ kind: 'text', text }, options);
      said.push({ tokens: tokens.map(({ id }) => id), fired: decision.fired });
    }
    const exported = path.join(folder, 'edits.safetensors');
    exportCodebook(partOf(engine.codebook!), exported);
    const given = {
      ...{ model: path.dirname(file!), gguf: path.basename(file!), export: exported, uncached: 1, count: TOKENS },
      prompts: asked.map((text) => promptIds(engine.tokenizer, { kind: 'text', text })),
      ends: [...engine.endIds],
    };
    await engine.dispose();
    const output = execFileSync(process.env['GRACE_PYTHON']!, ['test/pytorch/greedy.py'], {
      ...{ input: JSON.stringify([given]), encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] },
      env: { ...process.env, HF_HUB_OFFLINE: '1' },
    });
    rmSync(folder, { recursive: true });
    const [answers] = JSON.parse(output) as [readonly Answer[]];
    expect(answers.map(({ fired }) => fired)).toEqual([1, 2, null]);
    expect(said.map(({ fired }) => fired)).toEqual([true, true, false]);
    answers.forEach(({ tokens, leads }, at) => {
      const parted = said[at]!.tokens.findIndex((id, place) => id !== tokens[place]);
      // Where the two likeliest tokens are so near, rounding may choose the other one.
      if (parted < 0 || leads[parted]! > 1e-3) expect(tokens).toEqual(said[at]!.tokens);
    });
  },
  600_000,
);
