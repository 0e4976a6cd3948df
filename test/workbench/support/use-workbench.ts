import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, inject } from 'vitest';

import { launchChromium } from '../../support/chromium.ts';
import { Server, type ServerOptions } from './server.ts';
import { Workbench, type WorkbenchOptions } from './workbench.ts';

export interface WorkbenchFixture {
  readonly server: Server;
  readonly browser: Browser;
  /** A window for the test that runs. */
  readonly workbench: Workbench;
}

const fileName = (text: string): string => text.replaceAll(/[^\w.]+/g, '-');

/**
 * One server with the extension for the tests of a file, and a new window for each test; a test that fails leaves a picture in
 * test-results/screenshots. The fields can be read while a test runs.
 */
export function useWorkbench(options: Omit<ServerOptions, 'extension'> & WorkbenchOptions = {}): WorkbenchFixture {
  let server: Server | undefined;
  let browser: Browser | undefined;
  let workbench: Workbench | undefined;

  beforeAll(async () => {
    const equipment = inject('equipment');
    [server, browser] = await Promise.all([
      Server.start(equipment.installation, { ...options, extension: equipment.extension }),
      launchChromium(equipment.browser),
    ]);
  });
  beforeEach(async () => {
    workbench = await Workbench.open(browser!, server!, options);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await workbench?.screenshot(`failed-${fileName(task.name)}`);
    await workbench?.close();
    workbench = undefined;
  });
  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  const now = <Value>(value: Value | undefined): Value => {
    if (value === undefined) throw new Error('There is a workbench only while a test runs.');
    return value;
  };
  return {
    get server() {
      return now(server);
    },
    get browser() {
      return now(browser);
    },
    get workbench() {
      return now(workbench);
    },
  };
}
