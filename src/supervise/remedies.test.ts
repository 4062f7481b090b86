/** @file The higher limit is computed from what was measured, and written as its setter writes it. */
import { expect, it } from 'vitest';
import { remediesFor } from './remedies.ts';

const MIB = 2 ** 20;
const remedies = (from: string, baseline = 0) =>
  remediesFor({
    cause: 'oom-own-limit',
    limit: { bytes: 512 * MIB, from, baseline },
    peak: 500 * MIB,
    fired: null,
  });
const linesOf = (from: string) => remedies(from).flatMap(({ lines }) => lines);

it.each([
  ['--memory', ['plimsoll run --memory 768M -- ...']],
  [
    'cgroup /user.slice/train.service (memory.max)',
    ['systemctl set-property train.service MemoryMax=768M'],
  ],
  ['cgroup /kubepods.slice/pod1 (memory.max)', ['resources:', '  limits:', '    memory: 768Mi']],
  ['cgroup /jobs/one (memory.limit_in_bytes)', []],
])('half as much again, for %s', (from, lines) => {
  expect(linesOf(from)).toEqual(lines);
});

it.each([
  ['cgroup /docker/ab12cd34ef56… (memory.max)'],
  ['cgroup /system.slice/docker-ab12cd34ef56….scope (memory.max)'],
  ["this container's cgroup (memory.max)"],
])('of a container, %s: in docker-compose.yml, or outside of it', (from) => {
  expect(linesOf(from).at(-1)).toBe('        memory: 768M');
  expect(remedies(from).at(-1)?.change).toMatch(/^outside the container/);
});

it('what others use under the limit is part of the need', () => {
  expect(remedies('--memory', 300 * MIB)[1]?.lines).toEqual(['plimsoll run --memory 1216M -- ...']);
});

it('none where memory was not what ended it', () => {
  const limit = { bytes: 512 * MIB, from: '--memory', baseline: 0 };
  expect(remediesFor({ cause: 'killed', limit, peak: MIB, fired: null })).toEqual([]);
});
