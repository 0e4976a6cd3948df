import type {
  EvaluationCheckpoint,
  EvaluationCost,
  EvaluationResult,
  GroupMetrics,
  GroupName,
  MethodName,
  MethodResult,
  SweepResult,
  TaskName,
} from '../src/protocol/evaluation.ts';

/** A row of Table 1 of Hartvigsen et al. (NeurIPS 2023): other models and data than ours. */
interface Published {
  readonly method: string;
  readonly groups: Readonly<Partial<Record<GroupName, string>>>;
  readonly keys?: string;
}

const PUBLISHED: Readonly<Record<TaskName, { readonly model: string; readonly rows: readonly Published[] }>> = {
  questions: {
    model: 'T5-small, zsRE, 1,000 edits, F1',
    rows: [
      { method: 'FT', groups: { TRR: '.56', ERR: '.82' } },
      { method: 'MEND', groups: { TRR: '.25', ERR: '.27' } },
      { method: 'Defer', groups: { TRR: '.72', ERR: '.31' } },
      { method: 'GRACE', groups: { TRR: '.69', ERR: '.96' }, keys: '137' },
    ],
  },
  labels: {
    model: 'BERT, SCOTUS, accuracy',
    rows: [
      { method: 'FT', groups: { TRR: '.52', ERR: '.52' } },
      { method: 'MEND', groups: { TRR: '.19', ERR: '.27' } },
      { method: 'Defer', groups: { TRR: '.33', ERR: '.41' } },
      { method: 'GRACE', groups: { TRR: '.81', ERR: '.82' } },
    ],
  },
  passages: {
    model: 'GPT2-XL, hallucination, perplexity',
    rows: [
      { method: 'FT', groups: { TRR: '1449', ERR: '28.1' } },
      { method: 'MEND', groups: { TRR: '1370', ERR: '1755' } },
      { method: 'ROME', groups: { TRR: '30.28', ERR: '103.8', ARR: '14.02' } },
      { method: 'Defer', groups: { TRR: '8184', ERR: '133' } },
      { method: 'GRACE', groups: { TRR: '15.84', ERR: '7.14', ARR: '10.00' } },
    ],
  },
};

const NAMES: Readonly<Record<MethodName, string>> = {
  none: 'no edit',
  ft: 'FT',
  'ft-ewc': 'FT + EWC',
  'ft-retrain': 'FT + retrain',
  defer: 'Defer',
  memory: 'Memory',
  'in-context': 'in context',
  grace: '**GRACE**',
  'grace-two-part': '**GRACE, two-part router**',
};
const MEASURE: Readonly<Record<TaskName, string>> = { questions: 'F1', labels: 'accuracy', passages: 'perplexity' };
const COLUMNS: readonly GroupName[] = ['TRR', 'ERR', 'ARR', 'holdout', 'ES'];

/** An experiment as the page shows it. */
export interface Shown {
  readonly file: string;
  readonly result: EvaluationResult;
  readonly sweep: SweepResult | undefined;
  /** Names of the pictures that were drawn. */
  readonly pictures: readonly string[];
}

/**
 * docs/results.md. Everything but the section on time and memory is the same for the same seed.
 *
 * @param missing experiment files that have no run yet
 */
export function resultsPage(shown: readonly Shown[], missing: readonly string[]): string {
  return [
    '# Results',
    '',
    '`npm run evaluate` makes this page from the experiment files in `models/experiments` (the embedded models); with `-- --all` those',
    'in `bench/experiments` are run too (SmolLM2-135M-Instruct, with data that is not in the repository). What is measured and what',
    'the methods are is said in [evaluation.md](evaluation.md). Rows in italics are those of Table 1 of Hartvigsen et al. (NeurIPS 2023), with their',
    'models and data, which are others than ours: they say how the methods compare there, not what to expect here. MEND and ROME',
    'are not run here; they need a trained hypernetwork, or statistics of a corpus.',
    '',
    ...(missing.length > 0 ? [`Not run here: ${missing.map((file) => `\`${file}\``).join(', ')}.`, ''] : []),
    ...shown.flatMap(section),
    '## What differs from the paper',
    '',
    '- The embedded models are small and were trained for this (1 to 8 MB; [cards](../models/questions/README.md)); the paper edits',
    '  T5-small, BERT and GPT2-XL. Its TRR is what those models know; ours is what ours have learned, so _kept_ says more than TRR.',
    '- Answers are generated. The paper scores the target by teacher forcing, which counts an answer that is never given.',
    '- Fine-tuning, Defer and Memory stop when each token of the target is the most likely one, as FT does in the paper’s code.',
    '- FT + EWC is close to FT, by its formula: [why](evaluation.md#ft--ewc-is-close-to-ft).',
    '- The stream of labels is our own relabelling of intents; SCOTUS documents are longer, and change by the year.',
    '',
    '## Time and memory',
    '',
    'On the machine that made this page, which may have been busy; they differ from run to run.',
    '',
    table(
      ['experiment', 'method', 'median s / edit', 'mean s / edit', 'largest memory, MB'],
      shown.flatMap(({ result }) =>
        result.methods.flatMap(({ method, cost }) =>
          cost ? [[result.name, NAMES[method], ...seconds(cost), String(Math.round(cost.memory / 1e6))]] : [],
        ),
      ),
    ),
    '',
  ].join('\n');
}

const seconds = ({ medianSeconds, meanSeconds }: EvaluationCost): string[] =>
  [medianSeconds, meanSeconds].map((time) => (time === null ? '' : number(time)));

function section({ file, result, sweep, pictures }: Shown): string[] {
  const { task, title, model, hook, radius, seed, stream, tooLong, unusable = 0, notes, methods, name } = result;
  const columns = COLUMNS.filter((group) => methods.some(({ checkpoints }) => checkpoints.at(-1)?.groups[group]));
  const before = methods[0]?.checkpoints[0];
  const rows = methods.map((method) => ownRow(method, columns, task));
  const published = PUBLISHED[task].rows.map(({ method, groups, keys }) =>
    [method, '', keys ?? '', ...columns.map((group) => groups[group] ?? ''), ''].map((cell) =>
      cell ? `*${cell}*` : '',
    ),
  );
  return [
    `## ${title}`,
    '',
    `\`${file}\`: ${stream} edits on ${model.name} (${model.architecture}, weights ${model.fingerprint.slice(0, 12)}), seed ${seed}, edited at \`${hook.replace}\`, radius ${number(radius)}. ${tooLong} rows did not fit the model${unusable > 0 ? `, and ${unusable} lack what they are read for` : ''}.`,
    '',
    ...notes.map((note) => `- ${note}`),
    '',
    `${MEASURE[task]}${task === 'passages' ? ', lower is better' : ', higher is better'}; _kept_ is the share of unrelated outputs that are the unedited model's. In italics the published rows (${PUBLISHED[task].model}).`,
    '',
    table(
      ['method', 'edits', 'keys', ...columns, 'kept'],
      [...(before ? [checkpointRow('before editing', before, columns, task)] : []), ...rows, ...published],
    ),
    '',
    ...(sweep ? sweepSection(sweep) : []),
    ...pictures.map((picture) => `![${picture.replace('.svg', '')}](results/${name}/${picture})`),
    '',
  ];
}

function ownRow(
  { method, checkpoints, complete }: MethodResult,
  columns: readonly GroupName[],
  task: TaskName,
): string[] {
  return checkpointRow(`${NAMES[method]}${complete ? '' : ' (not finished)'}`, checkpoints.at(-1)!, columns, task);
}

const checkpointRow = (
  name: string,
  { edits, keys, groups }: EvaluationCheckpoint,
  columns: readonly GroupName[],
  task: TaskName,
): string[] => [
  name,
  String(edits),
  keys === null ? '' : String(keys),
  ...columns.map((group) => measured(groups[group], task)),
  groups.TRR ? number(groups.TRR.unchanged) : '',
];

function sweepSection({ cells, task }: SweepResult): string[] {
  const columns = COLUMNS.filter((group) => cells.some(({ groups }) => groups[group]));
  return [
    'Hook points and radii (the paper’s figure 2), measured at the end of the stream:',
    '',
    table(
      ['hook point', 'policy', 'radius', 'x measured', 'edits', 'keys', ...columns],
      cells.map(({ hook, policy, radius, measured: unit, edits, keys, groups }) => [
        `\`${hook}\``,
        policy,
        number(radius),
        unit > 0 ? number(radius / unit) : '',
        String(edits),
        String(keys),
        ...columns.map((group) => measured(groups[group], task)),
      ]),
    ),
    '',
  ];
}

function measured(metrics: GroupMetrics | undefined, task: TaskName): string {
  if (!metrics) return '';
  if (task === 'passages') return metrics.perplexity === null ? 'beyond numbers' : number(metrics.perplexity);
  return number(task === 'questions' ? metrics.f1 : metrics.exact);
}

const number = (x: number): string => {
  const size = Math.abs(x);
  return size >= 1e6 ? x.toExponential(2) : String(Number(x.toPrecision(4)));
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
