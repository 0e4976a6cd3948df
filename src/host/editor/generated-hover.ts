import * as vscode from 'vscode';

import { describeDecision, explainDecision, percent } from '../codebook/edit-words.ts';
import { rangeOf } from './document-span.ts';
import type { GeneratedText, TokenAt } from './generated-text.ts';

/** Over a generated text: how likely the token was, what else might have been said, and which edit fired. */
export class GeneratedHover implements vscode.HoverProvider {
  readonly #generated: GeneratedText;

  constructor(generated: GeneratedText) {
    this.#generated = generated;
  }

  provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
    const found = this.#generated.at(document, document.offsetAt(position));
    return found && new vscode.Hover(describe(found), rangeOf(document, found.span));
  }
}

function describe({ token, decision }: TokenAt): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  const line = (said: string, logprob: number): string => `${visible(said)}  ${percent(logprob)}`;
  text.appendCodeblock(line(token.text, token.logprob), 'text');
  text.appendMarkdown('\n').appendText(vscode.l10n.t('Most likely here:')).appendMarkdown('\n');
  text.appendCodeblock(token.alternatives.map((other) => line(other.text, other.logprob)).join('\n'), 'text');
  text.appendMarkdown('\n').appendText(describeDecision(decision));
  const why = explainDecision(decision);
  if (why.length > 0) text.appendMarkdown('\n').appendCodeblock(why.join('\n'), 'text');
  return text;
}

/** A token with its white space to be seen. */
const visible = (text: string): string => text.replaceAll(' ', '␣').replaceAll('\n', '⏎').replaceAll('\t', '⇥');
