/** @file A file that is read again and again says what is in it now, and nothing once it has gone. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { repeatedFile } from './repeated-file.ts';

it('each reading is a new one', () => {
  const status = repeatedFile('/proc/self/status');
  const before = status.text();
  process.title = 'renamed'; // the first line is the name
  expect(before).toMatch(/^Name:\t/);
  expect(status.text()).toMatch(/^Name:\trenamed\n/);
  status.close();
});

it('of what is not there, or has gone, nothing', async () => {
  const child = spawn('sleep', ['30']);
  await once(child, 'spawn');
  const stat = repeatedFile(`/proc/${child.pid}/stat`);
  expect(stat.text()).toContain(`${child.pid} (sleep)`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(stat.text()).toBeNull();
  expect(repeatedFile('/proc/self/no-such-file').text()).toBeNull();
  stat.close();
});

it('closed twice, it closes nothing of another', () => {
  const file = repeatedFile('/proc/self/stat');
  file.close();
  const other = repeatedFile('/proc/self/status'); // takes the same number
  file.close();
  expect(file.text()).toBeNull();
  expect(other.text()).toMatch(/^Name:/);
  other.close();
});
