/** @file How a run ended, from its last verdict. */
import { expect, test } from 'vitest';
import type { Verdict } from '#protocol';
import { endOf, type EndFacts } from './run-end.ts';
import { verdictOf } from '../../protocol/verdict.test-support.ts';

const end = (verdict: Verdict, facts: Partial<EndFacts> = {}) =>
  endOf({ verdict, cancelAsked: false, error: null, reason: null, ...facts });

const DONE = { status: 'completed', errorCode: null, errorMessage: null };
const ITS_OWN = { code: 'DATA_EMPTY', message: 'there is no example' };

test.each<readonly [string, Verdict, Partial<EndFacts>, object]>([
  ['done', verdictOf('completed'), {}, DONE],
  ['done before the cancel came', verdictOf('completed'), { cancelAsked: true }, DONE],
  [
    'cancelled',
    verdictOf('cancelled'),
    { cancelAsked: true },
    { status: 'cancelled', errorMessage: null },
  ],
  [
    'killed as it was cancelled',
    verdictOf('killed'),
    { cancelAsked: true },
    { status: 'cancelled' },
  ],
  [
    'it knows best why',
    verdictOf('error'),
    { error: ITS_OWN },
    { status: 'failed', errorCode: 'DATA_EMPTY', errorMessage: ITS_OWN.message },
  ],
  [
    'but not how it was killed',
    verdictOf('killed'),
    { error: ITS_OWN },
    { status: 'failed', errorCode: null, errorMessage: expect.stringContaining('SIGKILL') },
  ],
  [
    'in numbers',
    verdictOf('oom-own-limit'),
    {},
    {
      errorMessage: expect.stringMatching(
        /^OUT OF MEMORY \(OOM\) KILL DETECTED\n +verdict +oom-own-limit, proven: [^\n]+\n +return code +-9 \(SIGKILL\)\n +limit +100 B, set by --memory\n/,
      ),
    },
  ],
  [
    'and why nothing follows',
    verdictOf('oom-own-limit'),
    { reason: 'it is enough' },
    { errorMessage: expect.stringMatching(/\nNo further attempt: it is enough$/) },
  ],
])('%s', (_, verdict, facts, expected) => {
  expect(end(verdict, facts)).toMatchObject(expected);
});
