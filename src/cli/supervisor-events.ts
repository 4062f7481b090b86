/** @file A run under `plimsoll run` tells its supervisor what it tells its events.jsonl. */
import { openSync } from 'node:fs';
import { EVENTS_VARIABLE, writeAll } from '#base';
import type { RunEvent } from '#protocol';

/**
 * What to call with each event: adds it, as one write, to the file that the supervisor named in the
 * environment, and does nothing where it named none.
 *
 * @param note for the user, once, where that file cannot be written: the run goes on without
 */
export async function tellSupervisor(
  note: (text: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<(event: RunEvent) => void> {
  const file = env[EVENTS_VARIABLE];
  if (!file) return () => {};
  const { encodeEvent } = await import('#protocol');
  let fd: number | null | undefined;
  return (event) => {
    if (fd === null) return;
    const line = Buffer.from(encodeEvent(event));
    try {
      fd ??= openSync(file, 'a');
      writeAll(fd, line);
    } catch (error) {
      fd = null;
      const reason = error instanceof Error ? error.message : String(error);
      note(`the supervisor of this run is told nothing more (${EVENTS_VARIABLE}: ${reason})`);
    }
  };
}
