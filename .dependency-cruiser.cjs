/** @file Who may import whom. The table is the house rules of docs/layout.md, row by row. */

/** folder -> the folders of ours that it may import besides itself */
const MAY_IMPORT = {
  base: [],
  kernel: ['base'],
  protocol: ['base'],
  runs: ['base', 'protocol'],
  grad: ['base'],
  onnx: ['base', 'grad'],
  weights: ['base', 'protocol'],
  models: ['base', 'grad', 'weights'],
  data: ['base', 'protocol', 'weights'],
  plan: ['base', 'kernel', 'protocol', 'grad', 'models', 'weights'],
  train: [
    'base',
    'kernel',
    'protocol',
    'runs',
    'grad',
    'onnx',
    'weights',
    'models',
    'data',
    'plan',
  ],
  supervise: ['base', 'kernel', 'protocol'],
  compose: ['base'],
  store: ['base', 'protocol'],
  server: ['base', 'kernel', 'protocol', 'runs', 'store', 'supervise'],
};

/** Heavy libraries and the only folders that may load each. */
const OWNED_LIBRARIES = {
  'onnxruntime-node': 'onnx',
  '@huggingface/tokenizers': 'weights',
  'better-sqlite3': 'data|store',
  kysely: 'store',
  'hono|@hono|prom-client|pino|croner': 'server',
  'commander|@commander-js': 'cli',
};

module.exports = {
  forbidden: [
    ...Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
      name: `imports-of-${folder}`,
      severity: 'error',
      from: { path: `^src/${folder}/`, pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', pathNot: `^src/(${[folder, ...allowed].join('|')})/` },
    })),
    {
      name: 'one-door',
      comment: 'Another folder is entered through its index.ts only (tests may look inside).',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/[^/]+/', pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$'] },
    },
    ...Object.entries(OWNED_LIBRARIES).map(([library, folder]) => ({
      name: `only-${folder}-loads-${library}`,
      severity: 'error',
      from: { path: '^src/', pathNot: [`^src/(${folder})/`, '\\.test\\.ts$'] },
      to: { path: `node_modules/(${library})/` },
    })),
    {
      name: 'imports-of-web',
      comment:
        'The dashboard knows what crosses the wire, as types: schemas would come along with zod.',
      severity: 'error',
      from: { path: '^web/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(src|test|bench|scripts)/', pathNot: '^src/protocol/index\\.ts$' },
    },
    {
      name: 'web-takes-types-only',
      severity: 'error',
      from: { path: '^web/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-web-draws-pages',
      severity: 'error',
      from: { path: '^(src|bench|scripts)/' },
      to: { path: ['^web/', 'node_modules/(react|react-dom|uplot|wouter|@base-ui|@tanstack)/'] },
    },
    {
      name: 'grad-is-pure',
      comment: 'grad/ runs anywhere: no node: modules, no packages.',
      severity: 'error',
      from: { path: '^src/grad/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core', 'npm'] },
    },
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { conditionNames: ['source', 'import', 'node', 'default'] },
  },
};
