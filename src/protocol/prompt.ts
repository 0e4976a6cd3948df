/** One turn of a chat, as Hugging Face chat templates take it. */
export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** What a model is asked: plain text, or a chat that the model's own template renders. */
export type Prompt =
  | {
      readonly kind: 'text';
      readonly text: string;
      /** A second text, for models that judge two together. */
      readonly pair?: string | undefined;
    }
  | {
      readonly kind: 'chat';
      readonly messages: readonly ChatMessage[];
      /** What the assistant has said of its answer so far; the model goes on from there. */
      readonly answer?: string | undefined;
    };
