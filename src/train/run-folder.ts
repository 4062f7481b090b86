/**
 * @file Where a run keeps its files, and that nothing there is lost: a folder of its own, locked
 * while the run lives, `latest` beside it, and no run begun over another.
 *
 * With an output directory, that directory is locked as well: runs in it take turns, and `latest`
 * names the newest that got as far as training. A run directory given by name is locked alone.
 */
import { existsSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { checkRunId, fail, makeFolder, newRunId, replaceLink } from '#base';
import type { RunEvent, TrainingRun } from '#protocol';
import { folderOfRun, readRecord, writeRecord } from '#runs';
import { openEventLog } from './event-log.ts';
import { keepRoom } from './last-words.ts';
import { lockFolder, type RunLock } from './run-lock.ts';

/** the newest state to go on from, within a run's folder */
const STATE_FILE = join('checkpoint', 'state.safetensors');

export interface RunPlace {
  /** the run gets a folder of its own in it, named by its id */
  readonly outputDir: string;
  /** else one is made up from the time */
  readonly runId?: string | undefined;
  /** the run's folder itself, wherever it is */
  readonly runDirectory?: string | undefined;
}

export interface RunFolder {
  readonly runId: string;
  /** absolute */
  readonly folder: string;
  readonly checkpointFile: string;
  readonly bestFile: string;
  readonly adapterFolder: string;
  readonly outputLog: string;
  /** what training_run.json said when a run was resumed; null for a new one */
  readonly previous: TrainingRun | null;
  /** Adds a line to events.jsonl. */
  readonly append: (event: RunEvent) => void;
  /** Replaces training_run.json. */
  readonly writeRecord: (run: TrainingRun) => void;
  /**
   * Points `latest` beside a new run's folder to it. For a run that has all it needs: one that fails
   * before, at the hub or for want of memory, must not take the link from the run that it named.
   */
  readonly becomeLatest: () => void;
  /** Before a failure is told: frees what is kept for that, where the disk is full. */
  readonly makeRoom: () => void;
  /** Gives the folder free for other processes. Twice does no harm. */
  readonly close: () => void;
}

/**
 * Makes the folder of a new run, or opens that of the run to resume, and locks it.
 *
 * @throws PlimsollError RUN_FOLDER_IN_USE, RUN_EXISTS, RUN_ID_MALFORMED, RUN_RECORD_DAMAGED,
 *   FILE_NOT_WRITABLE, DISK_FULL; everything is then as it was, but for new empty folders
 */
export function createRunFolder(place: RunPlace): RunFolder {
  const outputDir = resolve(place.outputDir);
  const named = place.runDirectory === undefined ? undefined : resolve(place.runDirectory);
  const runId = place.runId === undefined ? madeUpId(named) : checkRunId(place.runId);
  const folder = named ?? join(outputDir, runId);
  return withLocks(named === undefined ? [outputDir, folder] : [folder], runId, (release) => {
    refuseExisting(folder);
    const link = dirname(folder) === outputDir ? latestIn(outputDir) : null;
    return opened(folder, runId, { previous: null, link, release });
  });
}

/**
 * Opens the folder of the run that `path` belongs to: its folder, a link to it, or a checkpoint.
 *
 * @throws PlimsollError RUN_NOT_FOUND, RUN_FOLDER_IN_USE, RUN_RECORD_DAMAGED
 */
export function resumeRunFolder(path: string): RunFolder {
  const folder = folderOfRun(path);
  return withLocks([folder], runIdOf(folder), (release) =>
    opened(folder, runIdOf(folder), { previous: readRecord(folder), link: null, release }),
  );
}

/** Makes and locks `folders` for as long as what `open` gives back is open. */
function withLocks(
  folders: readonly string[],
  runId: string,
  open: (release: () => void) => RunFolder,
): RunFolder {
  const locks: RunLock[] = [];
  const release = () => {
    for (const lock of locks) lock.release();
  };
  try {
    for (const folder of folders) {
      makeFolder(folder);
      locks.push(lockFolder(folder, runId));
    }
    return open(release);
  } catch (error) {
    release();
    throw error;
  }
}

function opened(
  folder: string,
  runId: string,
  {
    previous,
    link,
    release,
  }: Pick<RunFolder, 'previous'> & {
    readonly link: string | null;
    readonly release: () => void;
  },
): RunFolder {
  const checkpoints = join(folder, 'checkpoint');
  const adapterFolder = join(folder, 'adapter');
  makeFolder(checkpoints);
  for (const each of [folder, checkpoints, adapterFolder]) removeTemporaries(each);
  const events = openEventLog(join(folder, 'events.jsonl'));
  const lastWords = keepRoom(folder);
  return {
    runId,
    folder,
    checkpointFile: join(folder, STATE_FILE),
    bestFile: join(checkpoints, 'best.safetensors'),
    adapterFolder,
    outputLog: join(folder, 'output.log'),
    previous,
    append: events.append,
    writeRecord: (run) => {
      writeRecord(folder, run);
    },
    becomeLatest: () => {
      if (link !== null) replaceLink(link, basename(folder));
    },
    makeRoom: () => lastWords.makeRoom(),
    close: () => {
      lastWords.makeRoom();
      events.close();
      release();
    },
  };
}

/** A run that left nothing to go on from may be begun again in its folder; its events stay. */
function refuseExisting(folder: string): void {
  const holds =
    readRecord(folder)?.status === 'completed'
      ? 'the completed work'
      : [STATE_FILE, 'adapter'].find((name) => existsSync(join(folder, name)));
  if (holds !== undefined) fail('RUN_EXISTS', { folder, runId: runIdOf(folder), holds });
}

function runIdOf(folder: string): string {
  return readRecord(folder)?.run_id ?? basename(folder);
}

/** A folder's own name if it can be one, so that both agree. */
function madeUpId(folder: string | undefined): string {
  if (folder !== undefined && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(basename(folder)))
    return basename(folder);
  return `run-${newRunId()}`;
}

/** The link to the newest run, whether it is there or not; what is no link is the user's. */
function latestIn(outputDir: string): string {
  const link = join(outputDir, 'latest');
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === false)
    fail('FILE_NOT_WRITABLE', {
      file: link,
      reason: 'there is something of that name that is no link',
    });
  return link;
}

/** What a killed attempt was writing. A checkpoint can be as large as the model, so they add up. */
function removeTemporaries(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (name.startsWith('.') && name.endsWith('.tmp')) rmSync(join(folder, name), { force: true });
  }
}
