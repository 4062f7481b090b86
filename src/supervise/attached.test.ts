import { existsSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { newRunId } from '#base';
import { memoryCgroup } from '#kernel';
import { type AttachedCommand, launchAttached } from './attached.ts';

const MIB = 2 ** 20;
const left: AttachedCommand[] = [];
afterEach(async () => {
  for (const each of left.splice(0)) {
    each.end();
    await each.ended;
  }
});

async function started(script: string, memory: number | null = null) {
  const lines: string[] = [];
  let heard: (() => void) | undefined;
  const id = newRunId();
  const command = await launchAttached({
    command: ['/bin/sh', '-c', script],
    id,
    env: { GREETING: 'hello', HOME: undefined },
    memory,
    onLine: (line) => {
      lines.push(line);
      heard?.();
    },
  });
  left.push(command);
  const line = async (count: number): Promise<string[]> => {
    while (lines.length < count) await new Promise<void>((resolve) => (heard = resolve));
    return lines;
  };
  return { ...command, id, line };
}

const ECHO = 'while read -r line; do echo "$GREETING $line ${HOME-nowhere}"; done';

test('what it is told it reads, what it says is heard, and asked to end it is cancelled', async () => {
  const command = await started(ECHO);
  command.tell('one');
  command.tell('two');
  expect(await command.line(2)).toEqual(['hello one nowhere', 'hello two nowhere']);
  command.end();
  command.end();
  const { verdict } = await command.ended;
  expect(verdict).toMatchObject({ cause: 'cancelled', grade: 'proven' });
});

test('killed by its own limit, that is proven, and its group is gone', async ({ skip }) => {
  const command = await started('read -r line; exec tail /dev/zero', 32 * MIB);
  skip(command.noGroup !== null, 'no control group can be made here');
  const { groups } = memoryCgroup(command.pid);
  const [own] = groups;
  expect(own?.path).toContain(command.id);
  command.tell('go');
  const { verdict } = await command.ended;
  expect(verdict).toMatchObject({
    cause: 'oom-own-limit',
    grade: 'proven',
    signal: 'SIGKILL',
    limit_bytes: 32 * MIB,
  });
  expect(existsSync(own?.folder ?? '/')).toBe(false);
});

test('killed by somebody it is not memory; what it wrote to standard error is kept', async () => {
  const command = await started('echo oh >&2; kill -9 $$');
  const { verdict, errors } = await command.ended;
  expect(verdict.signal).toBe('SIGKILL');
  expect(verdict.cause).toMatch(/^(?:killed|unestablished)$/);
  expect(errors).toBe('oh\n');
});

test('to one that no longer reads nothing can be told, and nothing fails', async () => {
  const command = await started('exec <&-; echo closed; sleep 0.2; exit 3');
  await command.line(1);
  command.tell('x'.repeat(MIB));
  const { verdict } = await command.ended;
  expect(verdict).toMatchObject({ cause: 'error', exit_code: 3 });
});
