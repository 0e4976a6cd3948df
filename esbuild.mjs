// Bundles the command line, the engine process, the extension and its pages; with arguments, those files instead:
// `node esbuild.mjs bench/lifelong.ts` makes dist/bench/lifelong.js. `--release --outdir FOLDER` is for packages.
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { build } from 'esbuild';

const { values, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: { outdir: { type: 'string', default: 'dist' }, release: { type: 'boolean', default: false } },
});

// A package names what is bundled into it, with the licences.
const inputs = new Set();
const noteInputs = {
  name: 'note inputs',
  setup: ({ onEnd }) =>
    onEnd(({ metafile }) => Object.keys(metafile?.inputs ?? {}).forEach((file) => inputs.add(file))),
};

// Each `import * as vscode` of a bundle would ask for the module anew and copy its hundreds of names, some 60 times, which is
// the larger part of what reading the extension takes: it is asked for once.
const VSCODE = "import * as vscode from 'vscode';";
const askForVscodeOnce = {
  name: 'ask for vscode once',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path: file }) => {
      const contents = (await readFile(file, 'utf8')).replace(VSCODE, '');
      return { contents, loader: 'ts' };
    }),
};

const shared = {
  outdir: values.outdir,
  bundle: true,
  platform: 'node',
  target: 'node20',
  // Native packages stay outside: they find their binaries beside themselves. So does playwright-core, which scripts use.
  external: ['onnxruntime-node', 'onnxruntime-web', 'fs-native-extensions', 'playwright-core', 'vscode'],
  sourcemap: values.release ? false : 'linked',
  minifySyntax: values.release,
  logLevel: 'warning',
  metafile: values.release,
  plugins: [noteInputs],
};

const modules = (entryPoints) =>
  build({
    ...shared,
    entryPoints,
    format: 'esm',
    // Bundled CommonJS packages ask for `require`.
    banner: {
      js: "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);",
    },
  });

if (asked.length > 0) {
  await modules(Object.fromEntries(asked.map((file) => [file.replace(/\.ts$/, ''), file])));
} else {
  await modules({ cli: 'src/cli/main.ts', engine: 'src/engine/process.ts', pictures: 'webview/pictures/files.ts' });
  // VS Code loads an extension's main file with `require`.
  await build({
    ...shared,
    entryPoints: { extension: 'src/extension.ts' },
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    plugins: [noteInputs, askForVscodeOnce],
    banner: { js: "const vscode = require('vscode');" },
    // It is read when the extension is activated: half the size is half the time.
    minify: values.release,
    // Zod asks for it, and VS Code logs an error about an extension that does so outside of a browser.
    define: { navigator: 'undefined' },
  });
  await build({
    ...shared,
    entryPoints: [
      { in: 'webview/bench/main.ts', out: 'webview/bench' },
      { in: 'webview/bench/styles/bench.css', out: 'webview/bench' },
      { in: 'webview/evaluation/main.ts', out: 'webview/evaluation' },
      { in: 'webview/evaluation/styles/evaluation.css', out: 'webview/evaluation' },
      { in: '@vscode/codicons/dist/codicon.css', out: 'webview/codicon' },
    ],
    platform: 'browser',
    target: 'chrome128',
    format: 'esm',
    loader: { '.ttf': 'file' },
    assetNames: 'webview/[name]',
    // A page is read anew each time that it is shown.
    minify: values.release,
    external: [],
  });
}

if (values.release) writeFileSync(path.join(values.outdir, 'inputs.json'), JSON.stringify([...inputs]));
