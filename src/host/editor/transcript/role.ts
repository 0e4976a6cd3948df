const NAMES: Readonly<Record<string, string>> = {
  user: 'user',
  human: 'user',
  prompt: 'user',
  question: 'user',
  you: 'user',
  assistant: 'assistant',
  model: 'assistant',
  ai: 'assistant',
  bot: 'assistant',
  gpt: 'assistant',
  answer: 'assistant',
  output: 'assistant',
  system: 'system',
};

/** The role that chat templates know for a name that transcripts use; undefined when it is no such name. */
export function roleOf(name: string): string | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(NAMES, key) ? NAMES[key] : undefined;
}
