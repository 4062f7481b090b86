/** @file A file replaced as a whole, so that our own end at any instant leaves the old one or the new one. */
import { renameSync, writeFileSync } from 'node:fs';

/** Not flushed: for what a start of the machine makes worthless anyway. One writer at a time. */
export function putFile(file: string, text: string): void {
  const temporary = `${file}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}
