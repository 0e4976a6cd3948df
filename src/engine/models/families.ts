import { CodedError } from '../../protocol/coded-error.ts';
import { ConfigReader } from './config-reader.ts';
import { bert } from './families/bert.ts';
import { distilbert } from './families/distilbert.ts';
import { gemma2, gemma3 } from './families/gemma.ts';
import { gpt2 } from './families/gpt2.ts';
import { gptNeoX } from './families/gpt-neox.ts';
import { llama } from './families/llama.ts';
import { mistral } from './families/mistral.ts';
import { opt } from './families/opt.ts';
import { phi3 } from './families/phi3.ts';
import { qwen2, qwen3 } from './families/qwen.ts';
import { roberta } from './families/roberta.ts';
import { t5 } from './families/t5.ts';
import type { Family, Network } from './family.ts';

/** Every family the engine computes; docs/contributing.md tells how to add one. */
const FAMILIES: readonly Family[] = [
  gpt2,
  gptNeoX,
  opt,
  llama,
  mistral,
  qwen2,
  qwen3,
  gemma2,
  gemma3,
  phi3,
  t5,
  bert,
  roberta,
  distilbert,
];

export const ARCHITECTURES: readonly string[] = FAMILIES.flatMap(({ architectures }) => architectures);

export interface NetworkConfig {
  readonly architecture: string;
  readonly network: Network;
}

/** The network that a config.json describes; `model-unsupported` names the architecture or key that is not computed here. */
export function readNetwork(config: Readonly<Record<string, unknown>>): NetworkConfig {
  const listed: unknown = config['architectures'];
  const names = Array.isArray(listed) ? listed.filter((name) => typeof name === 'string') : [];
  for (const family of FAMILIES) {
    const architecture = names.find((name) => family.architectures.includes(name));
    if (architecture === undefined) continue;
    const reader = new ConfigReader(config);
    const network = family.read(reader, architecture);
    reader.finish();
    return { architecture, network };
  }
  throw new CodedError(
    'model-unsupported',
    names.length > 0
      ? `The architecture ${names.join(', ').slice(0, 200)} is not one this engine computes.`
      : 'config.json names no architecture.',
    `It computes: ${ARCHITECTURES.join(', ')}.`,
    { architectures: names },
  );
}
