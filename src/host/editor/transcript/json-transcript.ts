import type { ChatMessage, Prompt } from '../../../protocol/prompt.ts';
import type { Exchange } from './exchange.ts';
import { readJson, type JsonNode } from './json-node.ts';
import { lineAt } from './line.ts';
import { MappedText } from './mapped-text.ts';
import { roleOf } from './role.ts';
import { trimmed, type Span } from './span.ts';
import type { TranscriptDocument } from './transcript-document.ts';

type JsonObject = Extract<JsonNode, { kind: 'object' }>;
type JsonString = Extract<JsonNode, { kind: 'string' }>;

interface Asked {
  readonly asked: Prompt;
  readonly askedSpans: readonly Span[];
}

/** Of a text longer than this, only the line of the selection is read. */
const LARGEST = 8_000_000;

const ROLE = ['role', 'from'];
const CONTENT = ['content', 'value', 'text'];
const CHAT = ['messages', 'conversations', 'conversation', 'prompt'];
const QUESTION = ['prompt', 'question', 'query', 'instruction', 'input'];
/** What a record calls a text that has a label, the second of two that have one together, and the label. */
const LABELLED = ['text', 'sentence', 'sentence1', 'premise', ...QUESTION];
const PAIR = ['pair', 'text_pair', 'sentence2', 'hypothesis'];
const LABEL = ['label', 'intent', 'class', 'category'];
const ANSWER = ['completion', 'response', 'output', 'target', 'answer', 'generated_text', 'prediction'];

/** An answer in a line of a chat log, or anywhere in a JSON document; the selection is inside its string. */
export function findJsonTranscript(document: TranscriptDocument, selection: Span): Exchange | null {
  const path = pathTo(readAround(document, selection), selection);
  const [answer, parent, list] = path;
  if (parent?.kind !== 'object') return null;
  if (answer?.kind === 'other') return numberedLabel(document.text, parent, answer.span);
  if (answer?.kind !== 'string') return null;
  const asked = list?.kind === 'array' ? askedByChat(list.items, parent, answer) : null;
  const found = asked ?? askedByRecord(parent, answer) ?? askedByLabel(parent, answer);
  return found && { ...found, answer: answer.text, notation: { kind: 'json' } };
}

/** The JSON value of the selection's line, or of the whole document. */
function readAround({ text, language, path }: TranscriptDocument, selection: Span): JsonNode | null {
  const line = lineAt(text, selection.start);
  if (selection.end <= line.end && /^\s*[{[]/u.test(line.text)) {
    const node = readJson(text, trimmed(text, line));
    if (node) return node;
  }
  const isJson = language.startsWith('json') || /\.json$/iu.test(path);
  return isJson && text.length <= LARGEST ? readJson(text, { start: 0, end: text.length }) : null;
}

/** The string that the selection is in and what it is in, the innermost first. */
function pathTo(node: JsonNode | null, selection: Span): readonly JsonNode[] {
  if (!node || selection.start < node.span.start || selection.end > node.span.end) return [];
  if (node.kind === 'string') return [node];
  if (node.kind === 'other') return [node];
  const children = node.kind === 'array' ? node.items : node.members.map(({ value }) => value);
  for (const child of children) {
    const path = pathTo(child, selection);
    if (path.length > 0) return [...path, node];
  }
  return [];
}

function askedByChat(items: readonly JsonNode[], message: JsonObject, answer: JsonString): Asked | null {
  if (memberOf(message, CONTENT) !== answer || roleIn(message) !== 'assistant') return null;
  return chatOf(items.slice(0, items.indexOf(message)));
}

function askedByRecord(record: JsonObject, answer: JsonString): Asked | null {
  if (!record.members.some(({ name, value }) => value === answer && ANSWER.includes(name))) return null;
  const chat = memberOf(record, CHAT, 'array');
  if (chat?.kind === 'array') return chatOf(chat.items);
  const questions = record.members.flatMap(({ name, value }) =>
    QUESTION.includes(name) && value.kind === 'string' && value.text.text.trim() !== '' ? [value] : [],
  );
  // With two, an instruction and its input, only the one who wrote them knows how they are put together.
  if (questions.length !== 1) return null;
  const question = questions[0]!;
  return { asked: { kind: 'text', text: question.text.text }, askedSpans: [question.span] };
}

/** A text that has a label, perhaps together with a second one. */
function askedByLabel(record: JsonObject, label: JsonNode): Asked | null {
  if (!record.members.some(({ name, value }) => value === label && LABEL.includes(name))) return null;
  const [text, pair] = [memberOf(record, LABELLED), memberOf(record, PAIR)];
  if (text?.kind !== 'string' || text.text.text.trim() === '') return null;
  if (pair?.kind !== 'string') return { asked: { kind: 'text', text: text.text.text }, askedSpans: [text.span] };
  return { asked: { kind: 'text', text: text.text.text, pair: pair.text.text }, askedSpans: [text.span, pair.span] };
}

/** Data sets often have the number of a label for its name. */
function numberedLabel(document: string, record: JsonObject, span: Span): Exchange | null {
  const answer = MappedText.verbatim(document, span);
  const label = record.members.find(({ value }) => value.span.start === span.start)?.value;
  const found = label && /^\d+$/u.test(answer.text) ? askedByLabel(record, label) : null;
  return found && { ...found, answer, notation: { kind: 'number', labels: [] } };
}

function chatOf(items: readonly JsonNode[]): Asked | null {
  const messages: ChatMessage[] = [];
  const askedSpans: Span[] = [];
  for (const item of items) {
    const content = item.kind === 'object' ? memberOf(item, CONTENT) : undefined;
    const role = item.kind === 'object' ? roleIn(item) : undefined;
    if (content?.kind !== 'string' || role === undefined) return null;
    messages.push({ role, content: content.text.text });
    askedSpans.push(content.span);
  }
  return messages.length === 0 ? null : { asked: { kind: 'chat', messages }, askedSpans };
}

function memberOf(
  { members }: JsonObject,
  names: readonly string[],
  kind: JsonNode['kind'] = 'string',
): JsonNode | undefined {
  return members.find(({ name, value }) => names.includes(name) && value.kind === kind)?.value;
}

/** A role that no transcript has another name for is left to the model's template. */
function roleIn(message: JsonObject): string | undefined {
  const role = memberOf(message, ROLE);
  return role?.kind === 'string' ? (roleOf(role.text.text) ?? role.text.text) : undefined;
}
