import * as l10n from '@vscode/l10n';
import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';

import type { BenchRun } from '../../src/protocol/bench-state.ts';
import { answerText } from './answer-text.ts';
import { decisionWords } from './decision-line.ts';
import { excerpt } from './words.ts';

/** Tokens of an answer that a line shows. */
const SHOWN_TOKENS = 24;

/** The generations of this session, the newest first. */
export function historyList(
  runs: readonly BenchRun[],
  shown: number | null,
  show: (run: number) => void,
  reuse: (run: BenchRun) => void,
): TemplateResult | typeof nothing {
  if (runs.length === 0) return nothing;
  return html`<section class="card history" aria-labelledby="history-heading">
    <header class="card-head"><h2 id="history-heading">${l10n.t('History')}</h2></header>
    <ol reversed>
      ${repeat(
        runs.toReversed(),
        ({ run }) => run,
        (run) => item(run, run.run === shown, show, reuse),
      )}
    </ol>
  </section>`;
}

function item(
  run: BenchRun,
  isShown: boolean,
  show: (run: number) => void,
  reuse: (run: BenchRun) => void,
): TemplateResult {
  const output = run.outputs.edited;
  const decision = output?.decision;
  const answer = output ? answerText(output, SHOWN_TOKENS) : '';
  const time = new Date(run.at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  return html`<li class=${isShown ? 'current' : ''}>
    <button
      class="history-item"
      type="button"
      aria-current=${isShown ? 'true' : nothing}
      @click=${() => {
        show(run.run);
      }}
    >
      <span class="history-prompt">${excerpt(run.prompt)}</span>
      <span class="history-answer">${answer}</span>
      <span class="history-meta">
        ${time}${decision ? html` · ${decisionWords(decision)}` : nothing}${run.outputs.unedited ? html` · ${l10n.t('compared')}` : nothing}
      </span>
    </button>
    ${
      isShown
        ? html`<button
            class="link"
            type="button"
            @click=${() => {
              reuse(run);
            }}
          >
            ${l10n.t('Use this prompt')}
          </button>`
        : nothing
    }
  </li>`;
}
