import type { ModelDescription } from '../protocol/model-description.ts';
import type { DeviceInUse } from '../protocol/device.ts';
import type { Model } from './models/model.ts';
import { installedDevices } from './runtime/availability.ts';
import type { TextTokenizer } from './text/tokenizer.ts';

/** What a model is, and where it can be edited. */
export function describeModel(model: Model, tokenizer: TextTokenizer, device: DeviceInUse): ModelDescription {
  const { network, checkpoint } = model;
  const replace = model.defaultReplacePath;
  return {
    name: model.folder.name,
    architecture: model.architecture,
    kind: network.kind,
    labels: network.kind === 'classifier' ? network.labels : undefined,
    mask: network.kind === 'masked' ? tokenizer.specialTokens['mask_token'] : undefined,
    fingerprint: model.fingerprint,
    parameters: model.parameterCount,
    bytes: [...checkpoint.tensors.values()].reduce((sum, { length }) => sum + length, 0),
    layers: network.layers,
    width: network.width,
    vocabulary: network.vocabulary,
    contextLength: network.contextLength,
    chatTemplate: tokenizer.chatTemplate !== undefined,
    device: device.used,
    deviceReason: device.reason,
    devices: installedDevices(),
    hookPoints: model.hookPoints.map(({ path, side, kind, stack, block, size }) => ({
      path,
      side,
      kind,
      stack,
      block,
      size,
    })),
    defaultHook: { replace, key: `${replace}:input` },
  };
}
