import { CodedError } from '../../protocol/coded-error.ts';
import type { CodebookSummary, EditDetails } from '../../protocol/edit-result.ts';
import type { CodebookFolder } from './codebook-folder.ts';

/** A codebook at a glance. */
export function summarize({ manifest, edits, codebook, notices }: CodebookFolder): CodebookSummary {
  const { model, hook, router, radius } = manifest;
  return {
    ...{ model, hook, router, radius: radius.radius },
    edits: edits.length,
    live: edits.filter(({ state }) => state === 'live').length,
    entries: codebook.entries.length,
    notices: notices.map(({ message }) => message),
  };
}

/**
 * Everything that is recorded of an edit.
 *
 * @throws CodedError `edit-unknown`
 */
export function detailsOf({ edits, codebook }: CodebookFolder, edit: number): EditDetails {
  const found = edits.find(({ record }) => record.edit === edit);
  if (!found) throw new CodedError('edit-unknown', `There is no edit ${edit}.`, 'List the edits to see their numbers.', { edit }); // prettier-ignore
  const { record, ...rest } = found;
  const entries = codebook.entries.flatMap(({ valueFrom, radius, members }, entry) =>
    valueFrom === edit ? [{ entry, radius, members: members.map((member) => member.edit) }] : [],
  );
  return { ...record, ...rest, firstRadius: record.radius, entries };
}
