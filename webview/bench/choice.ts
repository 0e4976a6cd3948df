import { html, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';

/** A choice of one among a few, in VS Code's manner. */
export function choice<Value extends string>(
  question: { readonly id: string; readonly label: string; readonly disabled?: boolean },
  value: Value,
  options: readonly { readonly value: Value; readonly label: string }[],
  changed: (value: Value) => void,
): TemplateResult {
  const { id, label, disabled = false } = question;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <span class="select">
      <select
        id=${id}
        class="control"
        ?disabled=${disabled}
        .value=${live(value)}
        @change=${(event: Event) => {
          changed((event.target as HTMLSelectElement).value as Value);
        }}
      >
        ${options.map((option) => html`<option value=${option.value} ?selected=${option.value === value}>${option.label}</option>`)}
      </select>
    </span>
  </div>`;
}

/** A box to tick, with its words. */
export function checkBox(label: string, checked: boolean, changed: (checked: boolean) => void): TemplateResult {
  return html`<label class="check">
    <input
      type="checkbox"
      .checked=${live(checked)}
      @change=${(event: Event) => {
        changed((event.target as HTMLInputElement).checked);
      }}
    />
    <span>${label}</span>
  </label>`;
}
