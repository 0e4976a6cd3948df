import { existsSync, readFileSync } from 'node:fs';

interface Command {
  readonly command: string;
  readonly title: string;
  readonly category?: string;
  readonly enablement?: string;
}

interface Manifest {
  readonly displayName: string;
  readonly contributes: {
    readonly commands: readonly Command[];
    readonly menus?: { readonly commandPalette?: readonly { readonly command: string; readonly when?: string }[] };
  };
}

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

/** package.json with the English texts of package.nls.json in their places; the current folder is the repository. */
export function readManifest(): Manifest {
  const texts = (existsSync('package.nls.json') ? read('package.nls.json') : {}) as Readonly<Record<string, string>>;
  const translate = (value: unknown): unknown =>
    typeof value === 'string' ? (texts[/^%(.+)%$/.exec(value)?.[1] ?? ''] ?? value) : value;
  return JSON.parse(JSON.stringify(read('package.json')), (_, value: unknown) => translate(value)) as Manifest;
}

const shown = ({ title, category }: Command): string => (category === undefined ? title : `${category}: ${title}`);

/** What the palette calls a command of the extension: `GRACE: Try the Demo`. */
export function commandTitle(id: string): string {
  const command = readManifest().contributes.commands.find(({ command: name }) => name === id);
  if (command === undefined) throw new Error(`package.json has no command ${id}.`);
  return shown(command);
}

/** What the palette shows of the extension whatever the circumstances. */
export function titlesAlwaysInPalette(): readonly string[] {
  const { commands, menus } = readManifest().contributes;
  const conditional = new Set((menus?.commandPalette ?? []).map(({ command }) => command));
  return commands
    .filter(({ command, enablement }) => enablement === undefined && !conditional.has(command))
    .map((command) => shown(command));
}
