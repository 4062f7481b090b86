/**
 * @file A block of T5 as a chain of segments, for when all of it at once is too much: projections,
 * attention by heads ('H' may be cut), output; the decoder's second attention likewise; feed-forward by
 * rows ('R', which are the positions, may be cut). The values are those of the whole block.
 */
import type { Dim, Value } from '#grad';
import { dropout, joinHeads, linear } from './layers.ts';
import { type BuildOptions, type InputOf, type Segment, segment } from './segment.ts';
import type { T5Config } from './t5-config.ts';
import {
  crossAttention,
  feedForward,
  keysAndValues,
  mixValues,
  norm,
  queries,
  selfAttention,
} from './t5-layers.ts';
import { biasOf, encodedOf, lengthOf, maskOf, type Stack } from './t5-ports.ts';

export function blockInParts(
  config: T5Config,
  options: BuildOptions,
  stack: Stack,
  i: number,
): Segment[] {
  const block = `${stack}.block.${i}`;
  const crossed = `${block}.crossed`;
  const attended = `${block}.attended`;
  const within = { group: block };
  const layer = attentionInParts(config, options, block, {
    name: selfAttention(stack, i),
    layer: `${block}.layer.0`,
    from: `${stack}.hidden.${i}`,
    to: attended,
    length: lengthOf(stack),
    keyLength: lengthOf(stack),
    bias: (input) => biasOf(input, stack, 'H'),
  });
  const cross =
    stack === 'encoder'
      ? []
      : attentionInParts(config, options, block, {
          name: crossAttention(i),
          layer: `${block}.layer.1`,
          from: attended,
          to: crossed,
          length: 'T',
          keyLength: 'S',
          bias: maskOf,
          keysFrom: (input) => encodedOf(config, input),
        });
  const last = stack === 'encoder' ? 1 : 2;
  const feed = segment(
    `${block}.feed-forward`,
    options,
    (context, input) => ({
      [`${stack}.hidden.${i + 1}`]: feedForward(
        context,
        config,
        `${block}.layer.${last}`,
        input(stack === 'encoder' ? attended : crossed, 'f32', ['B', 'R', config.dModel]),
      ),
    }),
    { ...within, sliceable: 'R' },
  );
  return [...layer, ...cross, feed];
}

/** One attention layer with its residual connection, as a chain of three segments. */
function attentionInParts(
  config: T5Config,
  options: BuildOptions,
  group: string,
  part: {
    readonly name: string;
    readonly layer: string;
    readonly from: string;
    readonly to: string;
    readonly length: Dim;
    readonly keyLength: Dim;
    readonly bias: (input: InputOf) => Value;
    /** absent: keys and values are the queries' own positions */
    readonly keysFrom?: (input: InputOf) => Value;
  },
): Segment[] {
  const { name, layer, length, keyLength } = part;
  const ports = { query: `${name}.query`, key: `${name}.key`, value: `${name}.value` };
  const mixed = `${name}.mixed`;
  const hidden = (input: InputOf) => input(part.from, 'f32', ['B', length, config.dModel]);
  const heads = (input: InputOf, port: string, positions: Dim) =>
    input(port, 'f32', ['B', 'H', positions, config.dKv]);
  return [
    segment(
      `${name}.projections`,
      options,
      (context, input) => {
        const x = norm(context, config, layer, hidden(input));
        const [key, value] = keysAndValues(context, config, name, part.keysFrom?.(input) ?? x);
        return {
          [ports.query]: queries(context, config, name, x),
          [ports.key]: key,
          [ports.value]: value,
        };
      },
      { group },
    ),
    segment(
      `${name}.products`,
      options,
      (context, input) => ({
        [mixed]: mixValues(
          context,
          name,
          heads(input, ports.query, length),
          heads(input, ports.key, keyLength),
          heads(input, ports.value, keyLength),
          part.bias(input),
        ),
      }),
      { group, sliceable: 'H' },
    ),
    segment(
      `${name}.output`,
      options,
      (context, input) => {
        const joined = joinHeads(
          context.g,
          input(mixed, 'f32', ['B', config.heads, length, config.dKv]),
        );
        const projected = linear(context, joined, `${name}.o`, config.dModel);
        return { [part.to]: context.g.add(hidden(input), dropout(context, projected, layer)) };
      },
      { group },
    ),
  ];
}
