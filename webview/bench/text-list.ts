import * as l10n from '@vscode/l10n';
import { html, type PropertyDeclarations, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';

import { BenchElement } from './bench-element.ts';
import { icon } from './icon.ts';

export interface TextListQuestion {
  readonly id: string;
  readonly label: string;
  readonly help: string;
  /** The label of the nth, from 1. */
  readonly item: (number: number) => string;
  readonly add: string;
  readonly remove: (number: number) => string;
}

/** A list of texts to which a person adds and from which they remove. */
export class TextList extends BenchElement {
  static override properties: PropertyDeclarations = {
    question: { attribute: false },
    texts: { attribute: false },
  };

  declare question: TextListQuestion;
  declare texts: readonly string[];
  declare changed: (texts: readonly string[]) => void;

  protected override render(): TemplateResult {
    const { id, label, help, add } = this.question;
    return html`<fieldset class="text-list" aria-describedby="${id}-help">
      <legend>${label}</legend>
      <p class="help" id="${id}-help">${help}</p>
      ${this.texts.map((text, index) => this.#item(text, index))}
      <button class="button secondary" type="button" data-add @click=${this.#add}>${icon('add')} ${add}</button>
    </fieldset>`;
  }

  #item(text: string, index: number): TemplateResult {
    const { item, remove } = this.question;
    return html`<div class="text-item">
      <textarea
        class="control"
        rows="1"
        aria-label=${item(index + 1)}
        .value=${live(text)}
        @input=${(event: Event) => {
          this.changed(this.texts.with(index, (event.target as HTMLTextAreaElement).value));
        }}
      ></textarea>
      <button
        class="button icon-only"
        type="button"
        title=${l10n.t('Remove')}
        aria-label=${remove(index + 1)}
        @click=${() => {
          this.#remove(index);
        }}
      >
        ${icon('close')}
      </button>
    </div>`;
  }

  readonly #add = (): void => {
    this.changed([...this.texts, '']);
    void this.focusOn('.text-item:last-of-type textarea');
  };

  #remove(index: number): void {
    this.changed(this.texts.toSpliced(index, 1));
    void this.focusOn('[data-add]');
  }
}

customElements.define('grace-texts', TextList);

/** A {@link TextList}. */
export function textList(
  question: TextListQuestion,
  texts: readonly string[],
  changed: (texts: readonly string[]) => void,
): TemplateResult {
  return html`<grace-texts .question=${question} .texts=${texts} .changed=${changed}></grace-texts>`;
}
