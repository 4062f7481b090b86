/** @file A command as a shell would find it, so that what cannot start is refused before anything is made. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fail, systemCodeOf } from '#base';

/**
 * The file that `command` names, by PATH where it has no slash.
 *
 * @throws PlimsollError COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE
 */
export function findCommand(command: string, path: string = process.env['PATH'] ?? ''): string {
  const places = command.includes('/')
    ? [command]
    : path.split(delimiter).map((folder) => join(folder || '.', command));
  const found = places.map((file) => ({ file, problem: problemOf(file) }));
  const runs = found.find(({ problem }) => problem === null);
  if (runs) return runs.file;
  // As shells do: a file that is there but cannot run is told before one that is not there.
  const there = found.find(({ problem }) => problem !== 'absent');
  if (!there) {
    const next = command.includes('/')
      ? 'Check its path'
      : `Check its name; give a path such as ./${command} for a file in no folder of PATH`;
    return fail('COMMAND_NOT_FOUND', { command, next });
  }
  return fail('COMMAND_NOT_EXECUTABLE', { command, file: there.file, reason: `${there.problem}` });
}

function problemOf(file: string): 'absent' | 'it is a folder' | 'permission denied' | null {
  try {
    if (statSync(file).isDirectory()) return 'it is a folder';
    accessSync(file, constants.X_OK);
    return null;
  } catch (error) {
    return systemCodeOf(error) === 'EACCES' ? 'permission denied' : 'absent';
  }
}
