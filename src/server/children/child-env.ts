/** @file The environment of the commands that the service starts. */

/** Chosen by bin/plimsoll for the service's own process; each run's is chosen anew, by its limit. */
const OF_THIS_PROCESS = [
  'MALLOC_ARENA_MAX',
  'MALLOC_MMAP_THRESHOLD_',
  'MALLOC_TRIM_THRESHOLD_',
] as const;

export function childEnv(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' };
  for (const name of OF_THIS_PROCESS) delete env[name];
  return env;
}
