/** @file Lines of the kernel log, word for word, as facts. */
import { expect, it } from 'vitest';
import { oomLine, parseOomKills } from './oom-kills.ts';
import { loggedKill } from './recorded-facts.test-support.ts';

it('a kill by a limit names whose limit it was, and the victim', () => {
  const lines = loggedKill('/a', 7, '/a/b c,d');
  expect(parseOomKills(lines)).toEqual([
    { constraint: 'CONSTRAINT_MEMCG', limitGroup: '/a', group: '/a/b c,d', pids: [7], lines },
  ]);
});

it('a kill for the machine names none', () => {
  const [kill] = parseOomKills(loggedKill(null));
  expect(kill).toMatchObject({ constraint: 'CONSTRAINT_NONE', limitGroup: null });
});

it('with memory.oom.group all who die with it are victims', () => {
  const lines = [
    ...loggedKill('/a', 7, '/a'),
    'Tasks in /a are going to be killed due to memory.oom.group set',
    'Memory cgroup out of memory: Killed process 8 (sh) total-vm:2576kB, anon-rss:0kB',
  ];
  expect(parseOomKills([...lines, ...loggedKill('/a', 9, '/a')]).map(({ pids }) => pids)).toEqual([
    [7, 8],
    [9],
  ]);
});

it('a victim whose first line the kernel left out is none of the kill before it', () => {
  const [first = '', victim = ''] = loggedKill('/a', 7, '/a');
  const other = victim.replace('process 7', 'process 8');
  expect(parseOomKills([first, victim, other])).toEqual([
    expect.objectContaining({ limitGroup: '/a', pids: [7], lines: [first, victim] }),
    { constraint: null, limitGroup: null, group: '', pids: [8], lines: [other] },
  ]);
});

it('of a record of /dev/kmsg the text counts, and only where it tells of such a kill', () => {
  const [line = ''] = loggedKill('/a');
  expect(oomLine(`6,1300,10972802391,-;${line}\n SUBSYSTEM=memory\n`)).toBe(line);
  expect(oomLine('6,1301,10972802391,-;eth0: link up')).toBeNull();
});
