import js from '@eslint/js';
import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

// The rooms of src/engine in the order in which they may import each other: never upward (docs/architecture.md).
const ENGINE = ['graph', 'runtime', 'models', 'generation', 'grace', 'evaluation'];
const room = (name) => `engine-${name}`;
const below = (name) => ENGINE.slice(0, ENGINE.indexOf(name) + 1).map(room);
const BESIDE = ['engine-weights', 'engine-text'];

const element = (type, pattern) => ({ type, pattern, partialMatch: false });
const elements = [
  element('protocol', 'src/protocol'),
  ...[...ENGINE, 'weights', 'text'].map((name) => element(room(name), `src/engine/${name}`)),
  element('engine', 'src/engine'),
  element('host', 'src/host'),
  element('cli', 'src/cli'),
  element('webview', 'webview'),
  element('extension', 'src'),
];

const mayImport = (from, ...to) => ({
  from: { element: { type: from } },
  allow: [{ to: { element: { type: ['protocol', ...to] } } }],
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'models/', 'test-results/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Indices into typed arrays are bounded by the loops around them; `noUncheckedIndexedAccess` makes each one visible.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'No default exports.' },
        { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file that defines the name.' },
      ],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/**/*.ts', 'webview/**/*.ts'],
    plugins: { boundaries },
    settings: {
      'boundaries/elements': elements,
      'import/resolver': { node: { extensions: ['.ts', '.js'] } },
    },
    rules: {
      'boundaries/no-unknown-files': 'error',
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          policies: [
            mayImport('protocol'),
            mayImport('engine-weights', 'engine-weights'),
            mayImport('engine-text', 'engine-text'),
            ...ENGINE.map((name) => mayImport(room(name), ...below(name), ...BESIDE)),
            mayImport('engine', 'engine', ...ENGINE.map(room), ...BESIDE),
            mayImport('host', 'host'),
            mayImport('extension', 'host'),
            mayImport('cli', 'cli', 'engine', ...ENGINE.map(room), ...BESIDE),
            mayImport('webview', 'webview'),
          ],
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/engine/runtime/**', 'src/host/**', 'src/extension.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'vscode', message: 'Only src/host imports vscode.' },
            { name: 'onnxruntime-node', message: 'Only src/engine/runtime imports ONNX Runtime.' },
            { name: 'onnxruntime-web', message: 'Only src/engine/runtime imports ONNX Runtime.' },
          ],
        },
      ],
    },
  },
  { files: ['test/**/*.ts', 'bench/**/*.ts'], rules: { 'max-lines': 'off' } },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
      },
    },
  },
  // Configuration files are read by tools that ask for a default export.
  { files: ['*.config.ts', '*.config.js', '*.mjs'], rules: { 'no-restricted-syntax': 'off' } },
);
