/** @file A gradient held against central finite differences of the interpreter, in float64. */
import { gradient, type GradientOptions } from './gradient.ts';
import type { Value } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import { interpret } from './interpret.ts';
import type { Tensor64 } from './tensor.ts';
import { verify } from './verify.ts';

export interface Operand {
  readonly shape: readonly number[];
  /** between these, away from 0 by `gap` */
  readonly within?: readonly [number, number];
  readonly gap?: number;
}

/** Differences below this are those of the method itself: h^2 times a third derivative, and rounding. */
export const METHOD_ERROR = 1e-6;
const H = 1e-4;

/**
 * The largest difference between d(sum of result x cotangent) / d(operand) by the rules and by finite
 * differences, over 1 + the largest derivative. Operands are drawn from `draw`, numbers of [0, 1).
 */
export function gradientError(
  operands: readonly Operand[],
  build: (g: GraphBuilder, values: Value[]) => Value,
  draw: () => number,
  options: GradientOptions = {},
): number {
  const g = new GraphBuilder('checked');
  const inputs = operands.map(({ shape }, i) => g.input(`x${i}`, 'f32', shape));
  const result = build(g, inputs);
  const cotangent = g.input('cotangent', 'f32', result.shape);
  const axes = result.shape.map((_, axis) => axis);
  const scalar = g.reduceSum(g.mul(result, cotangent), axes);
  const gradients = gradient(g, [{ value: result, cotangent }], inputs, options);
  const wanted = gradients.flatMap((value, i) => (value ? [[`d${i}`, value] as const] : []));
  const graph = g.finish({ scalar, ...Object.fromEntries(wanted) });
  verify(graph);

  const feeds: Record<string, Tensor64> = {
    cotangent: tensor({ shape: result.shape.map(Number) }, draw),
  };
  operands.forEach((operand, i) => (feeds[`x${i}`] = tensor(operand, draw)));
  const at = (): Record<string, Tensor64> => interpret(graph, feeds, {});
  const computed = at();

  let worst = 0;
  let scale = 1;
  operands.forEach((_, i) => {
    const { data } = feeds[`x${i}`]!;
    const rule = computed[`d${i}`]?.data ?? new Float64Array(data.length);
    for (let k = 0; k < data.length; k++) {
      const x = data[k]!;
      const value = (moved: number): number => {
        data[k] = moved;
        return at()['scalar']!.data[0]!;
      };
      const difference = (value(x + H) - value(x - H)) / (2 * H);
      data[k] = x;
      worst = Math.max(worst, Math.abs(difference - rule[k]!));
      scale = Math.max(scale, 1 + Math.abs(difference));
    }
  });
  return worst / scale;
}

function tensor({ shape, within = [-2, 2], gap = 0 }: Operand, draw: () => number): Tensor64 {
  const length = shape.reduce((a, b) => a * b, 1);
  const [low, high] = within;
  const data = Float64Array.from({ length }, () => {
    const x = low + (high - low) * draw();
    return Math.abs(x) < gap ? x + Math.sign(x || 1) * gap : x;
  });
  return { dtype: 'f32', shape, data };
}
