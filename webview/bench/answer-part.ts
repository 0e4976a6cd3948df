import { html, type TemplateResult } from 'lit';

import type { BenchOutput, BenchSide } from '../../src/protocol/bench-state.ts';
import type { RevealEdit } from './edit-link.ts';
import './label-view.ts';
import './mask-view.ts';
import './output-view.ts';
import type { TokenRange } from './token-selection.ts';

/** What an answer is shown with. */
export interface ShownAnswer {
  readonly output: BenchOutput;
  readonly side: BenchSide;
  readonly heading: string | null;
  readonly shading: boolean;
  readonly reveal: RevealEdit;
  readonly edit: (range: TokenRange) => void;
}

/** An answer as its kind is shown. */
export function answerPart({ output, side, heading, shading, reveal, edit }: ShownAnswer): TemplateResult {
  if (output.classes) {
    return html`<grace-labels
      .output=${output}
      .side=${side}
      .heading=${heading}
      .reveal=${reveal}
      .edit=${edit}
    ></grace-labels>`;
  }
  if (output.finish === 'filled') {
    return html`<grace-masks
      .output=${output}
      .side=${side}
      .heading=${heading}
      .reveal=${reveal}
      .edit=${edit}
    ></grace-masks>`;
  }
  return html`<grace-output
    .output=${output}
    .side=${side}
    .heading=${heading}
    .shading=${shading}
    .reveal=${reveal}
    .edit=${edit}
  ></grace-output>`;
}
