import * as l10n from '@vscode/l10n';
import { html, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';

import type { BenchModel, PromptDraft } from '../../src/protocol/bench-state.ts';
import { icon } from './icon.ts';

/** What else a model that reads a text, and writes none, is asked with: its mask, and a second text. */
export function readerFields(
  { mask }: BenchModel,
  prompt: PromptDraft,
  changed: (prompt: PromptDraft) => void,
): TemplateResult {
  const { pair = '' } = prompt;
  return html`${mask === null ? '' : maskButton(mask, prompt, changed)}
    <details class="fold">
      <summary>
        <span class="fold-title">${l10n.t('Second text')}</span>
        <span class="fold-summary">${pair === '' ? l10n.t('for models that judge two') : pair}</span>
      </summary>
      <label class="visually-hidden" for="prompt-pair">${l10n.t('Second text')}</label>
      <textarea
        id="prompt-pair"
        class="control"
        rows="2"
        .value=${live(pair)}
        @input=${(event: Event) => {
          changed({ ...prompt, pair: (event.target as HTMLTextAreaElement).value });
        }}
      ></textarea>
    </details>`;
}

function maskButton(mask: string, prompt: PromptDraft, changed: (prompt: PromptDraft) => void): TemplateResult {
  return html`<button
    class="button secondary mask-button"
    type="button"
    @click=${(event: Event) => {
      insert(mask, (event.currentTarget as Element).closest('grace-prompt'), prompt, changed);
    }}
  >
    ${icon('add')} ${l10n.t('Insert {0}', mask)}
  </button>`;
}

/** Puts a mask where the cursor is, in place of what is selected, and the cursor behind it. */
function insert(
  mask: string,
  editor: Element | null,
  prompt: PromptDraft,
  changed: (prompt: PromptDraft) => void,
): void {
  const field = editor?.querySelector<HTMLTextAreaElement>('#prompt-text');
  if (!field) return;
  field.setRangeText(mask, field.selectionStart, field.selectionEnd, 'end');
  changed({ ...prompt, text: field.value });
  field.focus();
}
