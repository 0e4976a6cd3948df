import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';

import type { BenchRun, BenchSettings, BenchSide } from '../../src/protocol/bench-state.ts';
import { answerPart } from './answer-part.ts';
import { isText } from './answer-text.ts';
import { checkBox } from './choice.ts';
import type { RevealEdit } from './edit-link.ts';
import { SHADE_LABELS } from './probability.ts';
import type { TokenRange } from './token-selection.ts';
import { excerpt, whole } from './words.ts';

export interface OutputActions {
  readonly reveal: RevealEdit;
  readonly select: (side: BenchSide, range: TokenRange) => void;
  readonly changeShading: (shading: boolean) => void;
}

/** What the shown run gave: with edits, and beside it without them where that was asked for. */
export function outputArea(run: BenchRun, settings: BenchSettings, actions: OutputActions): TemplateResult {
  const { edited, unedited } = run.outputs;
  const isCompared = unedited !== undefined || run.told !== undefined;
  // Before anything is said nobody knows what will be.
  const hasText = edited !== undefined && edited.tokens.length > 0 && isText(edited);
  const side = (name: BenchSide, heading: string | null): TemplateResult | typeof nothing => {
    const output = run.outputs[name];
    if (!output) return nothing;
    const edit = (range: TokenRange): void => {
      actions.select(name, range);
    };
    return answerPart({ output, side: name, heading, shading: settings.shading, reveal: actions.reveal, edit });
  };
  return html`<section class="card output" aria-labelledby="output-heading">
    <header class="card-head">
      <h2 id="output-heading">${l10n.t('Output')}</h2>
      ${hasText ? legend(settings, actions) : nothing}
    </header>
    <p class="asked"><span class="hint">${l10n.t('Prompt')}</span> ${excerpt(run.prompt)}</p>
    ${hasText ? tokenKeys() : nothing}
    <div class=${isCompared ? (Object.keys(run.outputs).length > 2 ? 'sides three' : 'sides') : ''}>
      ${edited ? side('edited', isCompared ? l10n.t('With edits') : null) : nothing}
      ${side('unedited', l10n.t('Without edits'))} ${side('inContext', l10n.t('With the fact in the prompt'))}
    </div>
    ${toldLine(run)}
  </section>`;
}

/** What was put before the prompt, where that was asked for. */
function toldLine({ told }: BenchRun): TemplateResult | typeof nothing {
  if (told === undefined) return nothing;
  if (told === null)
    return html`<p class="hint told">${l10n.t('No edit fired, so there is no fact to put before the prompt.')}</p>`;
  return html`<details class="fold told">
    <summary><span class="fold-summary">${l10n.t('The prompt with the fact before it')}</span></summary>
    <pre class="rendered" tabindex="0" role="region" aria-label=${l10n.t('The prompt with the fact before it')}>
${whole(told)}</pre>
  </details>`;
}

function tokenKeys(): TemplateResult {
  return html`<p id="token-keys" class="visually-hidden">
    ${l10n.t('Arrow keys move from token to token, with Shift they select. E edits what is selected.')}
  </p>`;
}

function legend({ shading }: BenchSettings, { changeShading }: OutputActions): TemplateResult {
  return html`<div class="legend">
    ${
      shading
        ? html`<ul class="shades" aria-label=${l10n.t('Probability of a token')}>
            ${SHADE_LABELS.map((label, shade) => html`<li><span class="token shade-${shade}">${label}</span></li>`)}
          </ul>`
        : nothing
    }
    ${checkBox(l10n.t('Show probabilities'), shading, changeShading)}
  </div>`;
}
