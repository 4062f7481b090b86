/**
 * @file A supervisor of one detached attempt, for tests that kill it: goes on with the attempt of its folder, or
 * launches it where none has begun; prints the verdict as JSON. Cancels on SIGUSR2.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { attachDetached, launchDetached } from './detached.ts';

const [folder = '', id = '', memory = '', grace = '', program = '', ...args] =
  process.argv.slice(2);
if (!existsSync(join(folder, 'attempt.json'))) {
  const attempt =
    (await attachDetached(folder)) ??
    (await launchDetached({
      runId: id,
      attempt: 1,
      folder,
      command: [program, ...args],
      cwd: folder,
      env: process.env,
      memory: memory === '' ? null : Number(memory),
      timeoutSeconds: null,
      graceSeconds: Number(grace),
    }));
  process.on('SIGUSR2', () => attempt.cancel());
  console.log(`pid ${attempt.pid}`);
  const { verdict } = await attempt.ended;
  console.log(JSON.stringify(verdict));
}
