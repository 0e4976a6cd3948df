/** A text document as much of it as is needed to find a transcript in it. */
export interface TranscriptDocument {
  readonly text: string;
  /** VS Code's language identifier. */
  readonly language: string;
  readonly path: string;
}

/** Whether a person wrote it for people: such a document is not searched for chats if it is a program. */
export function isProse({ language }: TranscriptDocument): boolean {
  return ['plaintext', 'markdown', 'log', 'quarto', 'restructuredtext'].includes(language);
}
