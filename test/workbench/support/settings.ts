import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export type Settings = Readonly<Record<string, unknown>>;

/** Names of VS Code's themes: the four that every view must look right in. */
export const THEMES = ['Dark Modern', 'Light Modern', 'Default High Contrast', 'Default High Contrast Light'] as const;

export type Theme = (typeof THEMES)[number];

/** A quiet workbench, the same on every machine. */
const QUIET: Settings = {
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': 'off',
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'security.workspace.trust.banner': 'never',
  // With trust in use, what is opened is not trusted until somebody says so.
  'security.workspace.trust.startupPrompt': 'never',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.commandCenter': false,
  'window.menuBarVisibility': 'compact',
  'workbench.editor.useModal': 'off',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.colorTheme': THEMES[0],
  'window.autoDetectColorScheme': false,
  'window.autoDetectHighContrast': false,
  'workbench.reduceMotion': 'on',
  'editor.cursorBlinking': 'solid',
};

/** settings.json of a server's user. VS Code watches the file, so that what is written holds at once. */
export class SettingsFile {
  readonly #file: string;
  #settings: Settings;

  constructor(userData: string, settings: Settings) {
    this.#file = path.join(userData, 'User', 'settings.json');
    this.#settings = { ...QUIET, ...settings };
    mkdirSync(path.dirname(this.#file), { recursive: true });
    this.#write();
  }

  set(settings: Settings): void {
    this.#settings = { ...this.#settings, ...settings };
    this.#write();
  }

  #write(): void {
    writeFileSync(this.#file, `${JSON.stringify(this.#settings, undefined, 2)}\n`);
  }
}
