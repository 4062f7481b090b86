/** @file One attempt of any command: a group of its own, launch, watch, end, verdict, and nothing left behind. */
import { closeSync, existsSync } from 'node:fs';
import { basename } from 'node:path';
import { fail, formatBytes } from '#base';
import { bindingLimit, machineMemory } from '#kernel';
import type { LimitOrigin, Verdict } from '#protocol';
import { findCommand } from './command.ts';
import type { Asked, Facts, KnownLimit } from './facts.ts';
import { endCommand, type Ending } from './end-command.ts';
import { OWN_LIMIT, watchGroups } from './group-facts.ts';
import { DEFAULT_GUARD, type GuardPolicy, startGuard } from './guard.ts';
import { openKernelLog } from './kernel-log.ts';
import { type Exit, launch, type Launched } from './launch.ts';
import { originOfLimit } from './limit-origin.ts';
import { makeInputPipe } from './pipes.ts';
import { prepareNotice } from './pressure-notice.ts';
import { passOn } from './output.ts';
import { ownContainer } from './own-container.ts';
import { sharesFirstPidNamespace } from './pid-namespace.ts';
import { clearPlace, killAll, makePlace, type Place } from './place.ts';
import { type Sample, startSampling } from './samples.ts';
import { forwardSignals, send } from './signals.ts';
import { openTrainerEvents, type TrainerEvents } from './trainer-events.ts';
import type { TrainerFacts } from './trainer-facts.ts';
import { watchKillers } from './user-space-killers.ts';
import { verdictOf } from './verdict.ts';
import { startWarden } from './warden.ts';

export interface AttemptRequest {
  readonly command: readonly [string, ...string[]];
  /** names the attempt's group: unique on this machine */
  readonly id: string;
  /** what the command gets beside this process's own environment */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** bytes; null for what the limits around allow */
  readonly memory: number | null;
  readonly timeoutSeconds: number | null;
  /** what to do when memory runs short; default: a trainer of ours is asked for a checkpoint */
  readonly guard?: GuardPolicy | undefined;
  /** a file for what the command prints; null for none */
  readonly log: string | null;
  /** what the user should know before the command begins */
  readonly onNote: (note: string) => void;
  /** the verdict, as soon as it is known: while what is left over is still being cleared away */
  readonly onEnd: (outcome: Outcome) => void;
}

export interface Outcome {
  readonly exit: Exit;
  readonly verdict: Verdict;
  readonly samples: readonly Sample[];
  readonly output: string;
  /** what a trainer of ours told while it ran; null where the command started none */
  readonly trainer: TrainerFacts | null;
}

/** Below that not even a static `true` is started (256 KiB; 128 KiB kill the shell before it; Linux 6.18). */
const SMALLEST_LIMIT = 256 * 1024;
/** For output that is under way when the command ends; what an orphan prints later is not waited for. */
const OUTPUT_WITHIN_MS = 100;
/** A kill under a small limit can take seconds: pages are thrown out and read back until it comes. */
const CLEAR_WITHIN_MS = 30_000;

/** @throws PlimsollError COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, COMMAND_LIMIT_TOO_SMALL; nothing is made then */
export async function superviseAttempt(request: AttemptRequest): Promise<Outcome> {
  findCommand(request.command[0]);
  refuseTooSmall(request.memory);
  const guard = request.guard ?? DEFAULT_GUARD;
  prepareNotice(guard.notice);
  const place = makePlace(`plimsoll-${request.id}`, request.memory);
  if (place.own === null) request.onNote(unlimitedNote(place, request.memory, guard));
  // However we end, nothing of the command outlives us; for a SIGKILL to ourselves there is the warden.
  let dismissWarden: () => void = nobody;
  const lastResort = () => place.own && killAll(place.own);
  process.on('exit', lastResort);
  const trainer = openTrainerEvents(request.log);
  try {
    const onLaunch = (pid: number) => void (dismissWarden = startWarden(place.own, pid));
    const outcome = await run(request, place, guard, trainer, onLaunch);
    request.onEnd(outcome);
    return outcome;
  } finally {
    trainer.close();
    await clearPlace(place, CLEAR_WITHIN_MS);
    dismissWarden();
    process.off('exit', lastResort);
  }
}

const nobody = (): void => {};

async function run(
  request: AttemptRequest,
  place: Place,
  policy: GuardPolicy,
  trainer: TrainerEvents,
  onLaunch: (pid: number) => void,
): Promise<Outcome> {
  const groupsNow = watchGroups(place);
  const container = ownContainer();
  const limit = limitAtStart(place, container, heldByGuard(request, place, policy));
  const kernelLog = openKernelLog();
  const killersNow = watchKillers();
  const began = performance.now();

  const third = policy.notice.kind === 'descriptor' ? makeInputPipe() : null;
  const env = { ...request.env, ...trainer.env };
  const launched = await launch(request.command, place.own, env, third?.read);
  const forwarding = forwardSignals(launched.pid);
  onLaunch(launched.pid);
  const deadline = startDeadline(request.timeoutSeconds, launched, place);
  const output = passOn(launched, request.log);
  const listener = {
    pid: launched.pid,
    place,
    descriptor: third?.write ?? null,
    trainer: () => trainer.facts(),
  };
  const guard = startGuard(policy, listener, request.memory);
  const sampling = startSampling(launched.pid, place.own, () => {
    kernelLog.read();
    void trainer.read();
    return guard.look();
  });

  const exit = await launched.exit;
  const seconds = (performance.now() - began) / 1000;
  sampling.stop();
  guard.stop();
  deadline.stop();
  forwarding.stop();
  const groups = groupsNow();
  await output.end(OUTPUT_WITHIN_MS);
  kernelLog.read();
  await trainer.read();

  const samples = sampling.samples();
  const group = place.own && basename(place.own.path);
  const facts: Facts = {
    pid: launched.pid,
    exitCode: exit.code,
    signal: exit.signal,
    seconds,
    asked: guard.asked ?? deadline.asked ?? forwarding.asked(),
    groups,
    noGroup: place.problem,
    leftGroup: sampling.leftGroup() || (place.own !== null && !existsSync(place.own.folder)),
    hidden: place.cgroup.hidden,
    container,
    kernelLog: kernelLog.log(),
    samePids: sharesFirstPidNamespace(),
    mostProcesses: sampling.mostProcesses(),
    ...killersNow({ pid: launched.pid, group, exitCode: exit.code }),
    limit,
    machineBytes: machineMemory().total,
    last: samples.at(-1) ?? null,
    peak: sampling.peak(),
    output: output.tail(),
    trainer: trainer.facts(),
    guard: guard.notes(),
  };
  kernelLog.close();
  if (third) closeSync(third.write);
  if (place.own === null) send(-launched.pid, 'SIGKILL'); // what is left of its process group
  return {
    exit,
    verdict: verdictOf(facts),
    samples,
    output: output.text(),
    trainer: facts.trainer,
  };
}

function refuseTooSmall(memory: number | null): void {
  if (memory === null || memory >= SMALLEST_LIMIT) return;
  fail('COMMAND_LIMIT_TOO_SMALL', {
    limit: formatBytes(memory),
    smallest: formatBytes(SMALLEST_LIMIT),
  });
}

function unlimitedNote({ problem }: Place, memory: number | null, { notice }: GuardPolicy): string {
  const enforced =
    notice.kind === 'kill'
      ? '--memory is held by the guard alone, which looks now and then'
      : '--memory is not enforced (--on-pressure kill would do so, roughly)';
  const what = memory === null ? 'the command has none of its own' : enforced;
  return `no control group can be made here, so ${what}, and the verdict may prove less (${problem}). plimsoll doctor says more`;
}

/** --memory where no group could be made, if the guard ends what goes beyond it. */
function heldByGuard({ memory }: AttemptRequest, { own }: Place, { notice }: GuardPolicy) {
  return own === null && notice.kind === 'kill' ? memory : null;
}

function limitAtStart(
  { cgroup, own }: Place,
  container: LimitOrigin | null,
  held: number | null,
): KnownLimit {
  const { bytes, from, used, group, kind } = bindingLimit({ cgroup });
  // An rlimit counts each process by itself: what ours has mapped is not the command's.
  const baseline = kind === 'cgroup' || kind === 'machine' ? used : 0;
  if (own !== null && group?.folder === own.folder) {
    return { bytes, from: OWN_LIMIT, origin: { kind: 'flag' }, baseline };
  }
  if (held !== null && held < bytes) {
    return { bytes: held, from: OWN_LIMIT, origin: { kind: 'flag' }, baseline: 0 };
  }
  const around = { hidden: cgroup.hidden, container };
  return { bytes, from, origin: originOfLimit({ kind, group }, around), baseline };
}

/** SIGTERM to all of the command's group when the time is over, SIGKILL when that does not help. */
function startDeadline(seconds: number | null, { pid }: Launched, place: Place) {
  let asked: Asked | null = null;
  let ending: Ending | undefined;
  const isOver = () => {
    ending = endCommand(pid, place, (signal) => {
      asked = { kind: 'timed-out', seconds: seconds ?? 0, signal };
    });
  };
  const timer = seconds === null ? undefined : setTimeout(isOver, seconds * 1000);
  return {
    get asked() {
      return asked;
    },
    stop: () => {
      clearTimeout(timer);
      ending?.stop();
    },
  };
}
