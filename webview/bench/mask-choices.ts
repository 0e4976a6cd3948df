import * as l10n from '@vscode/l10n';
import { html, type TemplateResult } from 'lit';

import type { GeneratedToken } from '../../src/protocol/generation.ts';

/** What a model might have put at the masks instead: one click takes a word for its mask, and leaves the others. */
export function maskChoices(
  tokens: readonly GeneratedToken[],
  target: string,
  choose: (target: string) => void,
): TemplateResult {
  const said = tokens.map(({ text }) => text.trim());
  const written = target.trim().split(/\s+/u);
  const words = written.length === tokens.length && target.trim() !== '' ? written : said;
  const choice = (word: string, at: number): TemplateResult =>
    html`<button
      class="button secondary mask-choice"
      type="button"
      aria-pressed=${words[at] === word && target.trim() !== ''}
      @click=${() => {
        choose(words.with(at, word).join(' '));
      }}
    >
      ${word}
    </button>`;
  return html`${tokens.map(({ alternatives }, at) => {
    const others = alternatives.map(({ text }) => text.trim()).filter((word) => word !== '' && word !== said[at]);
    const name = tokens.length === 1 ? l10n.t('Also likely:') : l10n.t('Also likely at mask {0}:', at + 1);
    return html`<div class="mask-choices" role="group" aria-label=${name}>
      <span class="help">${name}</span> ${[...new Set(others)].map((word) => choice(word, at))}
    </div>`;
  })}`;
}
