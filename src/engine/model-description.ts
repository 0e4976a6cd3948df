import type { ModelDescription } from '../protocol/model-description.ts';
import type { Model } from './models/model.ts';
import { packagedDevices, type Device } from './runtime/device.ts';
import type { TextTokenizer } from './text/tokenizer.ts';

/** What a model is, and where it can be edited. */
export function describeModel(model: Model, tokenizer: TextTokenizer, device: Device): ModelDescription {
  const { decoder, checkpoint } = model;
  const replace = model.defaultReplacePath;
  return {
    name: model.folder.name,
    architecture: model.architecture,
    fingerprint: model.fingerprint,
    parameters: model.parameterCount,
    bytes: [...checkpoint.tensors.values()].reduce((sum, { length }) => sum + length, 0),
    layers: decoder.layers,
    width: decoder.width,
    vocabulary: decoder.vocabulary,
    contextLength: decoder.contextLength,
    chatTemplate: tokenizer.chatTemplate !== undefined,
    device,
    devices: packagedDevices(),
    hookPoints: model.hookPoints.map(({ path, side, kind, block, size }) => ({ path, side, kind, block, size })),
    defaultHook: { replace, key: `${replace}:input` },
  };
}
