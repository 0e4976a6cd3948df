import * as vscode from 'vscode';

import type { EditItem } from '../../protocol/codebook-snapshot.ts';
import { describeState } from './edit-words.ts';

export const GROUPINGS = ['none', 'entry', 'date', 'tag', 'fired', 'state'] as const;
export const ORDERS = ['newest', 'oldest', 'fired', 'prompt', 'radius'] as const;
export const FILTERS = ['all', 'live', 'neverFired'] as const;
export type Grouping = (typeof GROUPINGS)[number];
export type Order = (typeof ORDERS)[number];
export type Filter = (typeof FILTERS)[number];

/** How the person wants the edits listed. */
export interface Arrangement {
  readonly grouping: Grouping;
  readonly order: Order;
  readonly filter: Filter;
}

export const DEFAULT_ARRANGEMENT: Arrangement = { grouping: 'none', order: 'newest', filter: 'all' };

/** Times that each edit has fired; none for those that are not in it. */
export type Fired = Readonly<Record<number, number>>;

/** Edits under a heading; the ungrouped list has one group without an id. */
export interface EditGroup {
  readonly id: string;
  readonly label: string;
  readonly items: readonly EditItem[];
}

interface Heading {
  readonly id: string;
  readonly label: string;
  /** Where the group stands among the others. */
  readonly rank: number | string;
}

const STATES = ['live', 'orphaned', 'disabled', 'damaged', 'reverted'] as const;
const UNGROUPED: Heading = { id: '', label: '', rank: 0 };

/** The edits in groups and in order. */
export function arrange(items: readonly EditItem[], arrangement: Arrangement, fired: Fired): readonly EditGroup[] {
  const sorted = items.filter((item) => passes(item, arrangement.filter, fired)).sort(comparison(arrangement.order, fired)); // prettier-ignore
  const groups = new Map<string, Heading & { readonly items: EditItem[] }>();
  for (const item of sorted) {
    for (const heading of headings(item, arrangement.grouping, fired)) {
      const group = groups.get(heading.id) ?? { ...heading, items: [] };
      groups.set(heading.id, group);
      group.items.push(item);
    }
  }
  return [...groups.values()].sort(byRank);
}

/** Where an edit stands: while that stays the same, a change to the edit moves nothing. */
export function placeOf(item: EditItem, { grouping, order, filter }: Arrangement, fired: Fired): string {
  if (!passes(item, filter, fired)) return '';
  return JSON.stringify([headings(item, grouping, fired).map(({ id }) => id), sortKey(item, order, fired)]);
}

/** Whether the times that edits have fired have a part in the arrangement. */
export const dependsOnFiring = ({ grouping, order, filter }: Arrangement): boolean =>
  grouping === 'fired' || order === 'fired' || filter === 'neverFired';

function passes(item: EditItem, filter: Filter, fired: Fired): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'live':
      return item.state === 'live' || item.state === 'orphaned';
    case 'neverFired':
      return timesFired(item, fired) === 0;
  }
}

function comparison(order: Order, fired: Fired): (a: EditItem, b: EditItem) => number {
  const collator = new Intl.Collator(vscode.env.language, { numeric: true });
  const newest = (a: EditItem, b: EditItem): number => b.edit - a.edit;
  switch (order) {
    case 'newest':
      return newest;
    case 'oldest':
      return (a, b) => a.edit - b.edit;
    case 'fired':
      return (a, b) => timesFired(b, fired) - timesFired(a, fired) || newest(a, b);
    case 'prompt':
      return (a, b) => collator.compare(nameOf(a), nameOf(b)) || newest(a, b);
    case 'radius':
      return (a, b) => b.radius - a.radius || newest(a, b);
  }
}

function sortKey(item: EditItem, order: Order, fired: Fired): string | number {
  switch (order) {
    case 'newest':
    case 'oldest':
      return item.edit;
    case 'fired':
      return timesFired(item, fired);
    case 'prompt':
      return nameOf(item);
    case 'radius':
      return item.radius;
  }
}

function headings(item: EditItem, grouping: Grouping, fired: Fired): readonly Heading[] {
  switch (grouping) {
    case 'none':
      return [UNGROUPED];
    case 'entry':
      return [entryHeading(item.entry)];
    case 'date':
      return [dateHeading(new Date(item.at))];
    case 'tag':
      return item.tags.length > 0 ? item.tags.map(tagHeading) : [untagged()];
    case 'fired':
      return [firedHeading(timesFired(item, fired) > 0)];
    case 'state':
      return [{ id: item.state, label: describeState(item.state), rank: STATES.indexOf(item.state) }];
  }
}

function entryHeading(entry: string | null): Heading {
  if (entry === null) {
    return { id: 'none', label: vscode.l10n.t('No entry fires'), rank: Number.MAX_SAFE_INTEGER };
  }
  const [edit = 0, key = 0] = entry.split('.').map(Number);
  const label =
    key === 0
      ? vscode.l10n.t('Entry of edit {0}', edit)
      : vscode.l10n.t('Entry of edit {0}, rephrasing {1}', edit, key);
  return { id: entry, label, rank: edit + key / 10_000 };
}

/** By the day, where the person is. */
function dateHeading(at: Date): Heading {
  const day = new Date(at.getFullYear(), at.getMonth(), at.getDate());
  const id = `${day.getFullYear()}-${day.getMonth() + 1}-${day.getDate()}`;
  return { id, label: dayLabel(id, day), rank: -day.getTime() };
}

const dayLabels = new Map<string, string>();

/** Formatting a date takes much longer than the rest of its heading. */
function dayLabel(id: string, day: Date): string {
  const label = dayLabels.get(id) ?? day.toLocaleDateString(vscode.env.language, { dateStyle: 'full' });
  dayLabels.set(id, label);
  return label;
}

const tagHeading = (tag: string): Heading => ({ id: `tag ${tag}`, label: tag, rank: tag });

/** Last: no tag sorts after it. */
const untagged = (): Heading => ({ id: 'none', label: vscode.l10n.t('No tag'), rank: '\u{10ffff}' });

const firedHeading = (hasFired: boolean): Heading =>
  hasFired
    ? { id: 'fired', label: vscode.l10n.t('Has fired'), rank: 1 }
    : { id: 'never', label: vscode.l10n.t('Never fired'), rank: 0 };

const byRank = ({ rank: a }: Heading, { rank: b }: Heading): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));

const timesFired = ({ edit }: EditItem, fired: Fired): number => fired[edit] ?? 0;
const nameOf = ({ title, prompt }: EditItem): string => title || prompt;
