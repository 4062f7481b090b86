/**
 * @file The models that the service can answer with, under the ids that OpenAI's API gives them: bases, and what
 * completed runs have made of them. What there is, is looked for on the disk: nothing is kept that could disagree.
 *
 *     plimsoll-mini                                             a base: embedded, a folder below a root, of the hub
 *     ft:plimsoll-mini:plimsoll:lights:20260131-142501-9f3ac1   made by the run of that identifier
 *     ...:ckpt-step-40                                          the same, where that was its last step
 */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PlimsollError } from '#base';
import type { TrainingOrder } from '#protocol';
import type { RunRow, Store } from '#store';
import { OWNER } from './openai-words.ts';
import { orderOf } from '../orders/order.ts';
import { isHubName, type Places } from '../orders/order-words.ts';
import { resolveBelow } from '../orders/paths.ts';

export interface ServedModel {
  readonly id: string;
  /** ISO 8601 */
  readonly createdAt: string;
  /** as `plimsoll generate --model` takes it: the embedded one's name, a folder, or a name of the hub */
  readonly base: string;
  /** the folder of an adapter, or of a whole model that was tuned; null for a base itself */
  readonly tuned: string | null;
  /** the run that made it; null for a base */
  readonly run: RunRow | null;
}

export interface ServedModels {
  /** Bases, then tuned ones, the newest first. */
  list(): ServedModel[];
  /** Null where there is none of that id. */
  named(id: string): ServedModel | null;
  /** Deletes what a run has made, and leaves its record; false for a base, and where there is none. */
  remove(id: string): boolean;
}

/** Completed runs that are looked at, the newest. */
const MOST_RUNS = 1000;
/** Names right below a root that are looked at. */
const MOST_NAMES = 1000;
/** Where in its folder a run keeps what it has made: an adapter, or a whole model. */
const MADE = ['adapter', 'model'] as const;
/** By it a folder is known to hold a model. */
const CONFIG = 'config.json';

export function servedModels(
  { runs, jobs }: Pick<Store, 'runs' | 'jobs'>,
  places: Places,
): ServedModels {
  const { embeddedModel, roots } = places;

  const trained = (run: RunRow): Trained[] => {
    if (run.command_order !== null) return [];
    const order = orderOf(run);
    return [{ run, order, base: baseOf(order, places) }];
  };
  const completed = (): Trained[] =>
    runs.list({ limit: MOST_RUNS, status: 'completed' }).flatMap(trained);

  const tunedBy = (all: readonly Trained[]): ServedModel[] => {
    const ofJobs = jobs.ofRuns(all.map(({ run }) => run.id));
    const suffixes = new Map(ofJobs.map(({ run_id, suffix }) => [run_id, suffix]));
    return all.flatMap(({ run, order, base }) => {
      const tuned = madeBy(run);
      if (tuned === null || base === null) return [];
      const suffix = suffixes.get(run.id) ?? null;
      const id = tunedModelId(order.base_model ?? embeddedModel, suffix, run.identifier);
      return [{ id, createdAt: run.finished_at ?? run.created_at, base, tuned, run }];
    });
  };
  const tunedNamed = (id: string): ServedModel | null => {
    const [, name = id, step] = CHECKPOINT.exec(id) ?? [];
    const run = runs.byIdentifier(name.slice(name.lastIndexOf(':') + 1));
    if (run?.status !== 'completed') return null;
    const model = tunedBy(trained(run)).find((each) => each.id === name);
    if (!model) return null;
    return step === undefined || isLastStep(run, Number(step)) ? { ...model, id } : null;
  };
  const baseNamed = (id: string): ServedModel | null => {
    if (id === embeddedModel) return baseModel(id, id, EPOCH);
    const folder = folderNamed(id, places);
    if (folder !== null) return baseModel(id, folder, timeOf(join(folder, CONFIG)));
    return isHubName(id) ? (ofHub(completed()).find((each) => each.id === id) ?? null) : null;
  };
  const named = (id: string) => (id.startsWith('ft:') ? tunedNamed(id) : baseNamed(id));

  return {
    named,
    list: () => {
      const all = completed();
      const ids = new Set([embeddedModel, ...roots.flatMap(modelFolders)]);
      const here = [...ids].flatMap((id) => baseNamed(id) ?? []);
      return [...here, ...ofHub(all), ...tunedBy(all)];
    },
    remove: (id) => {
      const run = named(id)?.run;
      if (!run) return false;
      // A checkpoint has the same weights.
      for (const name of [...MADE, 'checkpoint'])
        rmSync(join(run.output_dir, name), { recursive: true, force: true });
      return true;
    },
  };
}

interface Trained {
  readonly run: RunRow;
  readonly order: TrainingOrder;
  /** null where it can no longer be reached: it has moved out of the roots */
  readonly base: string | null;
}

/** `ft:plimsoll-mini:plimsoll:lights:20260131-142501-9f3ac1` @param base as it was ordered */
export function tunedModelId(base: string, suffix: string | null, identifier: string): string {
  return ['ft', base, OWNER, suffix ?? '', identifier].join(':');
}

const CHECKPOINT = /^(.*):ckpt-step-(\d+)$/;

/** An early stop goes back to the best step, and the last one is no longer there. */
function isLastStep(run: RunRow, step: number): boolean {
  return run.step === step && orderOf(run).early_stopping === undefined;
}

/** Null where it trained nothing, or what it made has been deleted. */
function madeBy({ output_dir }: RunRow): string | null {
  const made = MADE.map((name) => join(output_dir, name));
  return made.find((folder) => existsSync(folder)) ?? null;
}

function baseOf({ base_model: name, revision }: TrainingOrder, places: Places): string | null {
  if (name === undefined || name === places.embeddedModel) return places.embeddedModel;
  if (isHubName(name)) return revision === undefined ? name : `${name}@${revision}`;
  return folderNamed(name, places);
}

/** Of those that came from the hub each that a run was trained from: it is in the hub's cache. */
function ofHub(all: readonly Trained[]): ServedModel[] {
  const first = new Map<string, string>();
  for (const { base, run } of all)
    if (base !== null && isHubName(base)) first.set(base, run.created_at); // the oldest comes last
  return [...first].map(([id, createdAt]) => baseModel(id, id, createdAt));
}

function baseModel(id: string, base: string, createdAt: string): ServedModel {
  return { id, createdAt, base, tuned: null, run: null };
}

/** Of the embedded model, which is as old as the package. */
const EPOCH = new Date(0).toISOString();

function timeOf(file: string): string {
  return statSync(file, { throwIfNoEntry: false })?.mtime.toISOString() ?? EPOCH;
}

/** A model's folder below the roots, by its path as an order has it. */
function folderNamed(id: string, { roots }: Places): string | null {
  try {
    const folder = resolveBelow(roots, 'model', id);
    return existsSync(join(folder, CONFIG)) ? folder : null;
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error;
    return null; // outside of them
  }
}

/** Names of those right below a root that hold a model. */
function modelFolders(root: string): string[] {
  try {
    const names = readdirSync(root).slice(0, MOST_NAMES);
    return names.filter((name) => existsSync(join(root, name, CONFIG))).toSorted();
  } catch {
    return []; // the root is not there yet
  }
}
