/**
 * @file The flags of `plimsoll train` that say what to compute and how: one row for each, with the
 * field of RunSpec or Plan that it sets. Defaults are shown here and live in #protocol; a test holds
 * both against each other.
 */
import { type FlagReader, listOr, number, numberOr, numbers, precision } from './flag-values.ts';

export interface SpecFlag {
  /** as commander reads it: `--epochs <n>` */
  readonly usage: string;
  readonly group: 'Data' | 'Method' | 'Training' | 'Evaluation' | 'Memory and speed';
  readonly help: string;
  /** as shown; absent where leaving the flag out means that nothing is set */
  readonly shownDefault?: string;
  /** `spec.` or `plan.`, then fields joined by points */
  readonly field: string;
  /** absent: the text itself; for a flag without a value, true */
  readonly read?: FlagReader;
  /** may be given again and again, and adds up to a list */
  readonly repeated?: true;
  /** has a `--no-` form, to take back what a preset sets */
  readonly negatable?: true;
  /** the only method that knows it */
  readonly method?: 'lora' | 'soft-prompt';
}

const H = 'spec.hyperparameters';

export const SPEC_FLAGS: readonly SpecFlag[] = [
  {
    usage: '--data <file>',
    group: 'Data',
    help: 'examples: JSONL, CSV or SQLite; may be repeated',
    shownDefault: 'the bundled examples',
    field: 'spec.data.files',
    repeated: true,
  },
  {
    usage: '--query <sql>',
    group: 'Data',
    help: 'what to select from a SQLite file: two columns, source and target',
    shownDefault: "the original service's table",
    field: 'spec.data.query',
  },
  {
    usage: '--max-samples <n|all>',
    group: 'Data',
    help: 'read at most so many examples',
    shownDefault: '2000',
    field: 'spec.data.maxSamples',
    read: numberOr('all', null),
  },
  {
    usage: '--source-max-tokens <n>',
    group: 'Data',
    help: 'cut longer sources',
    shownDefault: '384',
    field: `${H}.sourceMaxTokens`,
    read: number,
  },
  {
    usage: '--target-max-tokens <n>',
    group: 'Data',
    help: 'cut longer targets',
    shownDefault: '384',
    field: `${H}.targetMaxTokens`,
    read: number,
  },
  {
    usage: '--pad-to-max',
    group: 'Data',
    help: 'pad every example to the longest allowed, as the original did: slower, same result',
    field: `${H}.padToMax`,
  },
  {
    usage: '--method <kind>',
    group: 'Method',
    help: 'what is trained: lora, soft-prompt, or full (all weights)',
    shownDefault: 'lora',
    field: 'spec.method.kind',
  },
  {
    usage: '--lora-r <n>',
    group: 'Method',
    help: 'rank of the LoRA matrices',
    shownDefault: '16',
    field: 'spec.method.r',
    read: number,
    method: 'lora',
  },
  {
    usage: '--lora-alpha <x>',
    group: 'Method',
    help: 'scale of LoRA: alpha / r',
    shownDefault: '16',
    field: 'spec.method.alpha',
    read: number,
    method: 'lora',
  },
  {
    usage: '--lora-dropout <p>',
    group: 'Method',
    help: 'dropout before the LoRA matrices',
    shownDefault: '0.05',
    field: 'spec.method.dropout',
    read: number,
    method: 'lora',
  },
  {
    usage: '--lora-targets <names>',
    group: 'Method',
    help: 'linear layers to adapt, separated by commas, or all-linear',
    shownDefault: 'q,v',
    field: 'spec.method.targetModules',
    read: listOr('all-linear'),
    method: 'lora',
  },
  {
    usage: '--virtual-tokens <n>',
    group: 'Method',
    help: 'length of the soft prompt',
    shownDefault: '20',
    field: 'spec.method.virtualTokens',
    read: number,
    method: 'soft-prompt',
  },
  {
    usage: '--prompt-text <text>',
    group: 'Method',
    help: 'begin the soft prompt as the embedding of this text',
    shownDefault: 'begin at random',
    field: 'spec.method.init',
    read: (text) => ({ text }),
    method: 'soft-prompt',
  },
  {
    usage: '--epochs <n>',
    group: 'Training',
    help: 'passes over the data',
    shownDefault: '3',
    field: `${H}.epochs`,
    read: number,
  },
  {
    usage: '--max-steps <n|none>',
    group: 'Training',
    help: 'end after so many optimizer steps',
    shownDefault: 'none',
    field: `${H}.maxSteps`,
    read: numberOr('none', null),
  },
  {
    usage: '--learning-rate <x>',
    group: 'Training',
    help: 'highest learning rate',
    shownDefault: '5e-5',
    field: `${H}.learningRate`,
    read: number,
  },
  {
    usage: '--batch-size <n>',
    group: 'Training',
    help: 'examples in a batch',
    shownDefault: '1',
    field: `${H}.batchSize`,
    read: number,
  },
  {
    usage: '--gradient-accumulation-steps <n>',
    group: 'Training',
    help: 'batches that make one optimizer step',
    shownDefault: '2',
    field: `${H}.gradientAccumulationSteps`,
    read: number,
  },
  {
    usage: '--schedule <name>',
    group: 'Training',
    help: 'how the learning rate falls: linear, cosine or constant',
    shownDefault: 'linear',
    field: `${H}.schedule`,
  },
  {
    usage: '--warmup-steps <n>',
    group: 'Training',
    help: 'steps in which the learning rate rises from 0',
    shownDefault: '0',
    field: `${H}.warmupSteps`,
    read: number,
  },
  {
    usage: '--warmup-ratio <x>',
    group: 'Training',
    help: 'the same as a part of all steps',
    shownDefault: '0',
    field: `${H}.warmupRatio`,
    read: number,
  },
  {
    usage: '--weight-decay <x>',
    group: 'Training',
    help: 'decay of AdamW, decoupled from the gradient',
    shownDefault: '0',
    field: `${H}.weightDecay`,
    read: number,
  },
  {
    usage: '--adam-betas <b1,b2>',
    group: 'Training',
    help: 'decay rates of the two moments of AdamW',
    shownDefault: '0.9,0.999',
    field: `${H}.betas`,
    read: numbers,
  },
  {
    usage: '--adam-eps <x>',
    group: 'Training',
    help: 'what AdamW adds to its denominator',
    shownDefault: '1e-8',
    field: `${H}.eps`,
    read: number,
  },
  {
    usage: '--max-grad-norm <x|none>',
    group: 'Training',
    help: 'shorten longer gradients to this',
    shownDefault: '1',
    field: `${H}.maxGradNorm`,
    read: numberOr('none', null),
  },
  {
    usage: '--loss-average <kind>',
    group: 'Training',
    help: 'loss of a step: the mean over its tokens (token) or over its examples (example)',
    shownDefault: 'token',
    field: `${H}.lossAverage`,
  },
  {
    usage: '--dropout <p|model>',
    group: 'Training',
    help: 'dropout of the base model; model: what its config says',
    shownDefault: 'model',
    field: `${H}.dropout`,
    read: numberOr('model', null),
  },
  {
    usage: '--seed <n>',
    group: 'Training',
    help: 'for the order of the examples, dropout and initial values',
    shownDefault: '42',
    field: `${H}.seed`,
    read: number,
  },
  {
    usage: '--checkpoint-every <n|epoch>',
    group: 'Training',
    help: 'optimizer steps from checkpoint to checkpoint; each epoch ends with one anyway',
    shownDefault: 'epoch',
    field: 'spec.checkpointEvery',
    read: numberOr('epoch', 'epoch'),
  },
  {
    usage: '--valid-data <file>',
    group: 'Evaluation',
    help: 'examples to evaluate on; may be repeated',
    shownDefault: 'none',
    field: 'spec.evaluation.validData.files',
    repeated: true,
  },
  {
    usage: '--valid-query <sql>',
    group: 'Evaluation',
    help: 'what to select from a SQLite file given as --valid-data',
    shownDefault: "the original service's table",
    field: 'spec.evaluation.validData.query',
  },
  {
    usage: '--held-out <x>',
    group: 'Evaluation',
    help: 'part of the data to keep out of training and evaluate on, from 0 to below 1',
    shownDefault: '0',
    field: 'spec.evaluation.heldOutFraction',
    read: number,
  },
  {
    usage: '--eval-every <n|epoch>',
    group: 'Evaluation',
    help: 'optimizer steps from evaluation to evaluation',
    shownDefault: 'epoch',
    field: 'spec.evaluation.evalEvery',
    read: numberOr('epoch', 'epoch'),
  },
  {
    usage: '--early-stopping <n|none>',
    group: 'Evaluation',
    help: 'end after so many evaluations without a better loss',
    shownDefault: 'none',
    field: 'spec.evaluation.earlyStoppingPatience',
    read: numberOr('none', null),
  },
  {
    usage: '--micro-batch <n>',
    group: 'Memory and speed',
    help: 'examples that go through the model at once, at most; the result is the same',
    shownDefault: '64',
    field: 'plan.microBatch',
    read: number,
  },
  {
    usage: '--micro-batch-tokens <n>',
    group: 'Memory and speed',
    help: 'tokens that go through the model at once, at most, but for one longer example',
    shownDefault: '1024',
    field: 'plan.microBatchTokens',
    read: number,
  },
  {
    usage: '--recompute <segments>',
    group: 'Memory and speed',
    help: 'compute activations again instead of keeping them: none, all, or blocks by name',
    shownDefault: 'none',
    field: 'plan.recompute',
    read: listOr('none', 'all'),
  },
  {
    usage: '--attention <how>',
    group: 'Memory and speed',
    help: "attention's weights for the backward pass: recomputed, or kept: faster, larger",
    shownDefault: 'recomputed',
    field: 'plan.attention',
  },
  {
    usage: '--loss-chunk <n>',
    group: 'Memory and speed',
    help: 'target positions whose logits exist at once',
    shownDefault: '192',
    field: 'plan.lossChunk',
    read: number,
  },
  {
    usage: '--heads-at-once <n|all>',
    group: 'Memory and speed',
    help: 'attention heads whose scores exist at once',
    shownDefault: 'all',
    field: 'plan.headsAtOnce',
    read: numberOr('all', null),
  },
  {
    usage: '--rows-at-once <n|all>',
    group: 'Memory and speed',
    help: 'positions that go through a feed-forward layer at once',
    shownDefault: 'all',
    field: 'plan.rowsAtOnce',
    read: numberOr('all', null),
  },
  {
    usage: '--spill',
    group: 'Memory and speed',
    help: 'values between blocks wait for the backward pass in a file',
    field: 'plan.spill',
    negatable: true,
  },
  {
    usage: '--precision <name>',
    group: 'Memory and speed',
    help: 'of the frozen base: auto (as it is stored), fp32, bf16, int8 or int4; what less costs in accuracy is said',
    shownDefault: 'auto',
    field: 'plan.precision',
    read: precision,
  },
  {
    usage: '--optimizer-state <name>',
    group: 'Memory and speed',
    help: "of AdamW's two numbers for each trained one: fp32, or 8bit, a quarter of the size, rounded",
    shownDefault: 'fp32',
    field: 'plan.optimizerState',
  },
  {
    usage: '--threads <n>',
    group: 'Memory and speed',
    help: 'threads that compute',
    shownDefault: '2',
    field: 'plan.threads',
    read: number,
  },
  {
    usage: '--arena',
    group: 'Memory and speed',
    help: 'keep freed memory for the next step: faster, larger',
    field: 'plan.arena',
    negatable: true,
  },
  {
    usage: '--memory-pattern',
    group: 'Memory and speed',
    help: 'allocate a step in one piece: faster, larger',
    field: 'plan.memoryPattern',
    negatable: true,
  },
  {
    usage: '--prepacking',
    group: 'Memory and speed',
    help: 'copy weights into a faster layout: for short inputs, at the price of memory',
    field: 'plan.prepacking',
    negatable: true,
  },
];

/** `--epochs <n>` -> `--epochs` */
export function flagName({ usage }: SpecFlag): string {
  return usage.split(' ')[0] ?? usage;
}

/** What is said of the flag in --help. */
export function flagHelp({ help, shownDefault }: SpecFlag): string {
  return shownDefault === undefined ? help : `${help} (default: ${shownDefault})`;
}
