import { html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from 'lit';

import { BenchElement } from './bench-element.ts';

/** What is asked for; a number that is not within its bounds counts as none. */
export interface NumberQuestion {
  readonly id: string;
  readonly label: string;
  readonly help?: string;
  readonly least: number;
  readonly most?: number;
  readonly whole?: boolean;
  /** Shown where nothing is written: what then holds. */
  readonly otherwise?: string;
}

/** A field for a number; null where nothing is written. What a person is writing is never put right under their hands. */
export class NumberField extends BenchElement {
  static override properties: PropertyDeclarations = {
    question: { attribute: false },
    value: { attribute: false },
    invalid: { state: true },
  };

  declare question: NumberQuestion;
  declare value: number | null;
  declare changed: (value: number | null) => void;
  declare private invalid: boolean;

  constructor() {
    super();
    this.invalid = false;
  }

  protected override render(): TemplateResult {
    const { id, label, help, otherwise, whole = false } = this.question;
    return html`<div class="field">
      <label for=${id}>${label}</label>
      <input
        id=${id}
        class="control"
        type="text"
        inputmode=${whole ? 'numeric' : 'decimal'}
        autocomplete="off"
        spellcheck="false"
        placeholder=${otherwise ?? nothing}
        aria-invalid=${this.invalid ? 'true' : nothing}
        aria-describedby=${help === undefined ? nothing : `${id}-help`}
        @input=${this.#input}
        @blur=${this.#blur}
      />
      ${help === undefined ? nothing : html`<p class="help" id="${id}-help">${help}</p>`}
    </div>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('value') && document.activeElement !== this.#control) this.#showValue();
  }

  get #control(): HTMLInputElement {
    return this.querySelector('input')!;
  }

  readonly #input = (): void => {
    const value = this.#read();
    this.invalid = value === undefined;
    if (value !== undefined) this.changed(value);
  };

  readonly #blur = (): void => {
    this.invalid = false;
    this.#showValue();
  };

  #showValue(): void {
    this.#control.value = this.value === null ? '' : String(this.value);
  }

  /** What is written: null for nothing, undefined for what is no number, or none that is asked for. */
  #read(): number | null | undefined {
    const text = this.#control.value.trim().replace(',', '.');
    const { least, most = Infinity, whole = false, otherwise } = this.question;
    if (text === '') return otherwise === undefined ? undefined : null;
    const value = Number(text);
    const isRight =
      Number.isFinite(value) && value >= least && value <= most && (!whole || Number.isSafeInteger(value));
    return isRight ? value : undefined;
  }
}

customElements.define('grace-number', NumberField);

/** A {@link NumberField}. */
export function numberField(
  question: NumberQuestion,
  value: number | null,
  changed: (value: number | null) => void,
): TemplateResult {
  return html`<grace-number .question=${question} .value=${value} .changed=${changed}></grace-number>`;
}
