/**
 * @file How far the predicted peak is from the true one, and whether a limit at the upper end of the
 * prediction is ever too small: real runs, each in a cgroup of its own with that limit and no swap.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Prediction } from '#protocol';
import { loadTokenizer } from '#weights';
import { cgroupsUnavailable, createCgroup } from '../test/cgroup.ts';
import type { Benchmark } from './benchmark.ts';
import { writeExamples } from './examples.ts';
import { initModel, plimsollCommand } from './plimsoll.ts';
import {
  COMMON_FLAGS,
  type ModelName,
  MODELS,
  PREDICTION_CASES,
  type PredictionCase,
} from './prediction-cases.ts';
import { summarize } from './statistics.ts';

interface Facts {
  readonly cases: readonly CaseFacts[];
}

export interface CaseFacts extends PredictionCase {
  readonly predictedBytes: number;
  /** of the interval; its upper end is the kernel's limit */
  readonly intervalBytes: readonly [low: number, high: number];
  /** the most unreclaimable bytes of the group */
  readonly measuredBytes: number;
  /** the prediction's, as a share of what was measured */
  readonly error: number;
  /** by the group's own counter */
  readonly kills: number;
  /** optimizer steps that ended */
  readonly steps: number;
  /** null where the run ended by itself and did all of its steps as planned */
  readonly trouble: string | null;
  readonly seconds: number;
  /** between two looks at the group */
  readonly longestGapMs: number;
  readonly predictedItems: Prediction['items'];
}

export const predictionGrid: Benchmark<Facts> = {
  name: 'prediction',
  about: 'predicted and measured peak of unreclaimable memory, MiB',
  how:
    'Each case is one run of `plimsoll train` in a cgroup of its own, cold cache, no swap, whose limit is the ' +
    'upper end of what `plimsoll plan` predicts for the same flags. Unreclaimable bytes (anonymous, shared, ' +
    'kernel) are read every 2 ms; kills are counted by the kernel. Freed: buffers go back to the kernel when ' +
    'they are freed, as under limits of up to 384 MiB; kept: they wait for the next. Knobs are those of the ' +
    'plan, alone or with those that they go with.',
  unavailable: cgroupsUnavailable,

  async measure({ workFolder, say }) {
    const place = prepareGrid(workFolder);
    const cases: CaseFacts[] = [];
    for (const each of PREDICTION_CASES) {
      const facts = await measureCase(each, place);
      say(`${cases.length + 1}/${PREDICTION_CASES.length} ${caseLine(facts)}`);
      cases.push(facts);
    }
    return { cases };
  },

  table: ({ cases }) => {
    const errors = cases.map(({ error }) => Math.abs(error)).toSorted((a, b) => a - b);
    const kills = cases.reduce((sum, each) => sum + each.kills, 0);
    const troubled = cases.filter(({ trouble }) => trouble !== null).length;
    return [
      ['case', 'model', 'tokens', 'memory', 'predicted', 'limit', 'measured', 'error', 'kills'],
      [
        `all ${cases.length}: median ${share(summarize(errors).median)}, 95th percentile ` +
          `${share(errors[Math.ceil(0.95 * errors.length) - 1] ?? Number.NaN)}, largest ` +
          `${share(errors.at(-1) ?? Number.NaN)}${troubled > 0 ? `; ${troubled} did not end as planned` : ''}`,
        '',
        '',
        '',
        '',
        '',
        '',
        '',
        String(kills),
      ],
      ...cases.map((each) => [
        each.trouble === null ? each.name : `${each.name} (${each.trouble})`,
        each.model,
        tokensOf(each),
        each.memory,
        mib(each.predictedBytes),
        mib(each.intervalBytes[1]),
        mib(each.measuredBytes),
        signed(each.error),
        String(each.kills),
      ]),
    ];
  },
};

/** Where the grid's files are. */
export interface GridPlace {
  readonly workFolder: string;
  /** folders of the models that are there */
  readonly models: ReadonlyMap<ModelName, string>;
}

/** Random models of published shapes, and a copy of the embedded one. */
export function prepareGrid(workFolder: string, names: readonly ModelName[] = MODELS): GridPlace {
  const models = new Map(names.map((name) => [name, join(workFolder, 'models', name)]));
  for (const [name, folder] of models) {
    if (name === 'embedded') cpSync(EMBEDDED, folder, { recursive: true });
    else if (!existsSync(folder)) initModel(folder, name);
  }
  return { workFolder, models };
}

const EMBEDDED = join(import.meta.dirname, '../assets/base-model');

function modelOf({ models }: GridPlace, name: ModelName): string {
  const folder = models.get(name);
  if (folder === undefined) throw new Error(`internal: the grid has no model ${name} here`);
  return folder;
}

/** Predicts a case, runs it under its limit, and compares. */
export async function measureCase(each: PredictionCase, place: GridPlace): Promise<CaseFacts> {
  const flags = await flagsOf(each, place);
  const env = {
    ...process.env,
    PLIMSOLL_CACHE: join(place.workFolder, 'cache'),
    // bin/plimsoll would choose by the limit, and `plan` is asked without one.
    MALLOC_MMAP_THRESHOLD_: String(MMAP_THRESHOLD[each.memory]),
  };
  const ask = plimsollCommand('plan', '--json', ...flags);
  const prediction: Prediction = JSON.parse(
    execFileSync(ask.file, ask.args, { encoding: 'utf8', env, maxBuffer: 2 ** 28 }),
  );
  const limit = prediction.interval_bytes[1];
  dropFromCache(modelOf(place, each.model));
  const output = join(place.workFolder, 'output');
  await using group = createCgroup({ limit });
  const command = plimsollCommand('train', '--json', ...flags, '--output-dir', output);
  const ended = await group.run(command.file, command.args, { env, timeoutMs: MOST_MS });
  const kills = group.counters().own.kills ?? 0;
  rmSync(output, { recursive: true, force: true });
  const events = ended.stdout
    .split('\n')
    .filter(Boolean)
    .map((line): Event => JSON.parse(line));
  const steps = events.filter(({ type }) => type === 'step').length;
  const { predicted_peak_bytes: predictedBytes } = prediction;
  return {
    ...each,
    predictedBytes,
    intervalBytes: prediction.interval_bytes,
    measuredBytes: ended.peak.unreclaimable,
    error: predictedBytes / ended.peak.unreclaimable - 1,
    kills,
    steps,
    trouble: troubleOf(events, ended),
    seconds: ended.seconds,
    longestGapMs: ended.peak.longestGapMs,
    predictedItems: prediction.items,
  };
}

export function caseLine(facts: CaseFacts): string {
  const { name, model, memory, predictedBytes, measuredBytes, error, kills, trouble, seconds } =
    facts;
  return (
    `${model} ${tokensOf(facts)} ${memory}, ${name}: predicted ${mib(predictedBytes)}, measured ` +
    `${mib(measuredBytes)} MiB, ${signed(error)}, ${kills} kills, ${seconds.toFixed(0)} s${trouble ? `, ${trouble}` : ''}`
  );
}

/** The two that bin/plimsoll chooses between. */
const MMAP_THRESHOLD = { freed: 128 * 2 ** 10, kept: 32 * 2 ** 20 } as const;
/** A run that reads its weights again and again from the disk is slow, and ends. */
const MOST_MS = 900_000;

interface Event {
  readonly type: string;
  readonly code?: string;
  readonly error?: { readonly code: string };
}

async function flagsOf(each: PredictionCase, place: GridPlace): Promise<string[]> {
  const own: PredictionCase['flags'] = {
    'base-model': modelOf(place, each.model),
    ...(each.examples !== 'bundled' && {
      data: await examplesOf(each.examples, each.model, place),
      'source-max-tokens': each.examples.source,
      'target-max-tokens': each.examples.target,
      'pad-to-max': true,
    }),
  };
  const common = Object.entries(COMMON_FLAGS).filter(
    ([name]) => !(name.replace(/^no-/, '') in each.flags),
  );
  return Object.entries({ ...Object.fromEntries(common), ...own, ...each.flags }).flatMap(
    ([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, String(value)]),
  );
}

/** As many as the largest batches of all steps take. */
const MOST_EXAMPLES = 64;

/** The models share a tokenizer, so one file of examples serves all. */
async function examplesOf(
  lengths: { readonly source: number; readonly target: number },
  model: ModelName,
  place: GridPlace,
): Promise<string> {
  const { workFolder } = place;
  const file = join(workFolder, `${lengths.source}-${lengths.target}.jsonl`);
  if (!existsSync(file))
    writeExamples(file, await loadTokenizer(modelOf(place, model)), lengths, MOST_EXAMPLES);
  return file;
}

/** A page that is in memory already is charged to nobody: the run would have it for nothing. */
function dropFromCache(folder: string): void {
  for (const name of readdirSync(folder)) {
    execFileSync('dd', [`if=${join(folder, name)}`, 'iflag=nocache', 'count=0', 'status=none']);
  }
}

function troubleOf(
  events: readonly Event[],
  ended: { code: number | null; signal: string | null; timedOut: boolean },
): string | null {
  if (ended.timedOut) return 'timed out';
  if (ended.signal !== null) return ended.signal;
  if (ended.code !== 0) return events.at(-1)?.error?.code ?? `code ${ended.code}`;
  return events.some(({ code }) => code === 'PLAN_CHANGED') ? 'plan changed' : null;
}

function tokensOf({ examples }: PredictionCase): string {
  return examples === 'bundled' ? 'as they are' : `${examples.source}/${examples.target}`;
}

const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
const share = (part: number): string => `${(100 * part).toFixed(1)}%`;
const signed = (part: number): string => `${part < 0 ? '' : '+'}${share(part)}`;
