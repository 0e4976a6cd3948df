import { build } from 'esbuild';

/** Native packages stay outside: they find their binaries beside themselves. */
const external = ['onnxruntime-node', 'fs-native-extensions', 'vscode'];

await build({
  entryPoints: { cli: 'src/cli/main.ts' },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  external,
  sourcemap: 'linked',
  // Bundled CommonJS packages ask for `require`.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: 'warning',
});
