/**
 * @file SIGKILL of the service at moments of chance, under load: no run lost, none run twice, no state that contradicts
 * another. PLIMSOLL_KILLS=100 for more of them, PLIMSOLL_SEED for others.
 */
import Database from 'better-sqlite3';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { memoryCgroup } from '#kernel';
import { runEventSchema, SERVICE_EVENTS, type ServiceRun, trainingRunSchema } from '#protocol';
import { cgroupsUnavailable } from './cgroup.ts';
import { killedAgainAndAgain } from './service-kills.ts';
import { writeExamples, writeSmallModel } from './small-model.ts';

const KILLS = Number(process.env['PLIMSOLL_KILLS'] ?? 6);
/** Of each run: a few seconds. */
const STEPS = 400;
const SEED = Number(process.env['PLIMSOLL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

test.skipIf(cgroupsUnavailable() !== null)(
  `SIGKILL of the service, ${KILLS} times, seed ${SEED}`,
  { timeout: 120_000 + 20_000 * KILLS },
  async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'plimsoll-kills-'));
    onTestFinished(() => rmSync(dataDir, { recursive: true }));
    mkdirSync(join(dataDir, 'files'));
    writeSmallModel(join(dataDir, 'files/model'));
    writeExamples(join(dataDir, 'files/data.jsonl'), 8);
    const order = { base_model: 'model', data: 'data.jsonl', max_steps: STEPS, epochs: STEPS };
    const survived = await killedAgainAndAgain({ dataDir, order, kills: KILLS, seed: SEED });
    const { runs, accepted, cancelled, trainers, errors } = survived;
    console.log(
      `${runs.size} runs, ${accepted.size} of them answered, ${cancelled.size} cancelled; of ${KILLS} kills ${survived.early} before it listened, ${survived.amid} amid a training`,
    );

    expect(errors).toEqual([]);
    expect(survived.amid).toBeGreaterThan(0);
    expect(trainers.size).toBeGreaterThan(0); // else they would not be seen if they were two
    for (const [id, identifier] of accepted) expect(runs.get(id)?.runIdentifier).toBe(identifier);
    for (const run of runs.values()) {
      const { outputDir, attempts } = run;
      const ends = cancelled.has(run.id) ? ['completed', 'cancelled'] : ['completed'];
      expect({ ends, why: run.errorMessage }).toEqual({
        ends: expect.arrayContaining([run.status]),
        why: null,
      });
      expect((trainers.get(outputDir) ?? new Set()).size).toBeLessThanOrEqual(attempts.length);
      expect(attempts.length).toBeLessThanOrEqual(1); // nothing but the service was killed
      agreesWithItsFolder(run);
    }
    agreesWithItself(join(dataDir, 'plimsoll.db'), runs);
    expect(leftOver(runs)).toEqual([]);
  },
);

function agreesWithItsFolder(run: ServiceRun): void {
  const { outputDir, status } = run;
  const begun = eventsIn(outputDir).filter(({ type }) => type === 'run-started');
  expect(begun.length).toBeLessThanOrEqual(run.attempts.length);
  if (status === 'cancelled') return; // perhaps before its first word
  const record = trainingRunSchema.parse(
    JSON.parse(readFileSync(join(outputDir, 'training_run.json'), 'utf8')),
  );
  expect(begun).toHaveLength(1);
  expect(record).toMatchObject({
    status: 'completed',
    run_id: run.runIdentifier,
    final_loss: run.finalLoss,
    attempts: [{ status: 'completed' }],
  });
  expect(run.progress).toEqual({ step: STEPS, of: STEPS });
  expect(run.verdict).toMatchObject({ cause: 'completed', grade: 'proven', exit_code: 0 });
}

function agreesWithItself(file: string, runs: ReadonlyMap<number, ServiceRun>): void {
  const database = new Database(file, { readonly: true });
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(database.pragma('foreign_key_check')).toEqual([]);
  const events = database.prepare<[], { run_id: number; type: string; data: string }>(
    'SELECT run_id, type, data FROM events ORDER BY seq',
  );
  const all = events.all();
  database.close();
  for (const run of runs.values()) {
    const own = all.filter(({ run_id }) => run_id === run.id);
    const ofService = own.filter(({ type }) => ours.has(type)).map(({ type }) => type);
    const cancel = ofService.filter((type) => type === 'cancel-asked');
    expect(cancel.length).toBeLessThanOrEqual(1);
    expect(ofService.filter((type) => type !== 'cancel-asked')).toEqual([
      'queued',
      ...(ofService.includes('predicted') ? ['predicted'] : []),
      ...run.attempts.flatMap(() => ['attempt-started', 'attempt-ended']),
      'finished',
    ]);
    expect(JSON.parse(own.at(-1)?.data ?? '')).toMatchObject({ status: run.status });
    // All that the trainer told, each once and in its order; of steps the newest.
    const heard = own.map(({ type }) => type).filter((type) => !ours.has(type));
    expect(told(heard)).toEqual(told(eventsIn(run.outputDir).map(({ type }) => type)));
  }
}

const told = (types: readonly string[]) => types.filter((type) => type !== 'step');

const ours: ReadonlySet<string> = new Set(SERVICE_EVENTS);

function eventsIn(folder: string) {
  const file = join(folder, 'events.jsonl');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => runEventSchema.parse(JSON.parse(line)));
}

/** Groups, processes and files that should have gone with the runs. */
function leftOver(runs: ReadonlyMap<number, ServiceRun>): string[] {
  const groups = memoryCgroup().groups.flatMap(({ folder }) => readdirSync(folder));
  const commands = readdirSync('/proc').map((pid) => commandOf(pid));
  return [...runs.values()].flatMap(({ runIdentifier, outputDir, attempts }) => [
    ...groups.filter((name) => name.startsWith(`plimsoll-${runIdentifier}`)),
    ...commands.filter((command) => command.includes(outputDir)),
    ...attempts.flatMap(({ attempt }) =>
      readdirSync(join(outputDir, `attempt-${attempt}`)).filter((name) => !KEPT.has(name)),
    ),
  ]);
}

const KEPT: ReadonlySet<string> = new Set(['attempt.json', 'output.log']);

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // no process, or one that has ended
  }
}
