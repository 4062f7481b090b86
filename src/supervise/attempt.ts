/** @file One attempt of any command: a group of its own, launch, watch, end, verdict, and nothing left behind. */
import { closeSync } from 'node:fs';
import { fail, formatBytes } from '#base';
import type { Verdict } from '#protocol';
import { lookBefore } from './before.ts';
import { findCommand } from './command.ts';
import { factsOf } from './end.ts';
import { groupsAfter } from './group-facts.ts';
import { DEFAULT_GUARD, type GuardPolicy } from './guard.ts';
import { openKernelLog } from './kernel-log.ts';
import { type Exit, launch } from './launch.ts';
import { makeInputPipe } from './pipes.ts';
import { prepareNotice } from './pressure-notice.ts';
import { passOn } from './output.ts';
import { clearPlace, killAll, makePlace, type Place } from './place.ts';
import type { Sample } from './samples.ts';
import { forwardSignals, send } from './signals.ts';
import { openTrainerEvents, type TrainerEvents } from './trainer-events.ts';
import type { TrainerFacts } from './trainer-facts.ts';
import { verdictOf } from './verdict.ts';
import { startWarden } from './warden.ts';
import { startWatch } from './watch.ts';

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
  /** for what the command need not wait for */
  readonly onBegun: () => void;
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
  guard: GuardPolicy,
  trainer: TrainerEvents,
  onLaunch: (pid: number) => void,
): Promise<Outcome> {
  const before = lookBefore(place, heldByGuard(request, place, guard));
  const kernelLog = openKernelLog('/dev/kmsg', 'now');
  const began = process.uptime(); // performance is loaded when it is first used

  const third = guard.notice.kind === 'descriptor' ? makeInputPipe() : null;
  const env = { ...request.env, ...trainer.env };
  const launched = await launch(request.command, place, env, third?.read);
  const { pid } = launched;
  const forwarding = forwardSignals(pid);
  onLaunch(pid);
  const output = passOn(launched, request.log);
  const { memory, timeoutSeconds } = request;
  const descriptor = third?.write ?? null;
  const limits = { memory, guard, timeoutSeconds };
  const watched = { pid, place, ...limits, descriptor, trainer, kernelLog };
  const hooks = { sinceStart: 0, onSignal: nobody, onLook: nobody };
  const watch = startWatch({ ...watched, ...hooks });
  request.onBegun();

  const exit = await launched.exit;
  const seconds = process.uptime() - began;
  watch.stop();
  forwarding.stop();
  const asked = forwarding.asked();
  const groups = groupsAfter(before.groups);
  await output.end(OUTPUT_WITHIN_MS);
  await watch.readAll();
  const seen = watch.seen();
  const facts = factsOf({ pid, exit, seconds, asked, before, groups, seen, output: output.tail() });
  kernelLog.close();
  if (third) closeSync(third.write);
  if (place.own === null) send(-pid, 'SIGKILL'); // what is left of its process group
  const { samples, trainer: told } = seen;
  return { exit, verdict: verdictOf(facts), samples, output: output.text(), trainer: told };
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
