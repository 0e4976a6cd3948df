import * as vscode from 'vscode';

/** The extension's settings as they are in force now; what they mean stands in package.json. */
export interface Settings {
  readonly modelPath: string;
  readonly device: string;
  readonly precision: 'auto' | 'float32';
  readonly modelFolders: readonly string[];
  /** Minutes; 0: never. */
  readonly idleTimeout: number;
  readonly codebookLocation: 'workspace' | 'extension';
  readonly maxTokens: number;
  readonly temperature: number;
  /** Empty: the extension's own. */
  readonly probes: readonly string[];
  /** Where, and with which radius, models are edited in new codebooks, by the model's name. */
  readonly edits: Readonly<Record<string, EditSetting>>;
}

/** Where a model is edited, and with which radius. */
export interface EditSetting {
  readonly hook: string;
  readonly radius: number;
}

/** Keeps a setting for a model: with the workspace, if there is one. */
export async function saveEditSetting(model: string, setting: EditSetting): Promise<void> {
  const target = vscode.workspace.workspaceFolders
    ? vscode.ConfigurationTarget.Workspace
    : vscode.ConfigurationTarget.Global;
  const edits = { ...settings().edits, [model]: setting };
  await vscode.workspace.getConfiguration('grace').update('edit.settings', edits, target);
}

/** Reads the settings. What is set to something of another kind counts as not set: VS Code marks it where it is written. */
export function settings(): Settings {
  const configuration = vscode.workspace.getConfiguration('grace');
  const text = (name: string, otherwise: string): string => {
    const value = configuration.get<unknown>(name);
    return typeof value === 'string' ? value : otherwise;
  };
  const number = (name: string, otherwise: number, least: number): number => {
    const value = configuration.get<unknown>(name);
    return typeof value === 'number' && value >= least ? value : otherwise;
  };
  const texts = (name: string): readonly string[] => {
    const value = configuration.get<unknown>(name);
    return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string' && item !== '') : [];
  };
  return {
    modelPath: text('model.path', ''),
    device: text('model.device', 'auto'),
    precision: text('model.precision', 'auto') === 'float32' ? 'float32' : 'auto',
    modelFolders: texts('model.folders'),
    idleTimeout: number('engine.idleTimeout', 30, 0),
    codebookLocation: text('codebook.location', 'workspace') === 'extension' ? 'extension' : 'workspace',
    maxTokens: Math.floor(number('generation.maxTokens', 128, 1)),
    temperature: number('generation.temperature', 0, 0),
    probes: texts('probes'),
    edits: editSettings(configuration.get<unknown>('edit.settings')),
  };
}

function editSettings(value: unknown): Readonly<Record<string, EditSetting>> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, EditSetting] => isEditSetting(entry[1])),
  );
}

function isEditSetting(value: unknown): value is EditSetting {
  if (typeof value !== 'object' || value === null) return false;
  const { hook, radius } = value as Partial<Record<keyof EditSetting, unknown>>;
  return typeof hook === 'string' && typeof radius === 'number' && Number.isFinite(radius) && radius > 0;
}
