import { html, type TemplateResult } from 'lit';

/** Called with the edit that a person wants to see. */
export type RevealEdit = (edit: number) => void;

/** An edit's name that leads to it in the codebook. */
export function editLink(edit: number, label: string, reveal: RevealEdit): TemplateResult {
  // No white space around the label: it stands in sentences.
  return html`<button
    class="link"
    type="button"
    @click=${() => {
      reveal(edit);
    }}
    .textContent=${label}
  ></button>`;
}

/** Stands in a sentence for what is not text, while the sentence is translated. */
export const HOLE = '\uFFFC';

/** A sentence with its hole filled. */
export function filled(sentence: string, filling: TemplateResult): TemplateResult {
  const [before = '', after = ''] = sentence.split(HOLE);
  return html`${before}${filling}${after}`;
}
