/** Text from models, prompts and files, made fit for places of VS Code that read more into it than its characters. */

/** One line of at most `length` characters, the end cut off. */
export function brief(text: string, length: number): string {
  const line = oneLine(text);
  // Cheaper than counting characters, and right for almost all text.
  if (line.length <= length) return line;
  const characters = Array.from(line);
  return characters.length <= length ? line : `${characters.slice(0, length - 1).join('')}…`;
}

/** One line of at most `length` characters, the beginning cut off at a space if there is one: prompts differ at their ends. */
export function ending(text: string, length: number): string {
  const characters = Array.from(oneLine(text));
  if (characters.length <= length) return characters.join('');
  const end = characters.slice(1 - length).join('');
  return `…${end.slice(end.indexOf(' ') + 1)}`;
}

/** For messages, which make links, to commands too, of `[text](address)`. */
export const withoutLinks = (text: string): string => text.replaceAll('](', '] (');

/** For quick picks, which make icons of `$(name)`. */
export const withoutIcons = (text: string): string => text.replaceAll(/\$\([a-z0-9-]+(?:~[a-z]+)?\)/gi, '\\$&');

/** For Markdown: a block in which nothing means anything. */
export function fenced(text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

/** For one line of Markdown: what would begin a link, code, emphasis or HTML is written out. */
export const escaped = (text: string): string => oneLine(text).replaceAll(/[\\`*_[\]<>|#]/g, '\\$&');

/** For Markdown: text whose lines end where its box does, and in which every mark stands for itself. */
export const prose = (text: string): string =>
  text
    .split('\n')
    .map((line) => oneLine(line).replaceAll(/[!-/:-@[-`{-~]/g, '\\$&'))
    .join('  \n');

/** For a terminal: its own line ends, and nothing that moves its cursor or colours it. */
export const forTerminal = (text: string): string =>
  text.replaceAll(/\r?\n/g, '\r\n').replaceAll(/(?![\r\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, ' ');

// Control characters and those that turn the direction of what follows them would spoil the line that they are shown in.
const oneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
