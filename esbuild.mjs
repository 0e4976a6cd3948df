// Bundles the command line, the engine process, the extension and its pages; with arguments, those files instead:
// `node esbuild.mjs bench/lifelong.ts` makes dist/bench/lifelong.js. `--release --outdir FOLDER` is for packages.
import { parseArgs } from 'node:util';

import { build } from 'esbuild';

const { values, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: { outdir: { type: 'string', default: 'dist' }, release: { type: 'boolean', default: false } },
});

const shared = {
  outdir: values.outdir,
  bundle: true,
  platform: 'node',
  target: 'node20',
  // Native packages stay outside: they find their binaries beside themselves. So does playwright-core, which scripts use.
  external: ['onnxruntime-node', 'fs-native-extensions', 'playwright-core', 'vscode'],
  sourcemap: values.release ? false : 'linked',
  minifySyntax: values.release,
  logLevel: 'warning',
};

const modules = (entryPoints) =>
  build({
    ...shared,
    entryPoints,
    format: 'esm',
    // Bundled CommonJS packages ask for `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });

if (asked.length > 0) {
  await modules(Object.fromEntries(asked.map((file) => [file.replace(/\.ts$/, ''), file])));
} else {
  await modules({ cli: 'src/cli/main.ts', engine: 'src/engine/process.ts' });
  // VS Code loads an extension's main file with `require`.
  await build({
    ...shared,
    entryPoints: { extension: 'src/extension.ts' },
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
  });
  await build({
    ...shared,
    entryPoints: [
      { in: 'webview/bench/main.ts', out: 'webview/bench' },
      { in: 'webview/bench/styles/bench.css', out: 'webview/bench' },
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
