/** @file The metrics of a job that has succeeded, as a file: made when it is first asked for, in the run's folder. */
import { createWriteStream, existsSync, rmSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PlimsollError, temporaryName, throwWriteError } from '#base';
import type { JobRow, RunRow, Store } from '#store';
import type { Log } from '../http/log.ts';
import { type MetricRow, metricRows } from './metric-rows.ts';
import { eventsFile } from '../runs/trainer-log.ts';

export interface JobResults {
  /** Those that are due, at most some at once. What the disk has no room for stays so. */
  make(): Promise<void>;
  /** The file of a run. */
  remove(run: number): void;
}

/** Its name in the run's folder, and for clients. */
export const RESULTS = 'step_metrics.csv';

export function resultsIdOf({ identifier }: Pick<RunRow, 'identifier'>): string {
  return `file-results-${identifier}`;
}

/** A list of jobs has no more. */
const MOST_AT_ONCE = 100;

export function jobResults(store: Store, log: Log): JobResults {
  const { runs, jobs, files } = store;
  let last: Promise<void> = Promise.resolve();

  const makeOf = async ({ run_id }: JobRow): Promise<void> => {
    const run = runs.byId(run_id);
    if (!run) return;
    if (!existsSync(run.output_dir)) {
      jobs.set(run_id, { results: 'none' }); // somebody has deleted it
      return;
    }
    const file = join(run.output_dir, RESULTS);
    const trained_tokens = await writeMetrics(run, file);
    store.transaction(() => {
      if (!runs.byId(run_id)) return; // it was deleted meanwhile, with its folder
      const { size: bytes } = statSync(file);
      const about = { purpose: 'fine-tune-results', created_by: run.triggered_by } as const;
      files.add({ id: resultsIdOf(run), name: RESULTS, bytes, run_id, ...about });
      jobs.set(run_id, { results: 'made', trained_tokens });
    });
  };
  const makeDue = async (): Promise<void> => {
    for (const job of jobs.due(MOST_AT_ONCE)) {
      try {
        await makeOf(job);
      } catch (error) {
        if (!(error instanceof PlimsollError)) throw error;
        log.error({ run: job.run_id, err: error }, 'no metrics yet');
      }
    }
  };
  return {
    make: async () => {
      last = last.catch(() => {}).then(makeDue); // it was told to whoever asked
      await last;
    },
    remove: (run) => {
      const folder = runs.byId(run)?.output_dir;
      if (folder !== undefined) rmSync(join(folder, RESULTS), { force: true });
    },
  };
}

const COLUMNS = [
  'step',
  'train_loss',
  'valid_loss',
  'learning_rate',
  'grad_norm',
  'tokens',
  'seconds',
  'memory_anon',
  'memory_file',
] as const satisfies readonly (keyof MetricRow)[];

/** The tokens of all steps. @throws PlimsollError DISK_FULL, FILE_NOT_WRITABLE */
async function writeMetrics({ output_dir }: RunRow, file: string): Promise<number> {
  const temporary = temporaryName(file);
  let tokens = 0;
  async function* lines(): AsyncGenerator<string> {
    yield `${COLUMNS.join(',')}\n`;
    for await (const row of metricRows(eventsFile(output_dir))) {
      tokens += row.tokens;
      yield `${COLUMNS.map((name) => row[name] ?? '').join(',')}\n`;
    }
  }
  try {
    await pipeline(lines, createWriteStream(temporary, { flags: 'wx', flush: true }));
    await rename(temporary, file);
    return tokens;
  } catch (error) {
    rmSync(temporary, { force: true });
    return throwWriteError(file, error);
  }
}
