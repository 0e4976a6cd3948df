import { describe, expect, it } from 'vitest';

import { ConfigReader } from '../../../src/engine/models/config-reader.ts';
import { readRotary, rotaryTables, type RotaryDefaults } from '../../../src/engine/models/rotary-angles.ts';

const SIZES = { headDim: 8, contextLength: 4096 };
const rotary = (config: Readonly<Record<string, unknown>>, sizes: Partial<RotaryDefaults> = {}) => {
  const reader = new ConfigReader(config);
  const table = readRotary(reader, { ...SIZES, ...sizes });
  reader.finish();
  return { ...table, frequencies: [...table.frequencies] };
};
const frequencies = (config: Readonly<Record<string, unknown>>, sizes: Partial<RotaryDefaults> = {}) =>
  rotary(config, sizes).frequencies;
const PLAIN = [1, 0.1, 0.01, 0.001]; // theta 10000 ** (-2 j / 8)
const close = (got: readonly number[], want: readonly number[]): void => {
  expect(got).toHaveLength(want.length);
  for (const [at, number] of want.entries()) expect(got[at]! / number).toBeCloseTo(1, 6);
};

describe('inverse frequencies', () => {
  it('are powers of theta, which is 10000 where nothing is said', () => {
    close(frequencies({}), PLAIN);
    close(frequencies({ rope_theta: 10000, rope_scaling: null }), PLAIN);
    close(frequencies({ rope_theta: 16 }), [1, 1 / 2, 1 / 4, 1 / 8]);
  });

  it('are read from the form of transformers 5 as well', () => {
    close(frequencies({ rope_parameters: { rope_type: 'default', rope_theta: 16 } }), [1, 1 / 2, 1 / 4, 1 / 8]);
    close(frequencies({ rope_theta: 16, rope_parameters: { rope_type: 'default' } }), [1, 1 / 2, 1 / 4, 1 / 8]);
  });

  it('are divided by the factor of linear scaling, whichever key names the kind', () => {
    const slower = PLAIN.map((frequency) => frequency / 4);
    close(frequencies({ rope_scaling: { rope_type: 'linear', factor: 4 } }), slower);
    close(frequencies({ rope_scaling: { type: 'linear', factor: 4 } }), slower);
    close(frequencies({ rope_scaling: { type: 'linear', rope_type: 'linear', factor: 4 } }), slower);
  });

  it('are kept, stretched or blended by llama3 scaling', () => {
    const scaling = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
    const context = 2 * Math.PI * 250; // turns within the context: 250, 25, 2.5, 0.25
    const scaled = frequencies({ rope_scaling: { ...scaling, original_max_position_embeddings: Math.round(context) } });
    const turns = (Math.round(context) * 0.01) / (2 * Math.PI);
    const blend = (turns - 1) / 3;
    close(scaled, [1, 0.1, ((1 - blend) * 0.01) / 8 + blend * 0.01, 0.001 / 8]);
  });

  it("take llama3's context for the original one where nothing is said", () => {
    const scaling = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
    const said = { ...scaling, original_max_position_embeddings: 4096 };
    expect(frequencies({ rope_scaling: scaling })).toEqual(frequencies({ rope_scaling: said }));
  });

  it('are those of the part of each head that turns', () => {
    close(frequencies({}, { share: 0.5 }), [1, 0.01]);
    close(frequencies({ rope_parameters: { rope_type: 'default', partial_rotary_factor: 0.25 } }, { share: 1 }), [1]);
    close(
      frequencies({ partial_rotary_factor: 1, rope_parameters: { rope_type: 'default', partial_rotary_factor: 1 } }),
      PLAIN,
    );
  });

  const LONG = { type: 'longrope', short_factor: [1, 2, 4, 8], long_factor: [2, 4, 8, 16] };

  it('have factors of their own in longrope, up to the original context', () => {
    const long = rotary({ rope_scaling: LONG }, { originalContext: 1024 });
    close(long.frequencies, [1, 0.05, 0.0025, 0.000125]);
    expect(long.contextLength).toBe(1024);
    expect(long.amplitude).toBeCloseTo(Math.sqrt(1 + Math.log(4) / Math.log(1024)), 12);
    expect(rotary({ rope_scaling: { ...LONG, attention_factor: 1.5 } }, { originalContext: 1024 }).amplitude).toBe(1.5);
    expect(rotary({ rope_scaling: LONG })).toMatchObject({ amplitude: 1, contextLength: 4096 });
  });

  it.each([
    ['another kind', { rope_scaling: { rope_type: 'yarn', factor: 4 } }, 'rope_type to "yarn"'],
    ['a kind with a name from JavaScript', { rope_scaling: { type: 'constructor' } }, 'type to "constructor"'],
    ['a key that the kind has not', { rope_scaling: { type: 'linear', factor: 4, mscale: 2 } }, 'mscale to 2'],
    ['no factor', { rope_scaling: { type: 'linear' } }, 'lacks the key factor'],
    ['a factor of zero', { rope_scaling: { type: 'linear', factor: 0 } }, 'factor .* above 0'],
    ['a negative theta', { rope_theta: -1 }, 'rope_theta .* above 0'],
    ['a text for the scaling', { rope_scaling: 'linear' }, 'rope_scaling .* an object'],
    ['llama3 without its bounds', { rope_scaling: { rope_type: 'llama3', factor: 8 } }, 'lacks the key low_freq_factor'],
    ['llama3 with bounds in disorder', { rope_scaling: { rope_type: 'llama3', factor: 8, low_freq_factor: 4, high_freq_factor: 4, original_max_position_embeddings: 64 } }, 'high_freq_factor to 4'],
    ['part of each head in a family of whole ones', { partial_rotary_factor: 0.5 }, 'partial_rotary_factor to 0.5'],
    ['the same in its new place', { rope_parameters: { partial_rotary_factor: 0.5 } }, 'rope_parameters of .* partial_rotary_factor to 0.5'],
    ['two objects', { rope_parameters: { rope_type: 'default' }, rope_scaling: { type: 'linear', factor: 2 } }, 'sets rope_scaling'],
    ['factors of the wrong number', { rope_scaling: { ...LONG, long_factor: [1, 2] } }, 'long_factor to'],
    ['a factor of zero among them', { rope_scaling: { ...LONG, short_factor: [1, 0, 1, 1] } }, 'short_factor to'],
    ['factors that are none', { rope_scaling: { ...LONG, short_factor: ['a'] } }, 'short_factor .* list of numbers'],
  ])('are refused by name with %s', (_, config, says) => {
    expect(() => frequencies(config)).toThrow(new RegExp(says));
  }); // prettier-ignore

  it('are refused where an odd number would turn, or more than there are', () => {
    expect(() => frequencies({}, { headDim: 7 })).toThrow(/head_dim/);
    for (const share of [0.4, 0.1, 1.5])
      expect(() => frequencies({ rotary_pct: share }, { share })).toThrow(/rotary_pct/);
  });
});

describe('rotary tables', () => {
  it('hold cosines and sines of position times frequency', () => {
    const { cos, sin } = rotaryTables(Float32Array.of(1, 0.5), 2, 3);
    const angles = [2, 1, 3, 1.5, 4, 2];
    for (const [at, angle] of angles.entries()) {
      expect(cos[at]).toBeCloseTo(Math.cos(angle), 6);
      expect(sin[at]).toBeCloseTo(Math.sin(angle), 6);
    }
    expect([cos.length, sin.length]).toEqual([6, 6]);
  });

  it('of a later start are the later rows', () => {
    const inverse = Float32Array.of(1, 0.1, 0.01);
    const whole = rotaryTables(inverse, 0, 100);
    const part = rotaryTables(inverse, 90, 10);
    expect(part.cos).toEqual(whole.cos.slice(270));
    expect(part.sin).toEqual(whole.sin.slice(270));
  });
});
