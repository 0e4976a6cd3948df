/**
 * Measures the extension in a real VS Code: `npm run bench:activation -- --windows 5`. Prints one line of JSON: how long its
 * activation takes, how many engines run before one is asked for (none may), and what the extension host holds more with the
 * active extension than without it. Exit code 1 if it is more than is allowed.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';

import { launchChromium } from '../test/support/chromium.ts';
import { provideEquipment } from '../test/workbench/support/equipment.ts';
import { memoryOf, type MemoryUse } from '../test/workbench/support/inspected-process.ts';
import type { Installation } from '../test/workbench/support/installation.ts';
import { commandTitle, readManifest } from '../test/workbench/support/manifest.ts';
import { Server } from '../test/workbench/support/server.ts';
import { Workbench } from '../test/workbench/support/workbench.ts';

const ALLOWED = { activationMilliseconds: 50, engines: 0, heapMegabytes: 10 };

/** Until VS Code has done what it does after its start, and after an activation. */
const SETTLES_WITHIN = 8_000;

interface Window extends MemoryUse {
  readonly activation: number | undefined;
  readonly engines: number;
}

const { values } = parseArgs({ options: { windows: { type: 'string', default: '5' } } });
const { displayName } = readManifest();

async function measure(server: Server, browser: Browser, activate: boolean): Promise<Window> {
  const workbench = await Workbench.open(browser, server);
  try {
    // A command is what activates the extension, and nobody gives one while the window is still being made.
    await delay(SETTLES_WITHIN);
    if (activate) await workbench.runCommand(commandTitle('grace.showLog'));
    await delay(SETTLES_WITHIN);
    // Both kinds of window open the same editor.
    const activation = await workbench.activation(displayName);
    const host = (await server.extensionHosts()).at(-1);
    if (host === undefined) throw new Error('There is no extension host.');
    return { activation, engines: (await server.engines()).length, ...(await memoryOf(host.id, server, browser)) };
  } finally {
    await workbench.close();
  }
}

/** Each window has a server of its own, so that none finds what another left. */
async function measureAll(
  installation: Installation,
  browser: Browser,
  extension?: string,
): Promise<readonly Window[]> {
  const windows: Window[] = [];
  for (let n = 0; n < Number(values.windows); n++) {
    const server = await Server.start(installation, extension === undefined ? {} : { extension });
    try {
      windows.push(await measure(server, browser, extension !== undefined));
    } finally {
      await server.dispose();
    }
  }
  return windows;
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? NaN;
const megabytes = (bytes: number): number => Math.round(bytes / 1e4) / 100;

const { installation, browser: program, extension } = await provideEquipment();
const browser = await launchChromium(program);
try {
  const without = await measureAll(installation, browser);
  const active = await measureAll(installation, browser, extension);
  const more = (of: (window: Window) => number): number => megabytes(median(active.map(of)) - median(without.map(of)));
  const result = {
    windows: active.length,
    activationMilliseconds: median(active.map(({ activation }) => activation ?? NaN)),
    engines: Math.max(...active.map(({ engines }) => engines)),
    heapMegabytes: more(({ used }) => used),
    residentMegabytes: more(({ resident }) => resident),
    hostHeapMegabytes: megabytes(median(without.map(({ used }) => used))),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  const kept = (Object.keys(ALLOWED) as (keyof typeof ALLOWED)[]).every((key) => result[key] <= ALLOWED[key]);
  if (!kept) process.exitCode = 1;
} finally {
  await browser.close();
}
