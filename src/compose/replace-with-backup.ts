/** @file A file replaced by rename, with its mode and owner, and a copy of what it was beside it. */
import {
  constants,
  copyFileSync,
  fchmodSync,
  fchownSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { fail, replaceFile, systemCodeOf, throwWriteError, writeAll } from '#base';

/**
 * A link stays a link: what it leads to is replaced.
 *
 * @param before what the file held when the change was shown
 * @returns the copy's name
 * @throws PlimsollError FILE_CHANGED, FILE_NOT_WRITABLE, DISK_FULL; the file is as it was then
 */
export function replaceWithBackup(file: string, before: string, after: string): string {
  const place = realpathSync(file);
  if (readFileSync(place, 'utf8') !== before) fail('FILE_CHANGED', { file });
  const backup = backedUp(place);
  const { mode, uid, gid } = statSync(place);
  replaceFile(place, (fd) => {
    fchownSync(fd, uid, gid);
    fchmodSync(fd, mode); // after the owner: a change of that takes bits of it away
    writeAll(fd, Buffer.from(after));
  });
  return backup;
}

/** An older copy is never overwritten. */
function backedUp(file: string): string {
  for (let n = 1; ; n++) {
    const copy = `${file}.bak${n === 1 ? '' : n}`;
    try {
      copyFileSync(file, copy, constants.COPYFILE_EXCL);
      return copy;
    } catch (error) {
      if (systemCodeOf(error) !== 'EEXIST') throwWriteError(copy, error);
    }
  }
}
