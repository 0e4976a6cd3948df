import { arch, cpus, platform, release, totalmem } from 'node:os';
import * as vscode from 'vscode';

import { describeBytes } from '../bytes.ts';
import type { Session } from '../session.ts';

/** What a report of a fault needs: versions, device, model shape. No prompt, no text, no path is in it. */
export function diagnostics(extensionVersion: string, { model, codebook, engine }: Session): string {
  const facts: readonly (readonly [string, string | number])[] = [
    ['GRACE Model Editor', extensionVersion],
    ['VS Code', vscode.version],
    ['Node', process.versions.node],
    ['system', `${platform()} ${release()} ${arch()}`],
    ['processors', cpus().length],
    ['memory', describeBytes(totalmem())],
    ['remote', vscode.env.remoteName ?? 'no'],
    ['engine', engine.status],
    ...(model
      ? ([
          ['architecture', model.description.architecture],
          ['parameters', model.description.parameters],
          ['layers × width', `${model.description.layers} × ${model.description.width}`],
          ['vocabulary', model.description.vocabulary],
          ['context', model.description.contextLength],
          ['device', model.description.device],
          ['device instead of the asked one', model.description.deviceReason ?? 'no'],
          ['devices in this package', model.description.devices.join(', ')],
          ['edited module', model.hook.replace],
          ['router in use', model.router.inUse],
          ['calibrated for', model.router.calibrated.map(({ kind }) => kind).join(', ') || 'nothing'],
          ['could be calibrated for', model.router.missing.join(', ') || 'nothing more'],
        ] as const)
      : []),
    ...(codebook
      ? ([
          ['router', codebook.head.router],
          ['edits', `${codebook.head.edits}, ${codebook.head.live} live, ${codebook.head.entries} entries`],
          ['read-only', codebook.head.readOnly === null ? 'no' : 'yes'],
        ] as const)
      : []),
  ];
  return facts.map(([name, value]) => `${name}: ${value}`).join('\n');
}
