// Bundles the command line, the engine process and the extension; with arguments, those files instead:
// `node esbuild.mjs bench/lifelong.ts` makes dist/bench/lifelong.js.
import { build } from 'esbuild';

const shared = {
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  // Native packages stay outside: they find their binaries beside themselves.
  external: ['onnxruntime-node', 'fs-native-extensions', 'vscode'],
  sourcemap: 'linked',
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

const asked = process.argv.slice(2);
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
}
