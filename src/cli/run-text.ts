/** @file What a run trains and how it computes that, in one line each. Pure. */
import type { Plan, RunSpec } from '#protocol';
import { plural } from './format.ts';

export function methodText(method: RunSpec['method']): string {
  if (method.kind === 'full') return 'all weights';
  if (method.kind === 'soft-prompt')
    return `soft prompt of ${plural(method.virtualTokens, 'token')}`;
  const { r, alpha, targetModules } = method;
  const targets = typeof targetModules === 'string' ? targetModules : targetModules.join(', ');
  return `LoRA r ${r}, alpha ${alpha}, on ${targets}`;
}

export function planText(plan: Plan): string {
  const { headsAtOnce, rowsAtOnce } = plan;
  const on = (['spill', 'arena', 'memoryPattern', 'prepacking'] as const).filter(
    (name) => plan[name],
  );
  return [
    `at most ${plural(plan.microBatch, 'example')} and ${plan.microBatchTokens} tokens at once`,
    `recompute ${recomputeText(plan.recompute)}`,
    ...(plan.attention === 'recomputed' ? [] : ['attention kept']),
    `loss chunk ${plan.lossChunk}`,
    ...(headsAtOnce === null ? [] : [`${plural(headsAtOnce, 'head')} at once`]),
    ...(rowsAtOnce === null ? [] : [`${plural(rowsAtOnce, 'row')} at once`]),
    ...(plan.precision === 'stored' ? [] : [`base in ${plan.precision}`]),
    ...(plan.optimizerState === 'fp32' ? [] : ['optimizer state in 8 bits']),
    plural(plan.threads, 'thread'),
    ...on.map((name) => NAMES[name]),
  ].join(', ');
}

const NAMES = {
  spill: 'values between blocks in a file',
  arena: 'arena',
  memoryPattern: 'memory pattern',
  prepacking: 'prepacking',
} as const;

/** More names than that are counted. */
const NAMED_BLOCKS = 2;

function recomputeText(recompute: Plan['recompute']): string {
  if (typeof recompute === 'string') return recompute;
  if (recompute.length <= NAMED_BLOCKS) return recompute.join(', ');
  return `${plural(recompute.length, 'block')}, ${recompute[0]} to ${recompute.at(-1)}`;
}
