import * as l10n from '@vscode/l10n';
import { html, type PropertyDeclarations, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';

import type { ChatMessage } from '../../src/protocol/prompt.ts';
import { BenchElement, shown } from './bench-element.ts';
import { icon } from './icon.ts';

const ROLES = ['system', 'user', 'assistant', 'tool'];

/** The messages of a chat, to write, add, remove and reorder. */
export class ChatEditor extends BenchElement {
  static override properties: PropertyDeclarations = { messages: { attribute: false } };

  declare messages: readonly ChatMessage[];
  declare changed: (messages: readonly ChatMessage[]) => void;

  protected override render(): TemplateResult {
    return html`<ol class="messages" aria-label=${l10n.t('Messages')}>
        ${this.messages.map((message, index) => this.#message(message, index))}
      </ol>
      <button class="button secondary" type="button" data-add @click=${this.#add}>
        ${icon('add')} ${l10n.t('Add a message')}
      </button>`;
  }

  #message({ role, content }: ChatMessage, index: number): TemplateResult {
    const number = index + 1;
    const roles = ROLES.includes(role) ? ROLES : [...ROLES, role];
    return html`<li class="message">
      <div class="message-head">
        <span class="select">
          <select
            class="control"
            aria-label=${l10n.t('Role of message {0}', number)}
            .value=${live(role)}
            @change=${(event: Event) => {
              this.#set(index, { role: (event.target as HTMLSelectElement).value, content });
            }}
          >
            ${roles.map((name) => html`<option value=${name} ?selected=${name === role}>${name}</option>`)}
          </select>
        </span>
        <span class="message-actions">
          ${this.#button('arrow-up', l10n.t('Move message {0} up', number), index === 0, () => {
            this.#move(index, index - 1);
          })}
          ${this.#button('arrow-down', l10n.t('Move message {0} down', number), number === this.messages.length, () => {
            this.#move(index, index + 1);
          })}
          ${this.#button('close', l10n.t('Remove message {0}', number), this.messages.length === 1, () => {
            this.changed(this.messages.toSpliced(index, 1));
            void this.focusOn('[data-add]');
          })}
        </span>
      </div>
      <textarea
        class="control"
        rows="2"
        aria-label=${l10n.t('Message {0}', number)}
        .value=${live(content)}
        @input=${(event: Event) => {
          this.#set(index, { role, content: (event.target as HTMLTextAreaElement).value });
        }}
        @keydown=${(event: KeyboardEvent) => {
          const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
          if (!event.altKey || step === 0) return;
          event.preventDefault();
          this.#move(index, index + step, 'textarea');
        }}
      ></textarea>
    </li>`;
  }

  #button(name: string, label: string, disabled: boolean, clicked: () => void): TemplateResult {
    return html`<button
      class="button icon-only"
      type="button"
      title=${label}
      aria-label=${label}
      data-icon=${name}
      ?disabled=${disabled}
      @click=${clicked}
    >
      ${icon(name)}
    </button>`;
  }

  #set(index: number, message: ChatMessage): void {
    this.changed(this.messages.with(index, message));
  }

  /** The focus goes along with the message. */
  #move(from: number, to: number, focus = `[data-icon=arrow-${to < from ? 'up' : 'down'}]:enabled, textarea`): void {
    const message = this.messages[from]!;
    if (to < 0 || to >= this.messages.length) return;
    this.changed(this.messages.toSpliced(from, 1).toSpliced(to, 0, message));
    void shown().then(() => {
      this.querySelectorAll('.message')[to]?.querySelector<HTMLElement>(focus)?.focus();
    });
  }

  readonly #add = (): void => {
    const role = this.messages.at(-1)?.role === 'user' ? 'assistant' : 'user';
    this.changed([...this.messages, { role, content: '' }]);
    void this.focusOn('.message:last-of-type textarea');
  };
}

customElements.define('grace-chat', ChatEditor);
