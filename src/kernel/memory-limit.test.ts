/** @file A limit as text: read, or refused with what was expected. */
import { describe, expect, it } from 'vitest';
import { memoryLimit, refuseTooLittle } from './memory-limit.ts';

const MIB = 2 ** 20;
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

describe('refuseTooLittle', () => {
  it('the run that Plimsoll comes from: 514.57 MB in use under 512', () => {
    expect(() => refuseTooLittle(limit(514.57), 60 * MIB)).toThrow(
      expect.objectContaining({
        code: 'MEMORY_LIMIT_USED_UP',
        exitCode: 12,
        message:
          "expected room for at least 60 MiB under the limit of 512 MiB (this container's cgroup (memory.max)); 515 MiB that cannot be taken back are in use before the run begins, 62.6 MiB too many. Stop what uses them, or raise the limit",
      }),
    );
  });

  it('the last byte decides', () => {
    expect(() => refuseTooLittle(limit(500), 12 * MIB)).not.toThrow();
    expect(() => refuseTooLittle(limit(500), 12 * MIB + 1)).toThrow('1 B too many');
  });

  it('a limit that is too low even for a run alone', () => {
    expect(() => refuseTooLittle(limit(500), 513 * MIB)).toThrow(
      expect.objectContaining({
        code: 'MEMORY_LIMIT_BELOW_FLOOR',
        exitCode: 12,
        message:
          "expected a memory limit of at least 513 MiB, which a run takes before it has read a byte of its model; got 512 MiB (this container's cgroup (memory.max)). Raise the limit",
      }),
    );
  });
});

function limit(usedMib: number) {
  return {
    bytes: 512 * MIB,
    used: usedMib * MIB,
    from: "this container's cgroup (memory.max)",
  };
}
