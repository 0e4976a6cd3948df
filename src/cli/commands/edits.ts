import type { Command } from 'commander';

import { CodebookFolder } from '../../engine/grace/codebook-folder.ts';
import { detailsOf, summarize } from '../../engine/grace/codebook-summary.ts';
import { HIGHEST_SCORE, radiusOf, thresholdOf } from '../../protocol/two-part.ts';
import { CodedError } from '../../protocol/coded-error.ts';
import type { EditList, SwitchResult } from '../../protocol/codebook-result.ts';
import type { CodebookSummary, EditDetails, EditSummary } from '../../protocol/edit-result.ts';
import { brief, describePrompt, describeState, describeValue, figure } from '../describe.ts';
import { noteNotices } from '../notices.ts';
import { notEmpty, numberBetween, repeatable } from '../options.ts';
import type { Outcome } from '../output.ts';
import type { Run } from '../run.ts';
import { visible } from '../visible.ts';
import { wordDiff } from '../word-diff.ts';

const LIST = 'List the edits with: grace edits.';

interface CodebookFlags {
  readonly codebook: string;
  readonly json?: boolean;
}

interface AnnotateFlags extends CodebookFlags {
  readonly title?: string;
  readonly note?: string;
  readonly tag: readonly string[];
}

/** Commands that need the codebook's folder and no model. */
export function editsCommands(program: Command, run: Run): void {
  withCodebook(program.command('edits'))
    .description('list the edits of a codebook, with what has become of them')
    .action((flags: CodebookFlags) => run(flags, () => list(flags)));
  withCodebook(program.command('show'))
    .argument('<edit>', 'number of the edit', editNumber)
    .description('everything that is recorded of one edit')
    .action((edit: number, flags: CodebookFlags) => run(flags, () => show(flags, edit)));
  const switches = {
    disable: 'take edits out for the time being',
    enable: 'put disabled edits back where they were',
    revert: 'take edits out for good: the codebook is what it would be had they never been made',
  } as const;
  for (const [op, description] of Object.entries(switches) as [keyof typeof switches, string][]) {
    withCodebook(program.command(op))
      .argument('<edits...>', 'numbers of the edits; all of them are changed, or none')
      .description(description)
      .action((edits: readonly string[], flags: CodebookFlags) =>
        run(flags, () => change(flags, op, [...new Set(edits.map(editNumber))])),
      );
  }
  wordsCommands(program, run);
}

/** Commands that record what people say of an edit. */
function wordsCommands(program: Command, run: Run): void {
  withCodebook(program.command('annotate'))
    .argument('<edit>', 'number of the edit', editNumber)
    .description('give an edit a title, a note or tags; what is not given stays, and an empty text takes it away')
    .option('--title <text>', 'what to call it')
    .option('--note <text>', 'what there is to know of it')
    .addOption(repeatable('--tag <text>', 'a word to find it by; all tags are replaced'))
    .action((edit: number, flags: AnnotateFlags) => run(flags, () => annotate(flags, edit)));
  withCodebook(program.command('threshold'))
    .argument('<edit>', 'number of the edit', editNumber)
    .argument('<score>', 'the score from which it fires, at most 1.2', numberBetween(0, HIGHEST_SCORE))
    .description('have an edit of the two-part router fire from another score on: more for stricter, less for looser')
    .action((edit: number, score: number, flags: CodebookFlags) =>
      run(flags, () => reword(flags, edit, (folder) => { rethreshold(folder, edit, score); })),
    ); // prettier-ignore
  withCodebook(program.command('radius'))
    .argument('<edit>', 'number of the edit', editNumber)
    .argument('<radius>', 'the new radius', numberBetween(0, Infinity))
    .description('give an edit another radius: the codebook is what it would be had the edit been made with it')
    .action((edit: number, radius: number, flags: CodebookFlags) =>
      run(flags, () => reword(flags, edit, (folder) => { folder.setRadius(edit, radius); })),
    ); // prettier-ignore
}

function annotate(flags: AnnotateFlags, edit: number): Outcome {
  const { title, note, tag } = flags;
  if (title === undefined && note === undefined && tag.length === 0)
    throw new CodedError('bad-argument', 'There is nothing to say of the edit.', 'Give --title, --note or --tag.');
  const tags = tag.length === 0 ? undefined : tag.filter((each) => each.trim() !== '');
  return reword(flags, edit, (folder) => {
    folder.annotate(edit, { title, note, tags });
  });
}

function reword({ codebook }: CodebookFlags, edit: number, change: (folder: CodebookFolder) => void): Outcome {
  return withFolder(codebook, 'write', (folder) => {
    change(folder);
    const details = detailsOf(folder, edit);
    return { json: details, text: describeDetails(details) };
  });
}

export function withCodebook(command: Command): Command {
  return command.requiredOption('--codebook <folder>', 'codebook of edits', notEmpty);
}

/** Opens a codebook's folder, says on stderr what had to be left out, and closes it whatever happens. */
export function withFolder<T>(path: string, mode: 'read' | 'write', use: (folder: CodebookFolder) => T): T {
  const folder = CodebookFolder.open(path, mode);
  try {
    noteNotices(folder.notices);
    return use(folder);
  } finally {
    folder.close();
  }
}

function rethreshold(folder: CodebookFolder, edit: number, score: number): void {
  if (folder.manifest.router === 'two-part') {
    folder.setRadius(edit, radiusOf(score));
    return;
  }
  throw new CodedError('bad-argument', "The codebook has GRACE's own router, which knows no scores.", 'Use: grace radius.'); // prettier-ignore
}

export function editNumber(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new CodedError('bad-argument', `'${text}' is not the number of an edit.`, LIST);
}

function list({ codebook }: CodebookFlags): Outcome {
  return withFolder(codebook, 'read', (folder) => {
    const edits = folder.edits.map(({ record, state, title, tags }): EditSummary => ({
      edit: record.edit,
      state,
      prompt: record.prompt,
      target: record.target,
      keys: record.rephrasings.length + 1,
      at: record.at,
      success: record.training.success,
      title,
      tags, // prettier-ignore
    }));
    const summary = summarize(folder);
    const rows = edits.map(({ edit, state, prompt, target, success, title, tags }) => {
      const failed = success ? '' : ' (target not reached)';
      const named = title === '' ? '' : `${brief(title, 40)}: `;
      const marks = tags.map((tag) => ` #${brief(tag, 20)}`).join('');
      return `${String(edit).padStart(5)}  ${describeState(state).padEnd(8)}  ${named}${brief(describePrompt(prompt), 48)} → ${brief(target, 40)}${marks}${failed}`;
    });
    const head = `${summary.edits} edits, ${summary.live} live, in ${summary.entries} entries; made for ${summary.model.name} at ${summary.hook.replace}, ${describeRouter(summary)}.`;
    const json: EditList = { codebook: summary, edits };
    return { json, text: [...rows, head].join('\n') };
  });
}

const describeRouter = ({ router, radius }: CodebookSummary): string =>
  router === 'two-part'
    ? `the two-part router decides, from score ${figure(thresholdOf(radius))}`
    : `GRACE's own router decides, measured radius ${figure(radius)}`;

function show({ codebook }: CodebookFlags, edit: number): Outcome {
  return withFolder(codebook, 'read', (folder) => {
    const details = detailsOf(folder, edit);
    return { json: details, text: describeDetails(details) };
  });
}

function describeDetails({
  edit,
  state,
  prompt,
  rephrasings,
  probes = [],
  target,
  at,
  replace,
  radius,
  firstRadius,
  training,
  before,
  after,
  entries,
  title,
  note,
  tags,
}: EditDetails): string {
  const { start, learningRate, steps, rows, firstLoss, lastLoss, success } = training;
  return [
    `Edit ${edit}, ${describeState(state)}, made ${at}`,
    ...(title === '' ? [] : [`title      ${visible(title)}`]),
    ...(tags.length === 0 ? [] : [`tags       ${visible(tags.join(', '))}`]),
    ...(note === '' ? [] : [`note       ${visible(note)}`]),
    `prompt     ${describePrompt(prompt)}`,
    ...rephrasings.map((rephrasing) => `rephrased  ${describePrompt(rephrasing)}`),
    `target     ${target}`,
    ...probes.map((probe) => `probe      ${describePrompt(probe.prompt)} → ${brief(probe.answer, 60)}`),
    `learned    ${describeValue(rows)}, ${steps} steps from a ${start} start at ${figure(learningRate)}: loss ${figure(firstLoss)} to ${figure(lastLoss)}, ${success ? 'target reached' : 'target not reached'}`,
    `replaces   ${replace}, radius ${figure(radius)}${radius === firstRadius ? '' : ` (made with ${figure(firstRadius)})`}`,
    `entries    ${entries.map(({ entry, radius: now }) => `${entry} (radius ${figure(now)})`).join(', ') || 'none'}`,
    wordDiff(before, after),
  ].join('\n');
}

function change({ codebook }: CodebookFlags, op: 'disable' | 'enable' | 'revert', edits: readonly number[]): Outcome {
  return withFolder(codebook, 'write', (folder) => {
    folder.switch(op, edits);
    const summary = summarize(folder);
    const json: SwitchResult = { op, edits, codebook: summary };
    return {
      json,
      text: `${edits.length === 1 ? 'Edit' : 'Edits'} ${edits.join(', ')} ${op}d; ${summary.live} of ${summary.edits} edits are live.`.replace(
        'revertd',
        'reverted',
      ),
    };
  });
}
