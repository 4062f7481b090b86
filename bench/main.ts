/**
 * @file `npm run bench`: measures Plimsoll as a user runs it, and with --reference the reference
 * implementation beside it.
 *
 *     npm run build && npm run bench                       all benchmarks, tables
 *     npm run bench -- --reference                         the reference in turn, and ratios
 *     npm run --silent bench -- --json --only memory       one benchmark, for programs
 *     npm run bench -- --markdown docs/benchmarks.md       and into that page, section by section
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import type { BenchContext, Benchmark } from './benchmark.ts';
import { dashboard } from './dashboard.ts';
import { dataMemory } from './data-memory.ts';
import { learning } from './learning.ts';
import { limits } from './limits.ts';
import { thisMachine } from './machine.ts';
import { memory } from './memory.ts';
import { type Section, updatedPage } from './page.ts';
import { initModel } from './plimsoll.ts';
import { predictionGrid } from './prediction-grid.ts';
import { recovery } from './recovery.ts';
import { serviceLoad } from './service-load.ts';
import { smallestLimits } from './smallest-limits.ts';
import { start } from './start.ts';
import { supervisor } from './supervisor.ts';
import { tableLines } from './table.ts';
import { trainStep } from './train-step.ts';

type Table = readonly (readonly string[])[];

/** A benchmark whatever its facts are. */
interface Runner extends Pick<Benchmark<never>, 'name' | 'about' | 'how' | 'unavailable'> {
  readonly run: (
    context: BenchContext,
  ) => Promise<{ facts: unknown; table: Table; chart: string | undefined }>;
}

const BENCHMARKS: readonly Runner[] = [
  runnerOf(start),
  runnerOf(trainStep),
  runnerOf(memory),
  runnerOf(limits),
  runnerOf(smallestLimits),
  runnerOf(predictionGrid),
  runnerOf(dataMemory),
  runnerOf(learning),
  runnerOf(recovery),
  runnerOf(supervisor),
  runnerOf(serviceLoad),
  runnerOf(dashboard),
];
const NAMES = BENCHMARKS.map(({ name }) => name);

const { values: options } = parseArgs({
  options: {
    reference: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    /** a page to put the tables into */
    markdown: { type: 'string' },
    only: { type: 'string', multiple: true, default: NAMES },
    /** how often each side runs */
    rounds: { type: 'string', default: '3' },
    /** of runs under limits: fewer, to try them out */
    steps: { type: 'string' },
    /** a model's folder instead of a random one of flan-t5-small's shape */
    model: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const steps = options.steps === undefined ? undefined : Number(options.steps);
const unknown = options.only.filter((name) => !NAMES.includes(name));
const isCount = (n: number): boolean => Number.isInteger(n) && n >= 1;
if (unknown.length > 0 || !isCount(rounds) || !isCount(steps ?? 1)) {
  console.error(
    `expected --only with one of ${NAMES.join(', ')}, --rounds and --steps with a whole ` +
      `number from 1, got ${unknown.join(', ') || `${options.rounds}, ${options.steps ?? '-'}`}`,
  );
  process.exit(2);
}

const workFolder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
try {
  const model = options.model ?? join(workFolder, 'model');
  if (options.model === undefined) initModel(model);
  const machine = thisMachine();
  const measured: Record<string, unknown> = {};
  const skipped: Record<string, string> = {};
  for (const { name, about, how, unavailable, run } of BENCHMARKS) {
    if (!options.only.includes(name)) continue;
    const reason = unavailable?.() ?? null;
    if (reason !== null) {
      skipped[name] = reason;
      console.error(`${name}: skipped, ${reason}`);
      continue;
    }
    const section = { name, about, how, machine, command: commandOf(name) };
    const { facts, table, chart } = await run({
      model,
      workFolder,
      reference: options.reference,
      rounds,
      ...(steps === undefined ? {} : { steps }),
      say: (line) => console.error(line),
    });
    measured[name] = facts;
    if (!options.json) console.log(`\n${[`${name}: ${about}`, ...tableLines(table)].join('\n')}`);
    if (options.markdown !== undefined)
      await writeSection(options.markdown, { ...section, table }, chart);
  }
  if (options.json) console.log(JSON.stringify({ machine, measured, skipped }, null, 2));
} finally {
  rmSync(workFolder, { recursive: true, force: true });
}

function runnerOf<Facts>(benchmark: Benchmark<Facts>): Runner {
  const { name, about, how, unavailable } = benchmark;
  return {
    name,
    about,
    how,
    ...(unavailable && { unavailable }),
    run: async (context) => {
      const facts = await benchmark.measure(context);
      return { facts, table: benchmark.table(facts), chart: benchmark.chart?.(facts) };
    },
  };
}

function commandOf(name: string): string {
  const reference = options.reference ? ' --reference' : '';
  return `npm run bench --${reference} --only ${name}`;
}

/** At once, so that what was measured for minutes is not lost with a benchmark that fails later. */
async function writeSection(
  file: string,
  section: Section,
  picture: string | undefined,
): Promise<void> {
  const page = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const chart = `images/${section.name}.svg`;
  if (picture !== undefined) {
    mkdirSync(join(dirname(file), 'images'), { recursive: true });
    writeFileSync(join(dirname(file), chart), picture);
  }
  const text = updatedPage(page, [picture === undefined ? section : { ...section, chart }], NAMES);
  const style = { parser: 'markdown', singleQuote: true, printWidth: 100 } as const;
  writeFileSync(file, await format(text, style));
}
