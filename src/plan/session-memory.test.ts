/**
 * @file What is predicted for single kernels, as text; and for flan-t5-small's graphs against what the
 * kernel counts while a process of its own runs them.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import type { WeightStorage } from '#base';
import { GraphBuilder, type Value } from '#grad';
import { sessionMemory, type SessionMemoryOptions } from './session-memory.ts';

/** Floats of (B,S) = (10,100), so that bytes read as multiples of 4000. */
const LENGTHS = { B: 10, S: 100 };

function shown(
  build: (g: GraphBuilder, x: Value) => Readonly<Record<string, Value>>,
  options?: SessionMemoryOptions,
): string {
  const g = new GraphBuilder('small');
  const outputs = build(g, g.input('x', 'f32', ['B', 'S']));
  const { timeline } = sessionMemory(g.finish(outputs), LENGTHS, options);
  return timeline.map(({ op, bytes }) => `${op} ${bytes}`).join(', ');
}

function twoOutputs(g: GraphBuilder, x: Value): Record<string, Value> {
  const half = g.neg(x);
  return { half, y: g.exp(g.sqrt(half)) };
}

function product(storage: WeightStorage, transB: boolean): string {
  const build = (g: GraphBuilder) => {
    const x = g.input('wide', 'f32', ['B', transB ? 512 : 4000]);
    return { y: g.matmul(x, g.weight('w', [4000, 512]), { transB }) };
  };
  return shown(build, { storageOf: () => storage });
}

function rowsOfTable(g: GraphBuilder): Record<string, Value> {
  return { y: g.neg(g.gather(g.weight('w', [4000, 64]), g.input('ids', 'i32', ['B']))) };
}

const lookedUp = (storage: WeightStorage) => shown(rowsOfTable, { storageOf: () => storage });

describe('bytes during each kernel', () => {
  test('a result is written where it is asked for; operands live as long as they are read', () => {
    expect(shown((g, x) => ({ y: g.exp(g.neg(g.sqrt(x))) }))).toMatchInlineSnapshot(
      `"Sqrt 4000, Neg 8000, Exp 4000"`,
    );
  });

  test('softmax, tanh, relu and sigmoid overwrite what nothing else reads', () => {
    expect(shown((g, x) => ({ y: g.exp(g.tanh(g.softmax(g.neg(x)))) }))).toMatchInlineSnapshot(
      `"Neg 4000, Softmax 4000, Tanh 4000, Exp 4000"`,
    );
    expect(
      shown((g, x) => {
        const z = g.exp(x);
        return { y: g.exp(g.add(g.tanh(z), z)) };
      }),
    ).toMatchInlineSnapshot(`"Exp 4000, Tanh 8000, Add 12000, Exp 4000"`);
  });

  test('memory that is free serves the next result of the same shape, and lives on with it', () => {
    expect(
      shown((g, x) => {
        const a = g.exp(g.sqrt(g.neg(x))); // where the negative was
        return { y: g.add(g.reduceSum(a, [1]), a) };
      }),
    ).toMatchInlineSnapshot(`"Neg 4000, Sqrt 8000, Exp 8000, ReduceSum 4040, Add 4040"`);
  });

  test('another shape of the same numbers is the same memory', () => {
    expect(
      shown((g, x) => ({ y: g.exp(g.transpose(g.reshape(g.neg(x), ['B', 'S', 1]), [1, 0, 2])) })),
    ).toMatchInlineSnapshot(`"Neg 4000, Reshape 4000, Transpose 8000, Exp 4000"`);
  });

  test('constants and stretched operands are not made; one kernel for the same on the same', () => {
    expect(
      shown((g, x) => ({
        y: g.mul(g.fill(3, ['B', 'S']), g.add(x, g.broadcastTo(g.reduceMean(x, [1]), ['B', 'S']))),
        loss: g.sub(g.logSumExp(x), g.reduceSum(g.softmax(x), [1])),
      })),
    ).toMatchInlineSnapshot(
      `"ReduceMean 40, Add 4040, Mul 4040, ReduceMax 4040, Softmax 4040, ReduceMax 4080, Log 4120, Sub 4120, ReduceSum 4080, Sub 80"`,
    );
  });

  test('what is not asked for is made all the same, and kept to the end', () => {
    expect(shown(twoOutputs, { outputs: ['y'] })).toMatchInlineSnapshot(
      `"Neg 4000, Sqrt 8000, Exp 8000"`,
    );
    expect(shown(twoOutputs)).toMatchInlineSnapshot(`"Neg 0, Sqrt 4000, Exp 4000"`);
  });

  test('scattering: rows of ids are made as wide as the rows, and copied as int64', () => {
    expect(
      shown((g) => {
        const ids = g.input('ids', 'i32', ['B']);
        const rows = g.input('rows', 'f32', ['B', 50]);
        return { y: g.neg(g.scatterAddRows(g.fill(0, [20, 50]), ids, rows)) };
      }),
    ).toMatchInlineSnapshot(
      `"ConstantOfShape 4000, Reshape 4000, Expand 6000, ScatterElements 10000, Neg 4000"`,
    );
  });

  test('a stored weight is float32 for one product, a large one slice by slice', () => {
    expect(product('f32', true)).toMatchInlineSnapshot(`"MatMul 0"`);
    expect(product('bf16', true)).toMatchInlineSnapshot(
      `"Cast 4096000, MatMul 4176000, Cast 4176000, MatMul 4256000, Concat 160000"`,
    );
    expect(product('i8', false)).toMatchInlineSnapshot(
      `"Slice 80000, DequantizeLinear 4176000, MatMul 4196480, Slice 4196480, DequantizeLinear 4196480, MatMul 4216960, Add 40960"`,
    );
    expect(product('u4', false)).toMatchInlineSnapshot(
      `"Slice 80000, DequantizeLinear 4176000, Reshape 4176000, MatMul 4196480, Slice 4196480, DequantizeLinear 4196480, Reshape 4196480, MatMul 4216960, Add 40960"`,
    );
  });

  test('rows of a stored table are looked up first', () => {
    expect(lookedUp('bf16')).toMatchInlineSnapshot(`"Gather 1280, Cast 3840, Neg 2560"`);
    expect(lookedUp('i8')).toMatchInlineSnapshot(
      `"Gather 640, Cast 3200, Gather 2600, Unsqueeze 2600, Mul 5160, Neg 2560"`,
    );
    expect(lookedUp('u4')).toMatchInlineSnapshot(`"GatherBlockQuantized 2560, Neg 2560"`);
  });
});

const MIB = 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-session-memory-'));
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * Runs graphs of flan-t5-small with LoRA, and reads off the kernel how much memory each took at most.
 * Freed memory goes back to the kernel at once, since each buffer is a mapping of its own
 * (MALLOC_MMAP_THRESHOLD_); the weights, a file of zeros, are in memory throughout.
 */
const CHILD = `
  import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
  import { join } from 'node:path';
  import { setFlagsFromString } from 'node:v8';
  import { runInNewContext } from 'node:vm';
  import { canStore } from '#base';
  import { shapeOf } from '#grad';
  import { modelOf, t5ConfigOfSize, linearModules } from '#models';
  import { openPair, openSession } from '#onnx';
  import { trainingGraphs } from '#plan';
  import { sessionMemory } from './src/plan/session-memory.ts';

  const { folder, storage, batches } = JSON.parse(process.argv[1]);
  const file = join(folder, 'zeros');
  writeFileSync(file, '');
  truncateSync(file, 128 * 2 ** 20);

  const model = modelOf(t5ConfigOfSize('flan-t5-small'), 'config.json');
  const modules = linearModules(model).filter((name) => /\\.[qv]$/.test(name));
  const adapter = { kind: 'lora', r: 16, alpha: 32, dropout: 0.05, modules };
  const isTrained = (name) => name.includes('lora_');
  const graphsUnder = (attention) =>
    trainingGraphs(model, {
      adapter, dropout: 0.1, trainable: isTrained, plan: { attention, headsAtOnce: null, rowsAtOnce: null },
    });
  const { segments, head } = graphsUnder('recomputed');
  const shapes = new Map([head, ...segments.flatMap(({ forward, backward }) => [forward, backward])]
    .flatMap((graph) => graph?.weights ?? []).map(({ params }) => [params.name, params.shape]));
  const storageOf = (name) => !isTrained(name) && canStore(shapes.get(name), storage) ? storage : 'f32';
  const bind = (name) => {
    if (isTrained(name)) return 'fed';
    const shape = shapes.get(name);
    const count = shape.reduce((a, b) => a * b, 1);
    const own = storageOf(name);
    const length = count * { f32: 4, bf16: 2, i8: 1, u4: 0.5 }[own];
    const scales = { offset: 0, length: 4 * (own === 'u4' ? count / 32 : shape[0]) };
    return { file, storage: own, shape, offset: 0, length, scales, zeroPoints: { offset: 0, length: count / 64 } };
  };
  const options = { threads: 2, arena: false, memoryPattern: false, prepacking: false };

  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const bytesOf = (key) =>
    1024 * parseInt(readFileSync('/proc/self/status', 'utf8').split(key + ':')[1]);
  /** How much more memory there was during the act than before it, at most: the kernel keeps count. */
  const mostGrown = async (act) => {
    collect();
    writeFileSync('/proc/self/clear_refs', '5');
    const before = bytesOf('VmRSS');
    await act();
    return bytesOf('VmHWM') - before;
  };
  const results = [];

  async function measure(name, graph, session, lengths, outputs) {
    const tensor = ({ dtype, shape }) => {
      const own = shapeOf(shape, lengths);
      const size = own.reduce((a, b) => a * b, 1);
      return { dtype, shape: own, data: dtype === 'i32' ? new Int32Array(size) : new Float32Array(size).fill(0.01) };
    };
    const fed = graph.weights.filter(({ params }) => isTrained(params.name));
    const feeds = Object.fromEntries([...graph.inputs, ...fed].map((value) => [value.params.name, tensor(value)]));
    const into = Object.fromEntries(outputs.map((output) => [output, tensor(graph.outputs[output])]));
    const run = () => session.run(feeds, into);
    await run();
    const seen = [];
    for (let i = 0; i < 7; i++) seen.push(await mostGrown(run));
    const measured = seen.toSorted((a, b) => a - b)[3];
    const { peakBytes, at } = sessionMemory(graph, lengths, { storageOf, outputs });
    results.push({ name, measured, predicted: peakBytes, at });
  }

  const pairs = [];
  for (const attention of ['recomputed', 'kept']) {
    for (const { name, forward, backward } of graphsUnder(attention).segments) {
      if (name !== 'encoder.block.1' && name !== 'decoder.block.1') continue;
      const sessions = await openPair([forward, backward], bind, options);
      pairs.push({ name: \`\${name}, attention \${attention}\`, forward, backward, sessions });
    }
  }
  for (const [B, S, T] of batches) {
    const lengths = { B, S, T, I: S };
    for (const { name, forward, backward, sessions } of pairs) {
      const shown = (part) => \`\${name} \${part}, B \${B}, S \${S}, T \${T}\`;
      const outputs = Object.keys(forward.outputs);
      await measure(shown('forward'), forward, sessions[0], lengths, outputs);
      await measure(shown('forward, nothing kept'), forward, sessions[0], lengths, outputs.slice(0, 1));
      await measure(shown('backward'), backward, sessions[1], lengths, Object.keys(backward.outputs));
    }
  }
  const embed = segments.find(({ name }) => name === 'encoder.embed').forward;
  const embedding = await openSession(embed, bind, options);
  await measure('encoder.embed', embed, embedding, { B: 1, I: 384, S: 384 }, Object.keys(embed.outputs));
  const heading = await openSession(head, bind, options);
  for (const N of [16, 64, 192]) {
    await measure(\`head, N \${N}\`, head, heading, { N }, Object.keys(head.outputs));
  }
  console.log(JSON.stringify(results));
`;

interface Measured {
  readonly name: string;
  readonly measured: number;
  readonly predicted: number;
  readonly at: string;
}

/** Of each: examples, source and target positions. */
type Batches = readonly (readonly [number, number, number])[];

async function measureAll(storage: WeightStorage, batches: Batches): Promise<Measured[]> {
  const given = JSON.stringify({ folder, storage, batches });
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=source', '--import=tsx', '--input-type=module', `--eval=${CHILD}`, given],
    {
      env: {
        ...process.env,
        MALLOC_ARENA_MAX: '1',
        MALLOC_MMAP_THRESHOLD_: '16384',
        MALLOC_TRIM_THRESHOLD_: '65536',
      },
    },
  );
  return JSON.parse(stdout);
}

const mib = (bytes: number) => (bytes / MIB).toFixed(2).padStart(6);

describe.skipIf(!existsSync('/proc/self/clear_refs'))("flan-t5-small's graphs, LoRA r 16", () => {
  test.each([
    [
      'f32',
      [
        [1, 384, 384],
        [4, 384, 384],
        [1, 64, 64],
        [4, 24, 64],
      ],
    ],
    [
      'i8',
      [
        [1, 384, 384],
        [4, 24, 64],
      ],
    ],
  ] as const)(
    'weights stored as %s: within 3 % or 1 MiB of what the kernel counts',
    async (storage, batches) => {
      const all = await measureAll(storage, batches);
      expect(all.length).toBe(12 * batches.length + 4);
      const lines = all.map(
        ({ name, measured, predicted, at }) =>
          `${mib(measured)} ${mib(predicted)}  ${name} (at ${at})`,
      );
      console.log(['measured, predicted (MiB)', ...lines].join('\n'));
      const off = all.filter(
        ({ measured, predicted }) =>
          Math.abs(predicted - measured) > Math.max(0.03 * measured, MIB),
      );
      expect(off).toEqual([]);
    },
    // Hundreds of runs at full size: slow where others work too.
    600_000,
  );
});
