/**
 * @file A service that is killed (SIGKILL) at moments of chance and started again at once, while clients order, cancel
 * and list runs: what was answered, and what was seen from outside of the processes that ran.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { uniform } from '#base';
import { type ServiceRun, serviceRunSchema } from '#protocol';

export interface Killing {
  readonly dataDir: string;
  /** what is ordered */
  readonly order: object;
  readonly kills: number;
  readonly seed: number;
}

export interface Survived {
  /** as they were when all had ended */
  readonly runs: ReadonlyMap<number, ServiceRun>;
  /** id -> identifier, of those that were answered with 202 */
  readonly accepted: ReadonlyMap<number, string>;
  /** those whose end a client asked for */
  readonly cancelled: ReadonlySet<number>;
  /** run folder -> processes that trained in it, by id and time of start */
  readonly trainers: ReadonlyMap<string, ReadonlySet<string>>;
  /** lines of the services' logs that tell of an error */
  readonly errors: readonly string[];
  /** kills that came before the service listened */
  readonly early: number;
  /** kills while some run was training */
  readonly amid: number;
}

const COMMAND = 'bin/plimsoll';
const RUNS = '/api/v1/admin/training/runs';
/** From the start of the service. It listens after half a second on a quiet machine, and begins a run a second later. */
const LONGEST_LIVES_MS = [1500, 8000];
const PAUSE_MS = 60;
/** Of the runs that wait or run; more are not ordered. */
const MOST_ACTIVE = 8;

export async function killedAgainAndAgain(killing: Killing): Promise<Survived> {
  const { dataDir, order, kills, seed } = killing;
  const chance = chanceOf(seed);
  const accepted = new Map<number, string>();
  const cancelled = new Set<number>();
  const trainers = new Map<string, Set<string>>();
  const errors: string[] = [];
  let current: Living | null = null;
  let early = 0;
  let amid = 0;
  const over = new AbortController();

  const start = () => startOne(dataDir, errors);
  const first = start();
  await first.listening;
  const token = /first token.*: (\S+)$/m.exec(first.stdout())?.[1] ?? '';
  current = first;

  /** Undefined where the service was killed before it answered, or is not there. */
  const call = async (method: string, path: string, body?: object) => {
    const url = current?.url();
    if (!url) return undefined;
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { Authorization: `Bearer ${token}` },
        ...(body && { body: JSON.stringify(body) }),
      });
      const answer: unknown = await response.json();
      return { status: response.status, body: answer };
    } catch {
      return undefined;
    }
  };
  const list = async () => {
    const answer = await call('GET', `${RUNS}?limit=1000`);
    return answer?.status === 200 ? serviceRunSchema.array().parse(answer.body) : undefined;
  };
  const client = async (): Promise<void> => {
    const runs = await list();
    if (!runs) return;
    const active = runs.filter(({ finishedAt }) => finishedAt === null);
    if (active.length < MOST_ACTIVE && chance() < 0.6) {
      const answer = await call('POST', '/api/v1/admin/training/trigger', order);
      if (answer?.status === 202) {
        const { id, runIdentifier } = serviceRunSchema.parse(answer.body);
        accepted.set(id, runIdentifier);
      } else if (answer) errors.push(`trigger: ${JSON.stringify(answer)}`);
    }
    const victim = active[Math.floor(chance() * active.length)];
    if (victim && chance() < 0.08) {
      cancelled.add(victim.id); // also where no answer comes: it may have been heard
      await call('POST', `${RUNS}/${victim.id}/cancel`);
    }
  };
  const clients = async () => {
    while (!over.signal.aborted) {
      await client();
      await sleep(PAUSE_MS);
    }
  };
  const onlookers = async () => {
    while (!over.signal.aborted) {
      noteTrainers(dataDir, trainers);
      await sleep(PAUSE_MS);
    }
  };
  const working = [clients(), onlookers()];

  for (let kill = 0; kill < kills; kill++) {
    await sleep(chance() * (LONGEST_LIVES_MS[kill % 2] ?? 0));
    if (kill % 4 === 1) await someTraining(dataDir, trainers);
    if (current.url() === '') early++;
    if (noteTrainers(dataDir, trainers) > 0) amid++;
    current.child.kill('SIGKILL');
    await current.ended;
    current = start();
  }
  await current.listening;
  let runs: ServiceRun[] | undefined;
  over.abort(); // nothing more is ordered
  await working[0];
  do {
    await sleep(PAUSE_MS);
    noteTrainers(dataDir, trainers);
    runs = await list();
  } while (!runs || runs.some(({ finishedAt }) => finishedAt === null));
  await Promise.all(working);
  current.child.kill('SIGTERM');
  await current.ended;
  const byId = new Map(runs.map((run) => [run.id, run]));
  return { runs: byId, accepted, cancelled, trainers, errors, early, amid };
}

interface Living {
  readonly child: ChildProcess;
  /** empty until it listens */
  url(): string;
  stdout(): string;
  readonly listening: Promise<void>;
  readonly ended: Promise<unknown>;
}

function startOne(dataDir: string, errors: string[]): Living {
  const words = ['serve', '--port', '0', '--data-dir', dataDir];
  const room = ['--memory', '2G', '--concurrency', '3', '--runs-on-stop', 'leave'];
  const child = spawn(COMMAND, [...words, ...room], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, rest] = ['', ''];
  const url = () => /listening on (\S+)\n/.exec(stdout)?.[1] ?? '';
  child.stderr.on('data', (chunk: Buffer) => {
    const lines = `${rest}${chunk.toString()}`.split('\n');
    rest = lines.pop() ?? '';
    errors.push(...lines.filter((line) => !line.startsWith('{"level":30')));
  });
  const listening = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (url() !== '') resolve();
    });
  });
  return { child, url, stdout: () => stdout, listening, ended: once(child, 'exit') };
}

/** However long that takes: on a machine that is busy all kills might else come before. */
async function someTraining(dataDir: string, seen: Map<string, Set<string>>): Promise<void> {
  while (noteTrainers(dataDir, seen) === 0) await sleep(PAUSE_MS);
}

/** Processes of `plimsoll train` that were told to train below the data folder: what no record of ours could hide. How many. */
function noteTrainers(dataDir: string, seen: Map<string, Set<string>>): number {
  let running = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const at = words.findIndex((word) => word === '--run-directory' || word === '--resume-from');
      const folder = words[at + 1] ?? '';
      if (at === -1 || !words.includes('train') || !folder.startsWith(dataDir)) continue;
      if (!words[0]?.endsWith('node')) continue; // the shell that keeps its status, or becomes it
      const started = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19];
      seen.set(folder, (seen.get(folder) ?? new Set()).add(`${pid}, started at ${started}`));
      running++;
    } catch {
      // It ended in the meantime.
    }
  }
  return running;
}

/** From 0 to 1, the same for each seed. */
function chanceOf(seed: number): () => number {
  let i = 0;
  return () => uniform(seed, i++);
}
