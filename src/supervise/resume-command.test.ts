/** @file A trainer of ours is called as it was, to go on. */
import { expect, it } from 'vitest';
import type { Command } from './ladder.ts';
import { isBelowAnother, resumeCommand } from './resume-command.ts';

const resumption = { folder: '/runs/r', memory: 1024, correction: 64 };
const FLAGS = ['--resume-from', '/runs/r', '--memory', '1024', '--correction', '64'];

it.each<[Command, Command]>([
  [
    ['plimsoll', 'train', '--data', 'd.jsonl', '--json', '--memory', '512M', '--run-id', 'r'],
    ['plimsoll', 'train', '--json', ...FLAGS],
  ],
  [
    ['nice', 'npx', 'plimsoll', 'train', '--token', 'secret', '--offline'],
    ['nice', 'npx', 'plimsoll', 'train', '--token', 'secret', '--offline', ...FLAGS],
  ],
  [
    ['node', '/opt/plimsoll/dist/cli/main.js', 'train'],
    ['node', '/opt/plimsoll/dist/cli/main.js', 'train', ...FLAGS],
  ],
  [
    ['plimsoll', 'train', '--json', ...FLAGS.with(3, '2048')],
    ['plimsoll', 'train', '--json', ...FLAGS],
  ],
  [
    ['sh', '-c', 'plimsoll train; upload'],
    ['/bin/plimsoll', 'train', ...FLAGS],
  ],
  [
    ['python', 'train', 'plimsoll'],
    ['/bin/plimsoll', 'train', ...FLAGS],
  ],
])('%j', (before, after) => {
  expect(resumeCommand(before, '/bin/plimsoll', resumption)).toEqual(after);
  expect(isBelowAnother(before)).toBe(after[0] === '/bin/plimsoll');
});

it('without a limit or a correction it has no flags for them', () => {
  const command = resumeCommand(['plimsoll', 'train'], '', {
    ...resumption,
    memory: null,
    correction: 0,
  });
  expect(command).toEqual(['plimsoll', 'train', '--resume-from', '/runs/r']);
});
