import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';

import { run } from './command.ts';

/** Names under which Chromium and Chrome are installed. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
};

const isRoot = (): boolean => process.getuid?.() === 0;

/** The path of an installed Chromium or Chrome: the one that CHROME_PATH names, or the first that is found. */
export function findChromium(): string | undefined {
  const named = process.env['CHROME_PATH'];
  if (named !== undefined && named !== '') {
    if (isProgram(named)) return named;
    throw new Error(`CHROME_PATH names ${named}, which is not a program.`);
  }
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const files = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return [...files, ...APPLICATIONS].find(isProgram);
}

/** Installs Debian's package, which needs root or a sudo that asks for no password. */
async function installChromium(): Promise<void> {
  const [program, ...first] = isRoot() ? ['apt-get'] : ['sudo', '-n', 'apt-get'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // A fresh container has no lists of packages, and old lists name files that are gone.
  await run(program, [...first, 'update'], { env });
  await run(program, [...first, 'install', '-y', '--no-install-recommends', 'chromium'], { env });
}

/** The path of a Chromium, which is installed first if there is none. */
export async function provideChromium(): Promise<string> {
  const installed = findChromium();
  if (installed !== undefined) return installed;
  const cause = await installChromium().catch((error: unknown) => error);
  const found = findChromium();
  if (found !== undefined) return found;
  const advice = 'Install Chromium or Chrome, or set GRACE_SKIP_WORKBENCH=1 to leave out the tests that need it.';
  throw new Error(`There is no browser, and none could be installed. ${advice}`, { cause });
}

/** Starts it without a window. */
export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      // Chromium's sandbox does not work for root.
      ...(isRoot() ? ['--no-sandbox'] : []),
      // Containers have little shared memory, and a page that finds none left crashes.
      '--disable-dev-shm-usage',
    ],
  });
}
