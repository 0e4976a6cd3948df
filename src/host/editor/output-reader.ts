import * as vscode from 'vscode';

import { CodedError } from '../../protocol/coded-error.ts';
import type { ModelDescription } from '../../protocol/model-description.ts';
import { spanOf } from './document-span.ts';
import { ReachPicker } from './reach-picker.ts';
import { continueOutput, type ContinuedOutput } from './transcript/continued-output.ts';
import { findExchange } from './transcript/find-exchange.ts';
import { exchangeOf, reachesBefore, type Reach, type ReachKind } from './transcript/reach.ts';
import { findLabelled, isLabel, selectUnlabelled } from './transcript/labelled-output.ts';
import { selectAnswer, selectOutput, type SelectedOutput } from './transcript/selected-output.ts';
import { trimmed, type Span } from './transcript/span.ts';
import type { TranscriptDocument } from './transcript/transcript-document.ts';

/** The open model, as far as it is known; null where none is. */
export type KnownModel = Pick<ModelDescription, 'kind' | 'labels'> | null;

/** Finds out what the model was asked, from the document where it says so, and from the person where it does not. */
export class OutputReader implements vscode.Disposable {
  readonly #picker = new ReachPicker();
  /** How far back prompts reach in documents where the person has been asked for the place of a cursor. */
  readonly #reaches = new WeakMap<vscode.TextDocument, ReachKind>();

  /** The selection as a part of an answer; undefined when the person turns away. */
  async selected(
    editor: vscode.TextEditor,
    selection: vscode.Range,
    model: KnownModel,
  ): Promise<SelectedOutput | undefined> {
    const document = transcriptOf(editor.document);
    const span = trimmed(document.text, spanOf(editor.document, selection));
    if (span.start === span.end) throw nothingSelected();
    if (model?.kind === 'classifier') return this.#labelled(editor, document, span, model.labels ?? []);
    const exchange = findExchange(document, span);
    // Masks are filled all at once.
    const found = exchange && (model?.kind === 'masked' ? selectAnswer(exchange) : selectOutput(exchange, span));
    if (found) return found;
    const reach = await this.#pick(editor, document, span.start);
    return reach && required(selectOutput(exchangeOf(document.text, reach, span), span));
  }

  /** The answer that goes on at an offset of the document; undefined when the person turns away. */
  async continued(editor: vscode.TextEditor, offset: number): Promise<ContinuedOutput | undefined> {
    const document = transcriptOf(editor.document);
    const place = { start: offset, end: offset };
    const exchange = findExchange(document, place);
    const found = exchange && continueOutput(exchange, offset);
    if (found) return found;
    const reach = await this.#remembered(editor, document, offset);
    return reach && required(continueOutput(exchangeOf(document.text, reach, place), offset));
  }

  dispose(): void {
    this.#picker.dispose();
  }

  /** A text and its label; a text alone is one that has no label yet. */
  async #labelled(
    editor: vscode.TextEditor,
    document: TranscriptDocument,
    span: Span,
    labels: readonly string[],
  ): Promise<SelectedOutput | undefined> {
    const found = findLabelled(document, span, labels);
    if (found) return found;
    if (!isLabel(document.text.slice(span.start, span.end), labels)) return selectUnlabelled(document, span);
    const reach = await this.#pick(editor, document, span.start);
    return reach && required(selectOutput(exchangeOf(document.text, reach, span), span));
  }

  async #remembered(editor: vscode.TextEditor, document: TranscriptDocument, end: number): Promise<Reach | undefined> {
    const before = this.#reaches.get(editor.document);
    const same = reachesBefore(document.text, end).find(({ kind }) => kind === before);
    const reach = same ?? (await this.#pick(editor, document, end));
    if (reach) this.#reaches.set(editor.document, reach.kind);
    return reach;
  }

  async #pick(editor: vscode.TextEditor, { text }: TranscriptDocument, end: number): Promise<Reach | undefined> {
    const reaches = reachesBefore(text, end);
    if (reaches.length === 0) throw nothingAsked();
    return this.#picker.pick(editor, reaches, end);
  }
}

function transcriptOf(document: vscode.TextDocument): TranscriptDocument {
  return { text: document.getText(), language: document.languageId, path: document.uri.path };
}

function required<Found>(found: Found | null): Found {
  if (found === null) throw nothingAsked();
  return found;
}

const nothingSelected = (): CodedError =>
  new CodedError(
    'bad-argument',
    vscode.l10n.t('Only white space is selected.'),
    vscode.l10n.t('Select what the model got wrong.'),
  );

const nothingAsked = (): CodedError =>
  new CodedError(
    'bad-argument',
    vscode.l10n.t('Nothing stands before it that could be its prompt.'),
    vscode.l10n.t('Write before it what the model was asked, or use the Edit Bench.'),
  );
