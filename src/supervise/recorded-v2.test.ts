/**
 * @file Verdicts on ends as a kernel with cgroup v2 counted and logged them, file by file as it wrote them:
 * test/faults/record-v2.sh recorded them.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cgroupCounters, hardLimit } from '#kernel';
import { classify } from './classify.ts';
import type { Facts, GroupFacts } from './facts.ts';
import { parseOomKills } from './oom-kills.ts';
import { readingOf } from './reading.ts';
import { NO_LOG, QUIET } from './recorded-facts.test-support.ts';

const LINES = readFileSync(join(import.meta.dirname, '../../test/faults/v2-recorded.txt'), 'utf8')
  .split('\n')
  .map((line) => {
    const [name = '', when = '', group = '', file = '', value = ''] = line.split('|');
    return [name, when, group, file, value] as const;
  });

const EXPECTED = {
  'own-limit': ['oom-own-limit', 'proven'],
  'around-limit': ['oom-ancestor-limit', 'proven'],
  child: ['oom-child', 'proven'],
  'whole-group': ['oom-own-limit', 'proven'],
  'neighbour-kills-ours': ['oom-ancestor-limit', 'proven'],
  'neighbour-is-killed': ['killed', 'proven'],
  'kill-9': ['killed', 'proven'],
  'page-cache': ['completed', 'proven'],
} as const;

describe.each(Object.entries(EXPECTED))('%s', (name, [cause, grade]) => {
  it('counters and log', () => {
    expect(classify(readingOf(factsOf(name)))).toEqual({ cause, grade });
  });

  it('counters alone', () => {
    const facts = { ...factsOf(name), kernelLog: NO_LOG, samePids: false };
    expect(classify(readingOf(facts))).toEqual({ cause, grade });
  });

  it('log alone', () => {
    const facts = factsOf(name);
    const unread = { ...facts, groups: facts.groups.map((group) => ({ ...group, after: null })) };
    expect(classify(readingOf(unread))).toEqual({ cause, grade });
  });
});

function factsOf(name: string): Facts {
  const recorded = LINES.filter(([each]) => each === name);
  const one = (kind: string) => Number(recorded.find(([, when]) => when === kind)?.[4]);
  const log = recorded.filter(([, when]) => when === 'log').map((fields) => fields[4]);
  const killed = one('code') === 137;
  return {
    ...QUIET,
    pid: one('pid'),
    exitCode: killed ? null : one('code'),
    signal: killed ? 'SIGKILL' : null,
    groups: ['around/own', 'around'].map((group) => groupOf(recorded, group)),
    kernelLog: { readable: true, kills: parseOomKills(log), gap: null },
    mostProcesses: 1,
  };
}

/** The recorded files in a folder, read by the code that reads a kernel's. */
function groupOf(recorded: typeof LINES, group: string): GroupFacts {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-recorded-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [, when, of, file, line] of recorded) {
    if (of !== group) continue;
    const path = join(folder, when, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${line}\n`, { flag: 'a' });
  }
  const at = (when: string) => ({
    version: 2 as const,
    path: `/${group}`,
    folder: join(folder, when),
  });
  return {
    version: 2,
    path: `/${group}`,
    name: group,
    limit: hardLimit(at('after')),
    baseline: 0,
    before: cgroupCounters(at('before')),
    after: cgroupCounters(at('after')),
  };
}
