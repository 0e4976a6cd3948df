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

/** Of the scope `machine`: where VS Code works on a server, the place of these is the server's settings. */
const isOfMachine = (name: string): boolean => /^grace\.(model|engine)\./.test(name);

/** settings.json of a server's user and of the server. */
export class SettingsFile {
  readonly #user: string;
  readonly #machine: string;
  #settings: Settings;

  constructor(userData: string, settings: Settings) {
    const file = (of: string): string => path.join(userData, of, 'settings.json');
    [this.#user, this.#machine] = [file('User'), file('Machine')];
    this.#settings = { ...QUIET, ...settings };
    for (const name of [this.#user, this.#machine]) mkdirSync(path.dirname(name), { recursive: true });
    this.#write();
  }

  set(settings: Settings): void {
    this.#settings = { ...this.#settings, ...settings };
    this.#write();
  }

  #write(): void {
    const those = (are: boolean) => Object.entries(this.#settings).filter(([name]) => isOfMachine(name) === are);
    const write = (file: string, settings: ReturnType<typeof those>): void => {
      writeFileSync(file, `${JSON.stringify(Object.fromEntries(settings), undefined, 2)}\n`);
    };
    write(this.#user, those(false));
    write(this.#machine, those(true));
  }
}
