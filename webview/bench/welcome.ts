import * as l10n from '@vscode/l10n';
import { html, type TemplateResult } from 'lit';

import { icon } from './icon.ts';

export interface WelcomeActions {
  readonly tryDemo: () => void;
  readonly openModel: () => void;
}

/** The two ways to begin. */
function ways({ tryDemo, openModel }: WelcomeActions): TemplateResult {
  return html`<div class="actions">
    <button class="button primary" type="button" @click=${tryDemo}>${icon('play')} ${l10n.t('Try the demo')}</button>
    <button class="button secondary" type="button" @click=${openModel}>
      ${icon('folder-opened')} ${l10n.t('Open a model')}
    </button>
  </div>`;
}

/** What is shown before there is a model. */
export function welcome(actions: WelcomeActions): TemplateResult {
  return html`<section class="welcome" aria-labelledby="welcome-heading">
    <h2 id="welcome-heading">${l10n.t('Correct a language model, one mistake at a time')}</h2>
    <ol>
      <li>${l10n.t('See it generate.')}</li>
      <li>${l10n.t('Select what is wrong.')}</li>
      <li>${l10n.t('Write what is right.')}</li>
    </ol>
    <p>
      ${l10n.t('The model is corrected at once. Its weights stay as they are, and every correction can be taken back.')}
    </p>
    ${ways(actions)}
    <p class="hint">
      ${l10n.t('The demo is a small model that came with the extension; nothing is downloaded or sent.')}
    </p>
  </section>`;
}

/** The same in short, where there is already work to be seen. */
export function noModel(actions: WelcomeActions): TemplateResult {
  return html`<section class="card no-model" aria-label=${l10n.t('No model')}>
    <p>${l10n.t('No model is open.')}</p>
    ${ways(actions)}
  </section>`;
}

/** What the next thing is, while no edit is being written. */
export function nextStep(hasOutput: boolean, isText: boolean): TemplateResult {
  return html`<section class="card next" aria-labelledby="next-heading">
    <header class="card-head"><h2 id="next-heading">${l10n.t('Edit')}</h2></header>
    <ol class="steps">
      <li class=${hasOutput ? 'done' : 'now'}>${isText ? l10n.t('Generate an answer.') : l10n.t('Ask the model.')}</li>
      <li class=${hasOutput ? 'now' : ''}>
        ${
          isText
            ? l10n.t(
                'Select what is wrong in it, with the mouse or with Shift and the arrow keys, and choose “Edit this”.',
              )
            : l10n.t('If its answer is wrong, choose the button below it.')
        }
      </li>
      <li>
        ${isText ? l10n.t('Write what the model should say, and apply.') : l10n.t('Say what is right, and apply.')}
      </li>
    </ol>
  </section>`;
}
