import { Argument, type Command } from 'commander';

import { cudaOffer, cudaState, downloadCuda, removeCuda, thisMachine } from '../../engine/cuda-download.ts';
import type { CudaOffer, CudaProgress } from '../../protocol/cuda.ts';
import { interruption } from '../interruption.ts';
import { note, type Outcome } from '../output.ts';
import { progressBar } from '../progress-bar.ts';
import type { Run } from '../run.ts';

const ACTIONS = ['status', 'download', 'remove'] as const;
type Action = (typeof ACTIONS)[number];

export function cudaCommand(program: Command, run: Run): void {
  program
    .command('cuda')
    .description("CUDA's libraries for --device cuda: whether they are here, their download, and taking them away")
    .addArgument(new Argument('[action]', 'what to do').choices(ACTIONS).default('status'))
    .action((action: Action, flags: { readonly json?: boolean }) => run(flags, () => WORK[action]()));
}

const WORK: Readonly<Record<Action, () => Outcome | Promise<Outcome>>> = {
  status: () => {
    const state = cudaState();
    const text = state.installed ? `in ${state.folder}, ${megabytes(state.bytes)}` : 'not here; grace cuda download brings them'; // prettier-ignore
    return { json: state, text: `CUDA's libraries: ${text}` };
  },
  download: async () => {
    const machine = thisMachine();
    const offer = await cudaOffer(machine);
    note(`Downloading ${megabytes(offer.bytes)} from ${offer.host} into ${offer.folder}`);
    await download(offer);
    return { json: cudaState(), text: `CUDA's libraries are in ${offer.folder}. Try them: grace inspect --devices` };
  },
  remove: () => {
    const { bytes, folder } = removeCuda();
    const text = bytes > 0 ? `CUDA's libraries were taken away: ${megabytes(bytes)} in ${folder}` : 'There are none.';
    return { json: cudaState(), text };
  },
};

async function download({ bytes }: CudaOffer): Promise<void> {
  const bar = progressBar('MB', Math.round(bytes / 1e6));
  const { signal, stop } = interruption();
  const onProgress = ({ done }: CudaProgress): void => {
    bar.update(Math.round(done / 1e6));
  };
  try {
    await downloadCuda(thisMachine(), { signal, onProgress });
  } finally {
    stop();
    bar.stop();
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
