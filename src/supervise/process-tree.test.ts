/** @file Processes without a group of their own, counted one by one. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { treeOf, watchTree } from './process-tree.ts';

const MIB = 2 ** 20;
const noPython = spawnSync('python3', ['--version']).status !== 0;

/** Holds 60 MiB, which its two children share with it. */
const FORKS = `
import os, time
held = b"x" * (60 << 20)
children = []
for _ in range(2):
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    children.append(child)
print(*children, flush=True)
time.sleep(60)
`;

it.skipIf(noPython)('all below a process, and pages that they share once', async () => {
  const shell = spawn('sh', ['-c', 'python3 -c "$0"; exit $?', FORKS], { detached: true });
  onTestFinished(() => void process.kill(-shell.pid!, 'SIGKILL'));
  const [line] = await once(createInterface({ input: shell.stdout }), 'line');
  const children = String(line).split(' ').map(Number);
  const pids = treeOf(shell.pid!);
  expect(pids).toEqual(expect.arrayContaining([shell.pid, ...children]));
  expect(pids).toHaveLength(4);
  // Far from the limit each process is counted for itself, near to it exactly.
  expect(watchTree(shell.pid!, 1000 * MIB)()).toBeGreaterThan(180 * MIB);
  const exact = watchTree(shell.pid!, 100 * MIB)();
  expect(exact).toBeGreaterThan(60 * MIB);
  expect(exact).toBeLessThan(90 * MIB);
});

it('a process that is not there holds nothing', () => {
  expect(watchTree(2 ** 30, MIB)()).toBe(0);
});
