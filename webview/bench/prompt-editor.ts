import * as l10n from '@vscode/l10n';
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';

import type { BenchSettings, BenchState, PromptDraft } from '../../src/protocol/bench-state.ts';
import { BenchElement } from './bench-element.ts';
import './chat-editor.ts';
import { checkBox } from './choice.ts';
import { differs } from './differs.ts';
import { icon } from './icon.ts';
import { askWords, isWriter, promptHint } from './prompt-words.ts';
import { readerFields } from './reader-fields.ts';
import { settingsForm } from './settings-form.ts';
import type { ChatMessage } from '../../src/protocol/prompt.ts';

/** What the prompt's editor is shown, a part of the state. */
export type PromptState = Pick<BenchState, 'model' | 'activity' | 'prompt' | 'settings' | 'rendered'>;

/** What the prompt's editor does, beside writing. */
export interface PromptActions {
  readonly write: (input: { readonly prompt?: PromptDraft; readonly settings?: BenchSettings }) => void;
  readonly generate: () => void;
  readonly stop: () => void;
  readonly render: () => void;
}

/** What the model is asked: plain text, or a chat. */
export class PromptEditor extends BenchElement {
  static override properties: PropertyDeclarations = { state: { attribute: false, hasChanged: differs } };

  declare state: PromptState;
  declare actions: PromptActions;

  /** Puts the focus where a prompt is written. */
  focusPrompt(): void {
    void this.focusOn('#prompt-text, .message:last-of-type textarea');
  }

  protected override render(): TemplateResult {
    const { model, prompt, settings } = this.state;
    return html`<section class="card prompt" aria-labelledby="prompt-heading">
      <header class="card-head">
        <h2 id="prompt-heading">${l10n.t('Prompt')}</h2>
        ${isWriter(model) ? this.#kinds() : nothing}
      </header>
      ${prompt.kind === 'text' || !isWriter(model) ? this.#text() : this.#chat()}
      ${
        isWriter(model)
          ? settingsForm(settings, (changed) => {
              this.actions.write({ settings: changed });
            })
          : readerFields(model!, prompt, (changed) => {
              this.actions.write({ prompt: changed });
            })
      }
      ${this.#buttons()}
    </section>`;
  }

  #kinds(): TemplateResult {
    const { kind } = this.state.prompt;
    const without = this.#withoutTemplate();
    const option = (value: PromptDraft['kind'], label: string, reason: string | null): TemplateResult =>
      html`<label class=${reason === null ? '' : 'disabled'} title=${reason ?? nothing}>
        <input
          type="radio"
          name="prompt-kind"
          value=${value}
          .checked=${live(kind === value)}
          ?disabled=${reason !== null}
          aria-describedby=${reason === null ? nothing : 'no-chat'}
          @change=${() => {
            this.actions.write({ prompt: { ...this.state.prompt, kind: value } });
          }}
        />
        <span>${label}</span>
      </label>`;
    return html`<div class="kinds">
      ${without === null ? nothing : html`<span class="hint" id="no-chat">${without}</span>`}
      <div class="segments" role="radiogroup" aria-label=${l10n.t('Kind of prompt')}>
        ${option('text', l10n.t('Text'), null)} ${option('chat', l10n.t('Chat'), without)}
      </div>
    </div>`;
  }

  #withoutTemplate(): string | null {
    const { model } = this.state;
    return model && !model.chatTemplate ? l10n.t('This model has no chat template.') : null;
  }

  #text(): TemplateResult {
    const { prompt } = this.state;
    return html`<label class="visually-hidden" for="prompt-text">${l10n.t('Text of the prompt')}</label>
      <textarea
        id="prompt-text"
        class="control prompt-text"
        rows="3"
        placeholder=${promptHint(this.state.model)}
        .value=${live(prompt.text)}
        @input=${(event: Event) => {
          this.actions.write({ prompt: { ...prompt, text: (event.target as HTMLTextAreaElement).value } });
        }}
      ></textarea>`;
  }

  #chat(): TemplateResult {
    const { prompt, rendered } = this.state;
    return html`<grace-chat
        .messages=${prompt.messages}
        .changed=${(messages: readonly ChatMessage[]) => {
          this.actions.write({ prompt: { ...prompt, messages } });
        }}
      ></grace-chat>
      <button
        class="button secondary"
        type="button"
        aria-expanded=${rendered !== null}
        aria-controls="rendered"
        @click=${this.actions.render}
      >
        ${icon('code')}
        ${rendered === null ? l10n.t('Show as the template renders it') : l10n.t('Hide what the template renders')}
      </button>
      <div id="rendered">
        ${
          rendered === null
            ? nothing
            : html`<pre class="rendered" tabindex="0" role="region" aria-label=${l10n.t('The chat as rendered')}>
${rendered}</pre>`
        }
      </div>`;
  }

  #buttons(): TemplateResult {
    const { model, activity, settings } = this.state;
    const runs = activity === 'generating';
    const isBusy = activity !== null && !runs;
    return html`<div class="actions">
      <button
        class="button primary generate"
        type="button"
        aria-disabled=${isBusy ? 'true' : nothing}
        aria-keyshortcuts=${runs ? 'Escape' : 'Control+Enter Meta+Enter'}
        @click=${isBusy ? nothing : runs ? this.actions.stop : this.actions.generate}
      >
        ${icon(runs ? 'debug-stop' : 'play')} ${runs ? l10n.t('Stop') : askWords(model?.kind)}
        <kbd>${runs ? 'Esc' : shortcut()}</kbd>
      </button>
      <div class="checks">
        ${checkBox(l10n.t('Compare with and without edits'), settings.compare, (compare) => {
          this.actions.write({ settings: { ...settings, compare } });
        })}
        ${
          isWriter(model)
            ? checkBox(l10n.t('Compare with the fact in the prompt'), settings.inContext, (inContext) => {
                this.actions.write({ settings: { ...settings, inContext } });
              })
            : nothing
        }
      </div>
    </div>`;
  }
}

const shortcut = (): string => (navigator.platform.startsWith('Mac') ? '⌘⏎' : 'Ctrl+Enter');

customElements.define('grace-prompt', PromptEditor);
