import * as vscode from 'vscode';

import type { ModelDescription } from '../../protocol/model-description.ts';

/** The device that computes, and why it is not the one that the settings name. */
export const describeDevice = ({ device, deviceReason }: Pick<ModelDescription, 'device' | 'deviceReason'>): string =>
  deviceReason === null ? device : vscode.l10n.t('{0} serves: {1}', device, deviceReason);
