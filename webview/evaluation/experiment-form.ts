import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';

import type { EvaluationActivity, EvaluationState } from '../../src/protocol/evaluation-state.ts';
import { METHODS, type MethodName } from '../../src/protocol/evaluation.ts';
import { checkBox, choice } from '../bench/choice.ts';
import { icon } from '../bench/icon.ts';
import { nameOf } from '../pictures/words.ts';
import { activityWords, progressWords } from './words.ts';

export interface ExperimentActions {
  readonly choose: (file: string) => void;
  readonly open: () => void;
  readonly tick: (methods: readonly MethodName[]) => void;
  readonly run: (anew: boolean) => void;
  readonly sweep: () => void;
  readonly stop: () => void;
}

/** Which experiment, by which methods; and its run. */
export function experimentForm(state: EvaluationState, actions: ExperimentActions): TemplateResult {
  const { experiments, experiment, summary, activity } = state;
  const options = experiments.map(({ file, label }) => ({ value: file, label }));
  return html`<section class="card" aria-labelledby="experiment-heading">
    <div class="card-head"><h2 id="experiment-heading">${l10n.t('Experiment')}</h2></div>
    <div class="chooser">
      ${choice({ id: 'experiment', label: l10n.t('Experiment file'), disabled: activity !== null }, experiment, options, actions.choose)}
      <button class="button secondary" type="button" ?disabled=${activity !== null} @click=${actions.open}>
        ${icon('folder-opened')}${l10n.t('Open another…')}
      </button>
    </div>
    ${summary ? html`<p class="help">${summary.title}</p>` : nothing} ${methodBoxes(state, actions)}
    <div class="work">${activity ? running(activity, actions) : startButtons(state, actions)}</div>
  </section>`;
}

function methodBoxes({ methods, activity, summary }: EvaluationState, actions: ExperimentActions): TemplateResult {
  const toggle = (method: MethodName, ticked: boolean): void => {
    actions.tick(METHODS.filter((one) => (one === method ? ticked : methods.includes(one))));
  };
  return html`<fieldset class="plain methods" ?disabled=${activity !== null || summary === null}>
    <legend class="label">${l10n.t('Methods')}</legend>
    ${METHODS.map((method) =>
      checkBox(nameOf(method), methods.includes(method), (ticked) => {
        toggle(method, ticked);
      }),
    )}
  </fieldset>`;
}

function startButtons(
  { summary, methods, isResumable, run }: EvaluationState,
  actions: ExperimentActions,
): TemplateResult {
  const isReady = summary !== null && methods.length > 0;
  return html`<div class="actions">
    <button
      class="button primary"
      type="button"
      ?disabled=${!isReady}
      @click=${() => {
        actions.run(false);
      }}
    >
      ${icon(isResumable ? 'debug-continue' : 'play')}${isResumable ? l10n.t('Resume') : l10n.t('Run')}
    </button>
    ${
      run === null
        ? nothing
        : html`<button
            class="button secondary"
            type="button"
            ?disabled=${!isReady}
            @click=${() => {
              actions.run(true);
            }}
          >
            ${icon('add')}${l10n.t('Run Once More')}
          </button>`
    }
    ${
      summary && summary.cells > 0
        ? html`<button class="button secondary" type="button" @click=${actions.sweep}>
            ${icon('symbol-color')}${l10n.t('Run the Sweep')}
          </button>`
        : nothing
    }
  </div>`;
}

function running(activity: EvaluationActivity, actions: ExperimentActions): TemplateResult {
  const { progress } = activity;
  const words = activityWords(activity);
  return html`<div class="running">
    <vscode-progress-bar
      aria-label=${words}
      .max=${progress?.of ?? 100}
      .value=${progress?.done}
      ?indeterminate=${progress === null}
    ></vscode-progress-bar>
    <div class="actions">
      <button class="button secondary" type="button" @click=${actions.stop}>
        ${icon('debug-stop')}${l10n.t('Stop')}
      </button>
      <span><strong>${words}</strong> <span class="hint">${progressWords(activity)}</span></span>
    </div>
  </div>`;
}
