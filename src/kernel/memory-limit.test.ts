/** @file A limit as text: read, or refused with what was expected. */
import { describe, expect, it } from 'vitest';
import type { Limit } from './limits.ts';
import { memoryLimit, refuseUsedUp } from './memory-limit.ts';

const GIB = 1024 ** 3;
const MACHINE = { total: 8 * GIB };

describe('memoryLimit', () => {
  it.each([
    ['512M', GIB / 2],
    ['1.5GiB', 1.5 * GIB],
    ['8g', 8 * GIB],
  ])('%s', (text, bytes) => expect(memoryLimit(text, MACHINE)).toBe(bytes));

  it.each([
    [
      '512 parsecs',
      'MEMORY_LIMIT_MALFORMED',
      "such as 512M, 1.5GiB or 536870912 (bytes), got '512 parsecs'",
    ],
    ['-512M', 'MEMORY_LIMIT_MALFORMED', "got '-512M'"],
    ['', 'MEMORY_LIMIT_MALFORMED', "got ''"],
    ['0', 'MEMORY_LIMIT_ZERO', "above zero, got '0'"],
    ['0.0G', 'MEMORY_LIMIT_ZERO', "got '0.0G'"],
    ['8.1g', 'MEMORY_LIMIT_ABOVE_MACHINE', "at most what this machine has, 8 GiB, got '8.1g'"],
  ])("'%s' is refused: %s", (text, code, message) => {
    expect(() => memoryLimit(text, MACHINE)).toThrow(
      expect.objectContaining({ code, exitCode: 2, message: expect.stringContaining(message) }),
    );
  });
});

describe('refuseUsedUp', () => {
  it('the run that Plimsoll comes from: 514.57 MB in use under 512', () => {
    expect(() => refuseUsedUp(limit(514.57 * 2 ** 20))).toThrow(
      expect.objectContaining({
        code: 'MEMORY_LIMIT_USED_UP',
        exitCode: 12,
        message:
          "expected room under the limit of 512 MiB (this container's cgroup (memory.max)); 515 MiB that cannot be taken back are in use before the run begins, 2.57 MiB too many. Stop what uses them, or raise the limit",
      }),
    );
  });

  it('the last byte decides', () => {
    expect(() => refuseUsedUp(limit(512 * 2 ** 20))).toThrow('0 B too many');
    expect(() => refuseUsedUp(limit(512 * 2 ** 20 - 1))).not.toThrow();
  });
});

function limit(used: number): Limit {
  return {
    kind: 'cgroup',
    bytes: 512 * 2 ** 20,
    used,
    from: "this container's cgroup (memory.max)",
  };
}
