// Makes dist/grace-model-editor-PLATFORM-VERSION.vsix: `npm run package`, or `npm run package -- --target darwin-arm64`.
// What goes into it is first laid out in a folder of dist, from an allow-list, with the binaries of that one platform.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const MEBIBYTE = 2 ** 20;

// The platforms; a budget in bytes where there is one. Where ONNX Runtime has no native binary, its build for WebAssembly goes in.
const TARGETS = {
  'linux-x64': { budget: 45 * MEBIBYTE },
  'linux-arm64': {},
  'darwin-arm64': {},
  'darwin-x64': { wasm: true },
  'win32-x64': {},
  'win32-arm64': {},
};

// What the bundles leave outside, with what that asks for while it runs; expressions say which files. onnxruntime-node also
// names adm-zip and global-agent as dependencies: only its install script uses them.
const NATIVE_PACKAGES = {
  'onnxruntime-node': ({ target, platform, processor }) => [
    /^dist\/\w+\.js$/,
    // Of the two equal files for macOS this is the one that the binding loads.
    ...(TARGETS[target].wasm
      ? []
      : [new RegExp(`^bin/napi-v\\d+/${platform}/${processor}/(?!libonnxruntime\\.\\d+\\.\\d+\\.\\d+\\.dylib$)`)]),
  ],
  'onnxruntime-web': ({ target }) =>
    TARGETS[target].wasm ? [/^dist\/ort\.node\.min\.js$/, /^dist\/ort-wasm-simd-threaded\.(mjs|wasm)$/] : [],
  'onnxruntime-common': () => [/^dist\/cjs\/.+\.js$/, /^dist\/cjs\/package\.json$/],
  'fs-native-extensions': ({ target }) => [/^\w+\.js$/, new RegExp(`^prebuilds/${target}/.+\\.node$`)],
  'require-addon': () => [/^lib\/\w+\.js$/],
  'which-runtime': () => [/^\w+\.js$/],
  'bare-addon-resolve': () => [/^(lib\/)?\w+\.js$/],
  'bare-module-resolve': () => [/^(lib\/)?\w+\.js$/],
  'bare-semver': () => [/^(lib\/)?\w+\.js$/],
};
const OF_EVERY_PACKAGE = [/^package\.json$/, /^(licen[cs]e|notice|third-?party-?notices)[^/]*$/i];

// What is taken from the repository as it is.
const FILES = [
  /^(README|CHANGELOG)\.md$/,
  /^LICENSE$/,
  /^package\.nls(\.[\w-]+)?\.json$/,
  /^l10n\/bundle\.l10n(\.[\w-]+)?\.json$/,
  /^bin\/\w+\.mjs$/,
  /^media\/.+\.(svg|png|gif|md|txt|json|jsonl)$/,
  /^models\/(biographies|questions|intents)\/[^/]+\.(json|safetensors)$/,
  /^models\/(biographies|questions|intents)\/(README\.md|LICENSE[^/]*)$/,
  // What the experiments read.
  /^models\/experiments\/[^/]+\.json$/,
  /^models\/data\/(biography-\w+|intent-changes|question-\w+|unrelated-questions|person-passages|README)\.(jsonl|json|txt|md)$/,
];
const MODELS = ['biographies', 'questions', 'intents', 'data', 'experiments'];
const FOLDERS = ['.', 'l10n', 'bin', 'media', ...MODELS.map((name) => `models/${name}`)];

// The keys of package.json that mean something to VS Code; `type` and `bin` are for the command line inside the package.
const MANIFEST_KEYS = [
  ...[
    'name',
    'displayName',
    'description',
    'version',
    'publisher',
    'author',
    'license',
    'repository',
    'bugs',
    'homepage',
  ],
  ...[
    'icon',
    'galleryBanner',
    'preview',
    'pricing',
    'keywords',
    'categories',
    'engines',
    'type',
    'bin',
    'main',
    'l10n',
  ],
  ...['activationEvents', 'extensionKind', 'capabilities', 'contributes', 'enabledApiProposals'],
];

const root = path.resolve(import.meta.dirname, '..');
// Two runs at once do not meet: each has a folder of its own, and puts the package in its place when it is whole.
mkdirSync(path.join(root, 'dist'), { recursive: true });
const stage = mkdtempSync(path.join(root, 'dist', 'package-'));
process.once('exit', () => rmSync(stage, { recursive: true, force: true }));
const { values } = parseArgs({
  options: { target: { type: 'string', short: 't', default: `${process.platform}-${process.arch}` } },
});
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

/** Files below a folder, as paths relative to it with slashes; of the repository itself only those at the top. */
function list(folder, recursive) {
  return readdirSync(folder, { recursive, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));
}

function copy(from, to, files) {
  for (const file of files) cpSync(path.join(from, file), path.join(to, file), { recursive: true });
}

/** Copies a package in node_modules; the folder dist/node_modules, because vsce leaves out one at the top. */
function copyPackage(name, wanted) {
  if (wanted.length === 0) return;
  const from = path.join(root, 'node_modules', name);
  const patterns = [...OF_EVERY_PACKAGE, ...wanted];
  const files = list(from, true).filter((file) => patterns.some((pattern) => pattern.test(file)));
  for (const pattern of wanted) {
    if (!files.some((file) => pattern.test(file))) throw new Error(`${name} has no file like ${pattern}.`);
  }
  copy(from, path.join(stage, 'dist', 'node_modules', name), files);
}

/** The licences of the packages that the bundles contain; the build leaves a list of all files. */
function notices() {
  const list = path.join(stage, 'dist', 'inputs.json');
  const inputs = JSON.parse(readFileSync(list, 'utf8'));
  rmSync(list);
  const names = new Set(inputs.flatMap((file) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []));
  return [...names]
    .sort()
    .map((name) => {
      const folder = path.join(root, 'node_modules', name);
      const { version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
      const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file));
      const text = texts.map((file) => readFileSync(path.join(folder, file), 'utf8').trim()).join('\n\n');
      return `${name} ${version} (${license})\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function run(...command) {
  execFileSync(process.execPath, command, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Lays everything out in the folder. */
function layOut(target) {
  run('esbuild.mjs', '--release', '--outdir', path.join(stage, 'dist'));
  const top = FOLDERS.flatMap((folder) => {
    const where = path.join(root, folder);
    if (!existsSync(where)) return [];
    return list(where, folder !== '.').map((file) => path.posix.join(folder, file));
  });
  copy(root, stage, top.filter((file) => FILES.some((pattern) => pattern.test(file)))); // prettier-ignore
  writeFileSync(path.join(stage, 'THIRD-PARTY-NOTICES.txt'), notices());
  // What is laid out is all wanted; without this file vsce warns that it may not be.
  writeFileSync(path.join(stage, '.vscodeignore'), '');
  const [platform, processor] = target.split('-');
  for (const [name, files] of Object.entries(NATIVE_PACKAGES))
    copyPackage(name, files({ target, platform, processor }));
  const kept = Object.fromEntries(Object.entries(manifest).filter(([key]) => MANIFEST_KEYS.includes(key)));
  writeFileSync(path.join(stage, 'package.json'), `${JSON.stringify(kept, undefined, 2)}\n`);
}

function pack(target) {
  const file = path.join(root, 'dist', `${manifest.name}-${target}-${manifest.version}.vsix`);
  const unfinished = `${stage}.vsix`;
  const options = ['--target', target, '--no-dependencies', '--out', unfinished];
  // Links of the README lead into the repository, which has no public address yet.
  if (manifest.repository === undefined) options.push('--allow-missing-repository', '--no-rewrite-relative-links');
  execFileSync(process.execPath, [path.join(root, 'node_modules/@vscode/vsce/vsce'), 'package', ...options], {
    cwd: stage,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  renameSync(unfinished, file);
  return file;
}

const budget = TARGETS[values.target]?.budget;
if (!(values.target in TARGETS)) {
  console.error(`There is no package for ${values.target}. Name one of ${Object.keys(TARGETS).join(', ')}.`);
  process.exitCode = 1;
} else {
  layOut(values.target);
  const file = pack(values.target);
  const size = statSync(file).size;
  console.log(`${path.relative(process.cwd(), file)}: ${(size / MEBIBYTE).toFixed(1)} MB`);
  if (budget !== undefined && size > budget) {
    console.error(`The package for ${values.target} may have ${budget / MEBIBYTE} MB at most.`);
    process.exitCode = 1;
  }
}
