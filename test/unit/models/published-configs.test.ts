import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { readNetwork } from '../../../src/engine/models/families.ts';

type Configs = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * config.json of checkpoints that many people have, with what earlier versions and other programs left there: written down from
 * memory, and not all of each.
 */
const { read, refused } = JSON.parse(readFileSync('test/fixtures/published-configs.json', 'utf8')) as {
  readonly read: Configs;
  readonly refused: Configs;
};

describe('config.json as published', () => {
  it.each(Object.entries(read))('of %s is read', (_, config) => {
    const { network } = readNetwork(config);
    expect(network.vocabulary).toBe(config['vocab_size']);
    if (network.kind === 'classifier' && config['id2label'])
      expect(network.labels).toEqual(Object.values(config['id2label']));
  });

  it.each(Object.entries(refused))('of %s is refused by name', (_, config) => {
    expect(() => readNetwork(config)).toThrow(expect.objectContaining({ code: 'model-unsupported' }) as Error);
  });
});
