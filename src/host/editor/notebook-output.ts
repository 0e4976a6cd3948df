import * as vscode from 'vscode';

import { CodedError } from '../../protocol/coded-error.ts';
import { brief, withoutIcons } from '../plain-text.ts';
import type { BenchDraft } from './edit-bench.ts';

const TEXT_TYPES = ['text/plain', 'application/vnd.code.notebook.stdout', 'text/markdown'];

interface TextItem extends vscode.QuickPickItem {
  readonly text: string;
}

/**
 * An edit of a line of a notebook cell's output. VS Code does not tell extensions what is selected in an output, nor can it show
 * comments there: the line and its prompt are chosen from lists, and the edit goes on in the Edit Bench. Undefined when the
 * person turns away.
 */
export async function draftFromNotebook(editor: vscode.NotebookEditor): Promise<BenchDraft | undefined> {
  const cell = editor.notebook.cellAt(editor.selection.start);
  const lines = outputLines(cell);
  if (lines.length === 0) throw noOutput();
  const wrong = await pick(vscode.l10n.t('What did the model get wrong?'), lines.map(itemOf));
  if (!wrong) return undefined;
  const before = lines.slice(0, lines.indexOf(wrong.text));
  const prompt = await pick(vscode.l10n.t('What was the model asked?'), prompts(cell, before));
  return prompt && { prompt: { kind: 'text', text: prompt.text }, wrong: wrong.text, target: '', ends: true };
}

/** Whether a cell is selected that has a text for an output. */
export function hasOutput({ notebook, selection }: vscode.NotebookEditor): boolean {
  return selection.start < notebook.cellCount && outputLines(notebook.cellAt(selection.start)).length > 0;
}

function outputLines(cell: vscode.NotebookCell): readonly string[] {
  const decoder = new TextDecoder();
  const items = cell.outputs.flatMap(({ items: [...all] }) => all.filter(({ mime }) => TEXT_TYPES.includes(mime)));
  const lines = items.flatMap(({ data }) => decoder.decode(data).split(/\r?\n/u));
  return [...new Set(lines.map((line) => line.trim()))].filter((line) => line !== '');
}

/** What may have been the prompt: a text in the cell's program, the output before the line, or the whole cell. */
function prompts(cell: vscode.NotebookCell, before: readonly string[]): readonly TextItem[] {
  const source = cell.document.getText();
  const strings = Array.from(
    source.matchAll(/"((?:[^"\\\n]|\\.)+)"|'((?:[^'\\\n]|\\.)+)'/gu),
    ([, a, b]) => a ?? b ?? '',
  );
  const output = before.length === 0 ? [] : [before.join('\n')];
  return [...new Set([...strings.filter((text) => text.includes(' ')), ...output, source])].map(itemOf);
}

async function pick(title: string, items: readonly TextItem[]): Promise<TextItem | undefined> {
  return vscode.window.showQuickPick(items, { title });
}

const itemOf = (text: string): TextItem => ({ text, label: withoutIcons(brief(text, 120)) });

const noOutput = (): CodedError =>
  new CodedError('bad-argument', vscode.l10n.t('The selected cell has no text as its output.'));
