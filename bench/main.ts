/**
 * @file `npm run bench`: measures Plimsoll as a user runs it, and with --reference the reference
 * implementation beside it.
 *
 *     npm run build && npm run bench                       all benchmarks, tables
 *     npm run bench -- --reference                         the reference in turn, and ratios
 *     npm run --silent bench -- --json --only memory       one benchmark, for programs
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchContext, Benchmark } from './benchmark.ts';
import { dataMemory } from './data-memory.ts';
import { memory } from './memory.ts';
import { initModel } from './plimsoll.ts';
import { start } from './start.ts';
import { tableLines } from './table.ts';
import { trainStep } from './train-step.ts';

/** Runs one benchmark; its table, and its facts for JSON. */
type Runner = (context: BenchContext) => Promise<{ facts: unknown; lines: readonly string[] }>;

const BENCHMARKS: ReadonlyMap<string, Runner> = new Map([
  runnerOf(start),
  runnerOf(trainStep),
  runnerOf(memory),
  runnerOf(dataMemory),
]);
const NAMES = [...BENCHMARKS.keys()];

const { values: options } = parseArgs({
  options: {
    reference: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: NAMES },
    /** how often each side runs */
    rounds: { type: 'string', default: '3' },
    /** a model's folder instead of a random one of flan-t5-small's shape */
    model: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const unknown = options.only.filter((name) => !BENCHMARKS.has(name));
if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
  console.error(
    `expected --only with one of ${NAMES.join(', ')} and --rounds with a whole ` +
      `number from 1, got ${unknown.join(', ') || options.rounds}`,
  );
  process.exit(2);
}

const workFolder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
try {
  const model = options.model ?? join(workFolder, 'model');
  if (options.model === undefined) initModel(model);
  const machine = machineFacts();
  const measured: Record<string, unknown> = {};
  for (const [name, run] of BENCHMARKS) {
    if (!options.only.includes(name)) continue;
    const { facts, lines } = await run({
      model,
      workFolder,
      reference: options.reference,
      rounds,
      say: (line) => console.error(line),
    });
    measured[name] = facts;
    if (!options.json) console.log(`\n${lines.join('\n')}`);
  }
  if (options.json) console.log(JSON.stringify({ machine, measured }, null, 2));
} finally {
  rmSync(workFolder, { recursive: true, force: true });
}

function runnerOf<Facts>(benchmark: Benchmark<Facts>): readonly [string, Runner] {
  return [
    benchmark.name,
    async (context) => {
      const facts = await benchmark.measure(context);
      const lines = [
        `${benchmark.name}: ${benchmark.about}`,
        ...tableLines(benchmark.table(facts)),
      ];
      return { facts, lines };
    },
  ];
}

/** Figures mean little without these; the load says who else was at work before we began. */
function machineFacts(): Record<string, unknown> {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model,
    cores: cpus().length,
    load: loadavg()[0],
    node: process.version,
    date: new Date().toISOString(),
  };
}
