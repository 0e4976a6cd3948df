// Opens VS Code with the extension as it is in this folder: `npm start`. The user's own VS Code if there is a `code`, otherwise
// the one that the tests use, in a browser, until Ctrl+C.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
process.chdir(root);
const workspace = existsSync('examples') ? path.join(root, 'examples') : undefined;

const run = (...command) => execFileSync(process.execPath, command, { stdio: 'inherit' });

/** Whether the user's own VS Code took it over; its command ends at once. */
function openInstalled() {
  const options = [
    '--new-window',
    `--extensionDevelopmentPath=${root}`,
    ...(workspace === undefined ? [] : [workspace]),
  ];
  // On Windows the command is a batch file, which only a shell runs.
  const shell = process.platform === 'win32';
  return (
    spawnSync('code', shell ? options.map((option) => `"${option}"`) : options, { stdio: 'inherit', shell }).status ===
    0
  );
}

/** Shows an address in the user's browser, where there is one. */
function browse(url) {
  const onScreen = ['DISPLAY', 'WAYLAND_DISPLAY'].some((name) => process.env[name]);
  const program = process.platform === 'darwin' ? 'open' : onScreen ? 'xdg-open' : undefined;
  if (program === undefined) return;
  const opening = spawn(program, [url], { stdio: 'ignore', detached: true });
  // Then the printed address has to do.
  opening.once('error', () => undefined);
  opening.unref();
}

async function openServer() {
  const parts = ['installation', 'server'].map((name) => `test/workbench/support/${name}`);
  run('esbuild.mjs', ...parts.map((part) => `${part}.ts`));
  const [{ installVisualStudioCode }, { Server }] = await Promise.all(
    parts.map((part) => import(`../dist/${part}.js`)),
  );
  console.log(
    'There is no `code` on the path: starting the VS Code of the tests, which is installed first if it is not there.',
  );
  const server = await Server.start(await installVisualStudioCode());
  const interrupted = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, resolve);
  });
  const url = server.url(workspace, root);
  console.log(`\n  ${url}\n\nReload the page after another build. Ctrl+C ends it.`);
  browse(url);
  // A signal alone keeps no process running.
  const alive = setInterval(() => undefined, 2 ** 30);
  await interrupted;
  clearInterval(alive);
  await server.dispose();
}

run('esbuild.mjs');
if (!openInstalled()) await openServer();
