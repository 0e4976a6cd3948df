import { html, type TemplateResult } from 'lit';

/**
 * A picture from VS Code's own set, beside words that say the same. The page's style sheet of icons serves all of them; the
 * element that @vscode-elements has for icons loads that sheet anew for each.
 */
export function icon(name: string): TemplateResult {
  return html`<span class="codicon codicon-${name}" aria-hidden="true"></span>`;
}
