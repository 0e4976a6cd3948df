import * as vscode from 'vscode';

import type { CodebookHead, EditItem, ItemState } from '../../protocol/codebook-snapshot.ts';
import { brief, ending } from '../plain-text.ts';
import type { GroupNode } from './codebook-shape.ts';
import type { EditTerms } from './edit-terms.ts';
import { describeAge, describeMoment, describeState, explainState } from './edit-words.ts';
import { describeCodebookRouter, describePrompts, describeReach, describeValue, isTwoPart } from './reach-words.ts';
import { isEnabled } from './shown-edits.ts';

const icon = (name: string, color: string): vscode.ThemeIcon => new vscode.ThemeIcon(name, new vscode.ThemeColor(color)); // prettier-ignore

/** The shapes differ as well as the colours. */
const ICONS: Readonly<Record<ItemState, vscode.ThemeIcon>> = {
  live: icon('pass-filled', 'testing.iconPassed'),
  orphaned: icon('debug-disconnect', 'list.warningForeground'),
  disabled: icon('circle-slash', 'disabledForeground'),
  damaged: icon('error', 'list.errorForeground'),
  reverted: icon('discard', 'disabledForeground'),
};

/** Characters of a prompt that leave room for the answer beside it; its whole text is in the tooltip and spoken. */
const SHOWN_PROMPT = 28;

/** What a row of the tree shows of an edit that has fired so often; its tooltip comes when it is asked for. */
export function editTreeItem(
  id: string,
  item: EditItem,
  fired: number,
  terms: EditTerms,
  head: CodebookHead | null,
): vscode.TreeItem {
  const name = brief(item.title || item.prompt, 80) || vscode.l10n.t('Edit {0}', item.edit);
  const target = brief(item.target, 60);
  const row = new vscode.TreeItem(item.title === '' ? ending(item.prompt, SHOWN_PROMPT) || name : name);
  row.id = id;
  const times = describeFiring(fired);
  const facts = [describeReach(head, item.radius), times, describeAge(item.at, Date.now())];
  row.description = [`→ ${target}`, ...facts].join(' · ');
  row.iconPath = ICONS[item.state];
  row.contextValue = `edit ${item.state}`;
  row.command = { command: 'grace.edit.show', title: vscode.l10n.t('Show Edit'), arguments: [item.edit] };
  row.accessibilityInformation = {
    label: [
      terms.isLabel
        ? vscode.l10n.t('Edit {0}, {1}: {2}; label: {3}', item.edit, describeState(item.state), name, target)
        : vscode.l10n.t('Edit {0}, {1}: {2}; answer: {3}', item.edit, describeState(item.state), name, target),
      ...facts,
    ].join(', '),
  };
  if (item.state !== 'damaged') row.checkboxState = checkbox(item);
  return row;
}

function describeFiring(times: number): string {
  if (times === 0) return vscode.l10n.t('never fired');
  return times === 1 ? vscode.l10n.t('fired once') : vscode.l10n.t('fired {0} times', times);
}

export function groupTreeItem({ id, label, edits, open }: GroupNode): vscode.TreeItem {
  const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
  const row = new vscode.TreeItem(brief(label, 80), open ? Expanded : Collapsed);
  row.id = id;
  row.description = String(edits.length);
  row.contextValue = 'group';
  row.accessibilityInformation = { label: vscode.l10n.t('{0}, {1} edits', label, edits.length) };
  return row;
}

/** Everything about an edit that fits a hover; texts that people or models wrote stay texts. */
export function editTooltip(
  item: EditItem,
  fired: number,
  note: string,
  terms: EditTerms,
  head: CodebookHead | null,
): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString('', false);
  tooltip.supportHtml = false;
  const line = (heading: string, text: string): void => {
    tooltip.appendMarkdown(`**${heading}** `).appendText(text).appendMarkdown('\n\n');
  };
  line(vscode.l10n.t('Edit {0}', item.edit), brief(item.title, 200));
  line(terms.prompt, brief(item.prompt, 300));
  line(terms.answer, brief(item.target, 300));
  line(describeState(item.state), explainState(item.state));
  if (!item.success)
    line(vscode.l10n.t('Missed'), vscode.l10n.t('The model did not give the answer when it was made.'));
  if (item.subject !== '') line(vscode.l10n.t('About'), brief(item.subject, 200));
  line(isTwoPart(head) ? vscode.l10n.t('Strictness') : vscode.l10n.t('Reach'), describeReach(head, item.radius));
  if (item.negatives > 0) line(vscode.l10n.t('Must not fire'), describePrompts(item.negatives));
  line(vscode.l10n.t('Learned'), describeValue(item.rows));
  line(vscode.l10n.t('Router'), describeCodebookRouter(head));
  line(vscode.l10n.t('Fired here'), timesFired(fired));
  line(vscode.l10n.t('Made'), `${describeAge(item.at, Date.now())}, ${describeMoment(item.at)}`);
  if (item.tags.length > 0) line(vscode.l10n.t('Tags'), brief(item.tags.join(', '), 200));
  if (note !== '') line(vscode.l10n.t('Note'), brief(note, 500));
  return tooltip;
}

function timesFired(times: number): string {
  if (times === 0) return vscode.l10n.t('never');
  return times === 1 ? vscode.l10n.t('once') : vscode.l10n.t('{0} times', times);
}

function checkbox(item: EditItem): NonNullable<vscode.TreeItem['checkboxState']> {
  const { Checked, Unchecked } = vscode.TreeItemCheckboxState;
  const accessibilityInformation = { label: vscode.l10n.t('Edit {0} is enabled', item.edit) };
  return isEnabled(item)
    ? { state: Checked, tooltip: vscode.l10n.t('Untick to disable this edit'), accessibilityInformation }
    : { state: Unchecked, tooltip: vscode.l10n.t('Tick to enable this edit'), accessibilityInformation };
}
