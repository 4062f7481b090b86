/**
 * @file A graph as text, one value a line, for people and for snapshots. Values are numbered by their
 * place in the graph, so the text does not change with what else its builder made.
 */
import { showShape } from './dim.ts';
import type { Graph, Value } from './graph.ts';

/** `%4 = matmul(%1, %3) {transB} : f32[B,S,512]`, and so on; at the end what the outputs are. */
export function print(graph: Graph): string {
  const nameOf = new Map(graph.nodes.map((value, place) => [value, `%${place}`]));
  const refer = (value: Value) => nameOf.get(value) ?? '%?';
  return [
    `graph ${graph.name}`,
    ...graph.nodes.map(
      (value) => `  ${refer(value)} = ${operation(value, refer)} : ${typeOf(value)}`,
    ),
    ...Object.entries(graph.outputs).map(([name, value]) => `  return ${name} = ${refer(value)}`),
  ].join('\n');
}

function operation(value: Value, refer: (value: Value) => string): string {
  if (value.op === 'input' || value.op === 'weight') return `${value.op} ${value.params.name}`;
  if (value.op === 'fill') return `fill ${value.params.value}`;
  const operands = value.inputs.map(refer).join(', ');
  return [`${value.op}(${operands})`, ...parameters(value.params)].join(' ');
}

/** What the type does not say already: flags that are set, axes, lengths. */
function parameters(params: object): string[] {
  const shown = Object.entries(params).flatMap(([key, value]: [string, unknown]) => {
    if (key === 'shape' || value === false) return [];
    return value === true ? [key] : [`${key}: ${JSON.stringify(value).replaceAll('"', '')}`];
  });
  return shown.length === 0 ? [] : [`{${shown.join(', ')}}`];
}

function typeOf({ dtype, shape }: Value): string {
  return `${dtype}${showShape(shape)}`;
}
