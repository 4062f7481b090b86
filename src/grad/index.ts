export * from './dim.ts';
export * from './graph.ts';
export * from './ops.ts';
export * from './tensor.ts';
export { GraphBuilder } from './graph-builder.ts';
export { gradient } from './gradient.ts';
export { partition } from './partition.ts';
import type { Tensor } from './tensor.ts';
import type { ValueOf } from './graph.ts';
export type SymbolBindings = Record<string, number>;
export function bindSymbols(
  inputs: readonly ValueOf<'input'>[],
  feeds: Record<string, Tensor>,
  _o?: unknown,
): SymbolBindings {
  const b: SymbolBindings = {};
  for (const v of inputs) {
    const t = feeds[v.params.name];
    if (!t) continue;
    v.shape.forEach((d, i) => {
      if (typeof d === 'string' && !d.includes('*')) b[d] = t.shape[i] as number;
    });
  }
  return b;
}
