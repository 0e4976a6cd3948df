import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { provideChromium } from '../../support/chromium.ts';
import { run } from '../../support/command.ts';
import { installVisualStudioCode, type Installation } from './installation.ts';

/** All that a real VS Code needs to run with the extension. */
export interface Equipment {
  readonly installation: Installation;
  /** Chromium's program. */
  readonly browser: string;
  /** The package of the extension, as users get it. */
  readonly extension: string;
}

/** The package of the extension for this machine. */
async function packageExtension(): Promise<string> {
  await run(process.execPath, ['scripts/package.mjs']);
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<'name' | 'version', string>;
  const file = path.resolve(`dist/${name}-${process.platform}-${process.arch}-${version}.vsix`);
  if (!existsSync(file)) throw new Error(`There is no ${file}.`);
  return file;
}

/** Installs what is missing and packages the extension as it is now; the current folder is the repository. */
export async function provideEquipment(): Promise<Equipment> {
  const browser = await provideChromium();
  const installation = await installVisualStudioCode();
  return { browser, installation, extension: await packageExtension() };
}
