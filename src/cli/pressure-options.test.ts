import { join } from 'node:path';
import { expect, test } from 'vitest';
import { noticeOf } from './pressure-options.ts';

test.each([
  ['SIGUSR1', { kind: 'signal', signal: 'SIGUSR1' }],
  ['USR2', { kind: 'signal', signal: 'SIGUSR2' }],
  ['file:short.json', { kind: 'file', file: join(process.cwd(), 'short.json') }],
  ['file:/tmp/a:b', { kind: 'file', file: '/tmp/a:b' }],
  ['fd:3', { kind: 'descriptor' }],
  ['kill', { kind: 'kill' }],
  ['none', { kind: 'none' }],
] as const)('--on-pressure %s', (text, notice) => {
  expect(noticeOf(text)).toEqual(notice);
});

test.each(['', 'SIGKILL', 'STOP', 'SIGNONE', 'usr1', 'file:', 'fd:1', 'fd:4', 'KILL'])(
  '--on-pressure %o is refused',
  (text) => {
    expect(() => noticeOf(text)).toThrow(
      expect.objectContaining({
        code: 'FLAG_INVALID',
        message: expect.stringContaining(`'${text}'`),
      }),
    );
  },
);
