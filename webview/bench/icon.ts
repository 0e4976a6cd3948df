import { html, type TemplateResult } from 'lit';

/** A picture from VS Code's own set, beside words that say the same. */
export function icon(name: string): TemplateResult {
  return html`<vscode-icon name=${name} aria-hidden="true"></vscode-icon>`;
}
