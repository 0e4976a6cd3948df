import * as vscode from 'vscode';

import type { ModelDescription } from '../../protocol/model-description.ts';
import { describeBytes } from '../bytes.ts';
import { describeRouter } from '../calibration/router-words.ts';
import { machineName } from '../machine.ts';
import type { Session } from '../session.ts';
import { describeDevice } from './device-in-use.ts';

interface Fact {
  readonly name: string;
  readonly value: string;
  readonly icon: string;
  readonly command?: string;
}

/** The view that says what the open model is, and where it runs. */
export class ModelView implements vscode.TreeDataProvider<Fact>, vscode.Disposable {
  readonly onDidChangeTreeData: vscode.Event<void>;
  readonly #session: Session;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: { dispose(): unknown }[];
  /** What is shown; the session changes more often than it does. */
  #shown = '';

  constructor(session: Session) {
    this.#session = session;
    this.onDidChangeTreeData = this.#changed.event;
    this.#subscriptions = [this.#changed, session.onDidChange(() => { this.#refresh(); })]; // prettier-ignore
    this.#subscriptions.push(vscode.window.registerTreeDataProvider('grace.model', this));
  }

  getChildren(fact?: Fact): Fact[] {
    return fact ? [] : this.#facts();
  }

  getTreeItem({ name, value, icon, command }: Fact): vscode.TreeItem {
    const item = new vscode.TreeItem(name);
    item.id = name;
    item.description = value;
    item.tooltip = `${name}: ${value}`;
    item.iconPath = new vscode.ThemeIcon(icon);
    item.accessibilityInformation = { label: `${name}: ${value}` };
    if (command) item.command = { command, title: name };
    return item;
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #refresh(): void {
    const shown = JSON.stringify(this.#facts());
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#changed.fire();
  }

  #facts(): Fact[] {
    const { model, codebook } = this.#session;
    if (!model) return [];
    const { description, hook, radius, router } = model;
    const size = `${(description.parameters / 1e6).toFixed(1)} M · ${describeBytes(description.bytes)}`;
    return [
      { name: vscode.l10n.t('Model'), value: description.name, icon: 'beaker', command: 'grace.modelMenu' },
      { name: vscode.l10n.t('Architecture'), value: description.architecture, icon: 'symbol-structure' },
      { name: vscode.l10n.t('What it does'), value: describeKind(description), icon: 'comment' },
      { name: vscode.l10n.t('Parameters'), value: size, icon: 'database' },
      {
        name: vscode.l10n.t('Context'),
        value: vscode.l10n.t('{0} tokens', description.contextLength),
        icon: 'symbol-ruler',
      },
      { name: vscode.l10n.t('Device'), value: describeDevice(description), icon: 'circuit-board' },
      { name: vscode.l10n.t('Machine'), value: machineName(), icon: 'vm' },
      { name: vscode.l10n.t('Edited module'), value: hook.replace, icon: 'symbol-method' },
      {
        name: vscode.l10n.t('Router'),
        value: describeRouter(router),
        icon: 'git-compare',
        ...(router.missing.length > 0 ? { command: 'grace.calibrate' } : {}),
      },
      ...(radius === null || router.inUse === 'two-part'
        ? []
        : [{ name: vscode.l10n.t('Measured radius'), value: radius.toPrecision(4), icon: 'circle-large-outline' }]),
      ...(codebook
        ? [
            {
              name: vscode.l10n.t('Codebook'),
              value: codebook.head.folder,
              icon: 'book',
              command: 'grace.chooseCodebook',
            },
          ]
        : []),
    ];
  }
}

function describeKind({ kind, labels = [], mask }: ModelDescription): string {
  switch (kind) {
    case 'causal':
      return vscode.l10n.t('goes on from a text');
    case 'encoder-decoder':
      return vscode.l10n.t('answers a text');
    case 'classifier':
      return vscode.l10n.t('gives a text one of {0} labels', labels.length);
    case 'masked':
      return vscode.l10n.t('fills in {0}', mask ?? '');
  }
}
