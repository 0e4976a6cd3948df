import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';

import { describeBytes } from '../bytes.ts';
import { settings } from '../settings.ts';
import type { EmbeddedModel } from './embedded-models.ts';
import { FolderStore } from './folder-store.ts';
import type { FoundModel, ModelStore } from './found-model.ts';
import { HuggingFaceStore } from './hugging-face-store.ts';
import { LmStudioStore } from './lm-studio-store.ts';
import { modelsIn } from './model-files.ts';
import { OllamaStore } from './ollama-store.ts';
import type { RecentModels } from './recent-models.ts';

interface Choice extends vscode.QuickPickItem {
  /** What choosing it gives: a path, or a dialog that asks for one. */
  readonly choose?: () => Promise<string | undefined>;
}

/** Lets the person choose a model among those that are on this machine. */
export class ModelChooser {
  readonly #embedded: readonly EmbeddedModel[];
  readonly #recent: RecentModels;

  constructor(embedded: readonly EmbeddedModel[], recent: RecentModels) {
    this.#embedded = embedded;
    this.#recent = recent;
  }

  /**
   * The path of the chosen model; undefined when the person chose none.
   *
   * @param answered fires with a path when the question answers itself
   */
  async choose(answered?: vscode.Event<string>): Promise<string | undefined> {
    const pick = vscode.window.createQuickPick<Choice>();
    pick.title = vscode.l10n.t('Open a model');
    pick.placeholder = vscode.l10n.t(
      'Models on {0}; nothing is downloaded',
      vscode.env.remoteName ?? vscode.l10n.t('this machine'),
    );
    pick.matchOnDescription = true;
    pick.matchOnDetail = true;
    pick.show();
    // In a workspace that is not trusted there are the embedded ones, and nothing else is looked for.
    if (vscode.workspace.isTrusted) void this.#fill(pick);
    else pick.items = [...(await this.#embeddedChoices()), trustChoice()];
    let answer: vscode.Disposable | undefined;
    const chosen = await new Promise<Choice | undefined>((resolve) => {
      pick.onDidAccept(() => { resolve(pick.selectedItems[0]); }); // prettier-ignore
      pick.onDidHide(() => { resolve(undefined); }); // prettier-ignore
      answer = answered?.((model) => { resolve({ label: model, choose: () => Promise.resolve(model) }); }); // prettier-ignore
    });
    answer?.dispose();
    pick.dispose();
    return chosen?.choose?.();
  }

  async #fill(pick: vscode.QuickPick<Choice>): Promise<void> {
    pick.busy = true;
    const first = [...(await this.#embeddedChoices()), ...(await this.#recentChoices()), ...browseChoices()];
    pick.items = first;
    const found = await this.#foundChoices();
    // What the person has moved to stays under the cursor.
    const [active] = pick.activeItems;
    pick.items = [...first, ...found];
    if (active) pick.activeItems = [active];
    pick.busy = false;
  }

  #embeddedChoices(): Promise<readonly Choice[]> {
    return Promise.all(
      this.#embedded.map(async ({ path: folder, label, detail }) => {
        const [model] = await modelsIn(folder, path.basename(folder));
        const description = model ? describeBytes(model.bytes) : '';
        return { label: `$(beaker) ${label}`, description, detail, choose: () => Promise.resolve(folder) };
      }),
    );
  }

  async #recentChoices(): Promise<readonly Choice[]> {
    const embedded = new Set(this.#embedded.map((model) => model.path));
    const paths = this.#recent.paths.filter((model) => !embedded.has(model) && existsSync(model));
    const models = await Promise.all(paths.map(async (model) => (await modelsIn(model, path.basename(model)))[0]));
    return group(
      vscode.l10n.t('opened before'),
      models.filter((model) => model !== undefined),
    );
  }

  async #foundChoices(): Promise<readonly Choice[]> {
    const stores: readonly ModelStore[] = [
      new HuggingFaceStore(process.env, homedir()),
      new LmStudioStore(homedir()),
      new OllamaStore(process.env, homedir()),
      ...settings().modelFolders.map((folder) => new FolderStore(folder)),
    ];
    const groups = await Promise.all(stores.map(async (store) => group(store.name, await store.find())));
    return groups.flat();
  }
}

function browseChoices(): readonly Choice[] {
  return [
    {
      label: `$(folder-opened) ${vscode.l10n.t('Choose a folder…')}`,
      detail: vscode.l10n.t('With config.json, tokenizer.json and safetensors, as published on Hugging Face.'),
      choose: () =>
        browse({
          canSelectFolders: true,
          canSelectFiles: false,
          title: vscode.l10n.t('A folder with config.json, tokenizer.json and safetensors'),
        }),
    },
    {
      label: `$(file-binary) ${vscode.l10n.t('Choose a GGUF file…')}`,
      detail: vscode.l10n.t('As llama.cpp, LM Studio and Ollama use them.'),
      choose: () => browse({ filters: { GGUF: ['gguf'] }, title: vscode.l10n.t('A model in one GGUF file') }),
    },
  ];
}

const trustChoice = (): Choice => ({
  label: `$(shield) ${vscode.l10n.t('Manage Workspace Trust…')}`,
  detail: vscode.l10n.t('Other models can be opened once this workspace is trusted.'),
  choose: async () => {
    await vscode.commands.executeCommand('workbench.trust.manage');
    return undefined;
  },
});

async function browse(options: vscode.OpenDialogOptions): Promise<string | undefined> {
  const [chosen] = (await vscode.window.showOpenDialog({ ...options, openLabel: vscode.l10n.t('Open Model') })) ?? [];
  return chosen?.fsPath;
}

function group(name: string, models: readonly FoundModel[]): readonly Choice[] {
  if (models.length === 0) return [];
  return [{ label: name, kind: vscode.QuickPickItemKind.Separator }, ...models.map(choiceOf)];
}

function choiceOf({ path: model, name, bytes, format, architecture }: FoundModel): Choice {
  const kind = format === 'gguf' ? 'GGUF' : architecture;
  return {
    label: `$(symbol-namespace) ${name}`,
    description: [describeBytes(bytes), kind].filter(Boolean).join(' · '),
    detail: model,
    choose: () => Promise.resolve(model),
  };
}
