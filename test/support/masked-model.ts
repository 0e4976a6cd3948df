import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { decodeTensors, encodeTensors } from './tensor-file.ts';

const SOURCE = 'models/intents';

/** Writes a model that fills masks: the encoder of the embedded classifier, and a head that hands its rows to the word embeddings. */
export function writeMaskedModel(folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const name of ['tokenizer.json', 'tokenizer_config.json'])
    copyFileSync(path.join(SOURCE, name), path.join(folder, name));
  const config = JSON.parse(readFileSync(path.join(SOURCE, 'config.json'), 'utf8')) as Record<string, unknown>;
  const masked = { ...config, architectures: ['BertForMaskedLM'], tie_word_embeddings: true };
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(masked));
  const [width, vocabulary] = [config['hidden_size'] as number, config['vocab_size'] as number];
  const tensors = decodeTensors(readFileSync(path.join(SOURCE, 'model.safetensors')));
  for (const name of [...tensors.keys()].filter((key) => /^(classifier|bert\.pooler)\./.test(key)))
    tensors.delete(name);
  const add = (name: string, shape: readonly number[], at: (index: number) => number): void => {
    const numbers = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, index) => at(index));
    tensors.set(`cls.predictions.${name}`, { dtype: 'F32', shape, bytes: new Uint8Array(numbers.buffer) });
  };
  add('transform.dense.weight', [width, width], (index) => (index % (width + 1) === 0 ? 1 : 0));
  add('transform.dense.bias', [width], () => 0);
  add('transform.LayerNorm.weight', [width], () => 1);
  add('transform.LayerNorm.bias', [width], () => 0);
  add('bias', [vocabulary], () => 0);
  writeFileSync(path.join(folder, 'model.safetensors'), encodeTensors(tensors));
  return folder;
}
