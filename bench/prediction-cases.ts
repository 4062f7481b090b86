/**
 * @file The cases of the prediction grid: a fixed list, made by crossing a few axes. What one case has
 * beside its own flags is the same for all, and every knob of the plan is given, so that the run's own
 * planner finds nothing to choose.
 */

export interface PredictionCase {
  /** what sets it apart, in words */
  readonly name: string;
  readonly model: ModelName;
  /** exact tokens of every example, which are padded to them; or which examples, as long as they are */
  readonly examples: { readonly source: number; readonly target: number } | 'bundled';
  /** what becomes of freed buffers: they go back to the kernel, or are kept for the next */
  readonly memory: 'freed' | 'kept';
  readonly flags: Flags;
}

export type ModelName = (typeof MODELS)[number];
export const MODELS = ['embedded', 't5-small', 'flan-t5-small', 't5-base'] as const;

type Flags = Readonly<Record<string, string | number | true>>;

/** The run's, unless the case says otherwise. `true`: the flag has no value. */
export const COMMON_FLAGS: Flags = {
  'max-steps': 2,
  'max-samples': 64,
  seed: 1,
  'batch-size': 1,
  'gradient-accumulation-steps': 2,
  'micro-batch': 64,
  'micro-batch-tokens': 1024,
  recompute: 'none',
  attention: 'recomputed',
  'loss-chunk': 192,
  'heads-at-once': 'all',
  'rows-at-once': 'all',
  'no-spill': true,
  precision: 'fp32',
  'optimizer-state': 'fp32',
  threads: 2,
  'no-arena': true,
  'no-memory-pattern': true,
  'no-prepacking': true,
};

const MEMORY = ['freed', 'kept'] as const;
const at = (source: number, target: number) => ({ source, target });
const ONCE: Flags = { 'gradient-accumulation-steps': 1 };

/** Model, lengths, batch size: LoRA r 16 on q and v. */
const SIZES: readonly [ModelName, number, number, Flags][] = [
  ['embedded', 16, 16, { 'batch-size': 8 }],
  ['embedded', 64, 64, { 'batch-size': 4 }],
  ['embedded', 128, 32, { 'batch-size': 8, 'micro-batch-tokens': 2048 }],
  ['embedded', 384, 384, {}],
  ['embedded', 512, 64, { 'batch-size': 2 }],
  ['t5-small', 24, 64, { 'batch-size': 2 }],
  ['t5-small', 256, 64, { 'batch-size': 4, ...ONCE }],
  ['flan-t5-small', 16, 16, { 'batch-size': 8 }],
  ['flan-t5-small', 24, 64, {}],
  ['flan-t5-small', 128, 128, { 'batch-size': 4, ...ONCE }],
  ['flan-t5-small', 384, 384, {}],
  ['flan-t5-small', 512, 512, ONCE],
  ['t5-base', 16, 16, ONCE],
  ['t5-base', 128, 64, ONCE],
];

/** What is trained. */
const METHODS: Readonly<Record<string, Flags>> = {
  'soft prompt of 20': { method: 'soft-prompt' },
  'soft prompt of 100': { method: 'soft-prompt', 'virtual-tokens': 100 },
  'LoRA r 4': { 'lora-r': 4 },
  'LoRA r 64, all-linear': { 'lora-r': 64, 'lora-targets': 'all-linear' },
  'LoRA r 64, all-linear, 8-bit state': {
    'lora-r': 64,
    'lora-targets': 'all-linear',
    'optimizer-state': '8bit',
  },
  full: { method: 'full' },
  'full, 8-bit state': { method: 'full', 'optimizer-state': '8bit' },
};

const ALL: Flags = { recompute: 'all' };
const SMALLEST: Flags = {
  ...ALL,
  spill: true,
  'loss-chunk': 8,
  'heads-at-once': 1,
  'rows-at-once': 32,
};

/** How it is computed: each knob by itself, and those that go together. */
const KNOBS: Readonly<Record<string, Flags>> = {
  'recompute all': ALL,
  'recompute some': { recompute: 'encoder.block.0,encoder.block.1,decoder.block.0' },
  'attention kept': { attention: 'kept' },
  'attention kept, recompute all': { ...ALL, attention: 'kept' },
  'loss chunk 16': { ...ALL, 'loss-chunk': 16 },
  'in parts': { ...ALL, 'heads-at-once': 2, 'rows-at-once': 128, 'loss-chunk': 16 },
  spill: { ...ALL, spill: true, 'loss-chunk': 32 },
  bf16: { precision: 'bf16' },
  int8: { precision: 'int8' },
  int4: { precision: 'int4' },
  'int8, all that saves': { ...SMALLEST, precision: 'int8' },
  'int4, all that saves': { ...SMALLEST, precision: 'int4' },
  'one thread': { threads: 1 },
  arena: { arena: true },
  'memory pattern': { 'memory-pattern': true },
  'arena and memory pattern': { arena: true, 'memory-pattern': true },
  prepacking: { prepacking: true },
  'micro-batch 1': { 'batch-size': 4, 'micro-batch': 1 },
  'micro-batch of 4096 tokens': { 'batch-size': 2, 'micro-batch-tokens': 4096 },
};

const KNOBS_OF_KEPT = [
  'recompute all',
  'attention kept',
  'in parts',
  'int8',
  'arena',
  'memory pattern',
  'prepacking',
];

export const PREDICTION_CASES: readonly PredictionCase[] = [
  ...SIZES.flatMap(([model, source, target, flags]) =>
    MEMORY.map((memory) => ({ name: 'size', model, examples: at(source, target), memory, flags })),
  ),
  ...MEMORY.flatMap((memory) =>
    (['embedded', 't5-small', 'flan-t5-small'] as const).map((model) => ({
      name: 'examples of all lengths',
      model,
      examples: 'bundled' as const,
      memory,
      flags: { 'batch-size': 4 },
    })),
  ),
  ...methods('embedded', at(128, 64), 'freed', Object.keys(METHODS)),
  ...methods('embedded', at(128, 64), 'kept', Object.keys(METHODS)),
  ...methods('flan-t5-small', at(64, 64), 'freed', [
    'soft prompt of 20',
    'LoRA r 64, all-linear',
    'full',
  ]),
  ...methods('t5-small', at(64, 64), 'kept', ['soft prompt of 100', 'full, 8-bit state']),
  ...methods('t5-base', at(16, 16), 'freed', ['soft prompt of 20']),
  ...knobs('embedded', at(256, 128), 'freed', Object.keys(KNOBS), { 'batch-size': 2 }),
  ...knobs('flan-t5-small', at(384, 384), 'freed', Object.keys(KNOBS), ONCE),
  ...knobs('flan-t5-small', at(128, 128), 'kept', KNOBS_OF_KEPT, { ...ONCE, 'batch-size': 4 }),
  ...knobs('t5-base', at(64, 32), 'freed', ['recompute all', 'int8', 'bf16'], ONCE),
];

function methods(
  model: ModelName,
  examples: PredictionCase['examples'],
  memory: PredictionCase['memory'],
  names: readonly string[],
): PredictionCase[] {
  return names.map((name) => ({ name, model, examples, memory, flags: { ...METHODS[name] } }));
}

function knobs(
  model: ModelName,
  examples: PredictionCase['examples'],
  memory: PredictionCase['memory'],
  names: readonly string[],
  flags: Flags,
): PredictionCase[] {
  return names.map((name) => ({
    name,
    model,
    examples,
    memory,
    flags: { ...flags, ...KNOBS[name] },
  }));
}
