/** @file Where no control group can be made here, `plimsoll run` runs itself in a scope of systemd, if it can. */
import { spawn } from 'node:child_process';
import { SCOPE_VARIABLE, scopeToEnter, exitCodeOf } from '#supervise';
import { inPackage } from './bundled.ts';

/** The exit code of the run in the scope; null where it is for this process to run the command. */
export async function runInScope(runId: string): Promise<number | null> {
  const name = `plimsoll-${runId}`;
  const [program, ...words] = (await scopeToEnter(name)) ?? [];
  if (program === undefined) return null;
  const own = [inPackage('bin/plimsoll'), ...process.argv.slice(2)];
  const env = { ...process.env, [SCOPE_VARIABLE]: name };
  const child = spawn(program, [...words, ...own], { stdio: 'inherit', env });
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  // What a terminal sends reaches both: once is enough.
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    process.on(signal, () => process.stdin.isTTY || child.kill(signal));
  }
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(exitCodeOf({ exit_code: code, signal })));
  });
}
