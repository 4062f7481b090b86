/** @file Which model a command means, by what was said of it and of an adapter. */
import { fail } from '#base';
import { recordFile } from '#runs';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { EMBEDDED_BASE, EMBEDDED_BASE_NAME } from './bundled.ts';

export interface NamedModel {
  /** a folder, absolute, or a name on the hub */
  readonly ref: string;
  /** as people call it, and as the files of a run do */
  readonly name: string;
}

/** What to answer with: `baseModel` as openModel takes it, and an adapter's folder if there is one. */
export interface ModelChoice {
  readonly baseModel: string;
  readonly adapter?: string;
}

/** A folder is made absolute: a run is resumed, and an adapter used, from other folders too. */
export function namedModel(name: string = EMBEDDED_BASE_NAME): NamedModel {
  if (name === EMBEDDED_BASE_NAME) return { ref: EMBEDDED_BASE, name };
  return { ref: isFolder(name) ? resolve(name) : name, name };
}

/** The model as openModel takes it, in one text. */
export function modelRef(name: string, revision?: string): string {
  const { ref } = namedModel(name);
  return revision === undefined ? ref : `${ref}@${revision}`;
}

/**
 * Without --model, an adapter's base is the one that it was trained from; without --adapter too, the
 * embedded one. A run of all weights has a whole model in the adapter's place.
 *
 * @throws PlimsollError ADAPTER_NOT_FOUND
 */
export function chooseModel(given: {
  readonly model?: string | undefined;
  readonly adapter?: string | undefined;
  readonly revision?: string | undefined;
}): ModelChoice {
  const { adapter, revision } = given;
  const named = given.model === undefined ? undefined : modelRef(given.model, revision);
  if (adapter === undefined) return { baseModel: named ?? namedModel().ref };
  const folder = folderWith(ADAPTER_CONFIG, adapter);
  if (folder !== undefined) return { baseModel: named ?? baseOf(folder), adapter: folder };
  const whole = named === undefined ? folderWith(MODEL_CONFIG, adapter) : undefined;
  if (whole !== undefined) return { baseModel: whole };
  return fail('ADAPTER_NOT_FOUND', { folder: adapter, expected: ADAPTER_CONFIG });
}

const ADAPTER_CONFIG = 'adapter_config.json';
const MODEL_CONFIG = 'config.json';
/** Where in its folder a run keeps what came out of it. */
const OF_RUN = { [ADAPTER_CONFIG]: 'adapter', [MODEL_CONFIG]: 'model' } as const;

/** `folder`, or what the run in it made, if `file` is there. */
function folderWith(file: keyof typeof OF_RUN, folder: string): string | undefined {
  const places = [folder, join(folder, OF_RUN[file])];
  return places.map((place) => resolve(place)).find((place) => existsSync(join(place, file)));
}

/** The run's own record knows best: it has the folder in full, and the revision. */
function baseOf(adapter: string): string {
  const run = readJson(recordFile(dirname(adapter)));
  if (textAt(run, 'base_model') === EMBEDDED_BASE_NAME) return EMBEDDED_BASE;
  const ref = textAt(run, 'spec', 'baseModel', 'ref');
  if (ref !== undefined) return modelRef(ref, textAt(run, 'spec', 'baseModel', 'revision'));
  const config = readJson(join(adapter, ADAPTER_CONFIG));
  const name = textAt(config, 'base_model_name_or_path');
  return name === undefined ? EMBEDDED_BASE : namedModel(name).ref;
}

function textAt(value: unknown, ...keys: readonly string[]): string | undefined {
  let at = value;
  for (const key of keys)
    at = typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined;
  return typeof at === 'string' && at !== '' ? at : undefined;
}

/** Undefined where there is no such file or it is damaged: the next place is looked at. */
function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    return undefined; // a damaged adapter_config.json is told by whoever reads the adapter
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
