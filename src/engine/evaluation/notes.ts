import type { Experiment } from './experiment.ts';

/** What an experiment's numbers mean where the paper leaves a choice, in plain sentences. */
export function notesOn({ task, data, protocol, settings, checkpoints, order }: Experiment): readonly string[] {
  const ends = settings.ends ? 'and the end of the answer' : 'and nothing behind it';
  return [
    `Right means that greedy generation gives the target ${ends}; F1 is that of the tokens of output and target.`,
    'Teacher forcing and perplexity use the ids that the target is trained with; perplexity is the mean over texts, as in the paper.',
    ...(data.wordings === undefined ? [] : [wordingsNote(protocol)]),
    order === 'file' || task === 'passages'
      ? 'Edits are streamed in the order of the file.'
      : 'Edits are streamed in an order drawn from the seed.',
    `Between the first and the last edit, at most ${checkpoints.sample} prompts of a group are asked at a checkpoint; at the end, all.`,
    ...(data.holdout === undefined
      ? ['Held-out wordings are asked once their fact has been edited.']
      : [
          'Held-out rows have a file of their own: they are asked at every checkpoint, whatever has been edited by then.',
        ]),
  ];
}

const wordingsNote = ({ streamed, by }: Experiment['protocol']): string =>
  by === 'fact'
    ? `Of each fact's wordings the first ${streamed} are streamed as edits, and the next ${streamed} are held out.`
    : `The wordings of all facts are shuffled together; one half is streamed as edits, the other is held out.`;
