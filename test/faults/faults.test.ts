/**
 * @file The fault suite: real processes, real limits, real kills; each end with the verdict that it must
 * get. No cause of memory above `possible` may rest on a signal or an exit code alone.
 */
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { cgroupsUnavailable } from '../cgroup.ts';
import { FAULTS } from './cases.ts';
import { BUILT, IN_MEMORY } from './programs.ts';
import { IN_ROUNDS } from './rounds.ts';
import { supervised } from './supervised.ts';

// A kill at a small limit can take seconds: the kernel throws pages out and reads them back until it comes.
vi.setConfig({ testTimeout: 60_000 });
const unavailable = cgroupsUnavailable();
afterAll(() => {
  rmSync(BUILT, { recursive: true });
  rmSync(IN_MEMORY, { force: true });
});

describe.skipIf(unavailable !== null)(
  `ends (${unavailable ?? 'in real groups'})`,
  IN_ROUNDS,
  () => {
    it.for(Object.entries(FAULTS))('%s', async ([, fault], { skip }) => {
      skip(fault.command === null, 'the compiler or interpreter is not here');
      const { code, verdict, stderr } = await supervised(fault.command ?? [], fault);
      const { cause, grade, limit_bytes } = verdict;
      expect({ cause, grade, code }, stderr).toEqual({
        cause: fault.cause,
        grade: fault.grade,
        code: fault.code,
      });
      expect(limit_bytes).toBe(fault.limit ?? limit_bytes);
      expect(verdict.evidence.join('\n')).toMatch(fault.evidence ?? /^end: /m);
    });
  },
);
