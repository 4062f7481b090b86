/** @file A plan in the words of an order: what is asked for is then computed so, and not otherwise. Pure. */
import type { Plan } from './plan.ts';
import type { PlanOrder } from './training-order.ts';

/** What the planner may turn. `stored` it is told by leaving the base as it is. */
export function orderOfPlan(plan: Plan): PlanOrder {
  return {
    micro_batch: plan.microBatch,
    micro_batch_tokens: plan.microBatchTokens,
    recompute: plan.recompute,
    attention: plan.attention,
    loss_chunk: plan.lossChunk,
    heads_at_once: plan.headsAtOnce ?? 'all',
    rows_at_once: plan.rowsAtOnce ?? 'all',
    spill: plan.spill,
    precision: plan.precision === 'stored' ? 'auto' : plan.precision,
    optimizer_state: plan.optimizerState,
    threads: plan.threads,
  };
}
