/** @file What follows attempts that ended: rows of the store in, decisions out. */
import { expect, test } from 'vitest';
import type { AttemptRow } from '#store';
import { DEFAULT_POLICY, type TrainerFacts } from '#supervise';
import { type CommandTries, followUp } from './follow-up.ts';
import { verdictOf } from '../../protocol/verdict.test-support.ts';
import type { Cause } from '#protocol';

const SHARE = 100 * 2 ** 20;
const ENDED = '2026-01-02T03:04:05.000Z';

const trainer = (checkpointStep: number | null, error: string | null = null): TrainerFacts => ({
  pid: 7,
  runId: 'run',
  folder: '/runs/run',
  attempt: 1,
  phase: 'train',
  step: checkpointStep,
  of: 100,
  prediction: null,
  checkpointStep,
  memory: null,
  end: error === null ? null : { status: 'failed', error },
});

type Ended = readonly [cause: Cause, trainer: TrainerFacts | null, paused?: 1];

/** One whose status is lost has neither code nor signal. */
const attemptsOf = (ended: readonly Ended[]): AttemptRow[] =>
  ended.map(([cause, told, paused], i) => ({
    run_id: 1,
    number: i + 1,
    state: 'ended',
    handle: 'folder',
    command: '[]',
    memory_bytes: SHARE,
    correction_bytes: 0,
    started_at: ENDED,
    ended_at: ENDED,
    verdict: JSON.stringify({
      ...verdictOf(cause),
      ...(cause === 'unestablished' && { exit_code: null, signal: null }),
    }),
    trainer: told && JSON.stringify(told),
    peak_bytes: null,
    events_read: 0,
    paused: paused ?? 0,
  }));

const lost = (step: number | null): Ended => ['unestablished', trainer(step)];

test.each<readonly [string, readonly Ended[], object]>([
  ['done', [['completed', trainer(9)]], { kind: 'stop', reason: null }],
  ['somebody killed it', [['killed', trainer(9)]], { kind: 'stop', reason: null }],
  ['an error of its own', [['error', trainer(9, 'DATA_EMPTY')]], { kind: 'stop', reason: null }],
  ['its container went', [lost(9)], { kind: 'again', notBefore: 0, folder: '/runs/run' }],
  ['before its first word', [['unestablished', null]], { kind: 'again', folder: null }],
  ['the service ended it', [['cancelled', trainer(9)]], { kind: 'again', folder: '/runs/run' }],
  ['no memory', [['oom-own-limit', trainer(9)]], { kind: 'again', folder: '/runs/run' }],
  ['no memory, after a stop', [lost(3), ['oom-own-limit', trainer(9)]], { kind: 'again' }],
  [
    'paused five times where it was',
    Array.from({ length: 5 }, () => ['cancelled', trainer(9), 1] as const),
    { kind: 'again', folder: '/runs/run' },
  ],
  [
    'paused among five stops at one checkpoint',
    [...[1, 2, 3].map(() => lost(9)), ['cancelled', trainer(9), 1], lost(9), lost(9)],
    { kind: 'stop', reason: expect.stringContaining('5 attempts in a row') },
  ],
  ['five stops, each further', [1, 2, 3, 4, 5].map(lost), { kind: 'again' }],
  ['five stops at one place', [1, 4, 4, 4, 4].map(lost), { kind: 'again' }],
  [
    'five in a row there',
    [4, 4, 4, 4, 4].map(lost),
    { kind: 'stop', reason: expect.stringMatching(/^5 attempts in a row ended with the service/) },
  ],
  ['five before any checkpoint', [0, 0, 0, 0, 0].map(() => lost(null)), { kind: 'stop' }],
])('%s', (_, ended, expected) => {
  expect(followUp(attemptsOf(ended), SHARE, false)).toMatchObject(expected);
});

test('nothing follows what was cancelled, however it ended', () => {
  for (const cause of ['cancelled', 'oom-own-limit', 'unestablished'] as const)
    expect(followUp(attemptsOf([[cause, trainer(9)]]), SHARE, true)).toMatchObject({
      kind: 'stop',
      reason: null,
    });
});

const COMMANDS = [
  ['train', '8'],
  ['train', '4'],
] as const;
const tries = (more: object = {}): CommandTries => ({
  policy: { ...DEFAULT_POLICY, ...more },
  rungs: COMMANDS,
});

/** By the rung of each, the last of the command as it was. */
const commandAttempts = (ended: readonly (readonly [Cause, number])[]): AttemptRow[] =>
  attemptsOf(ended.map(([cause]) => [cause, null])).map((row, i) => ({
    ...row,
    command: JSON.stringify(COMMANDS[ended[i]?.[1] ?? 9] ?? ['other']),
  }));

test.each<readonly [string, readonly (readonly [Cause, number])[], CommandTries, object]>([
  ['the next rung', [['oom-own-limit', 0]], tries(), { kind: 'again', rung: 1, memory: SHARE }],
  [
    'none below the last',
    [
      ['oom-own-limit', 0],
      ['oom-own-limit', 1],
    ],
    tries(),
    { kind: 'stop', reason: expect.stringContaining('the ladder is at its end') },
  ],
  [
    'the same rung after an error that is to be tried again',
    [['error', 1]],
    tries({ retries: 1 }),
    { kind: 'again', rung: 1 },
  ],
  ['the same rung after the end of its container', [['unestablished', 1]], tries(), { rung: 1 }],
  [
    'nothing where the settings have other words now',
    [['oom-own-limit', 5]],
    tries(),
    { kind: 'stop', reason: expect.stringContaining('with other words') },
  ],
  ['nothing after its end', [['completed', 5]], tries(), { kind: 'stop', reason: null }],
])('of a command: %s', (_, ended, allowed, expected) => {
  expect(followUp(commandAttempts(ended), SHARE, false, allowed)).toMatchObject(expected);
});
