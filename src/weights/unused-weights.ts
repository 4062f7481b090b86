/**
 * @file What nobody uses any more leaves the cache of converted weights. Converted again in seconds, a
 * file is not worth its place on the disk for ever, and one whose original has changed is never read
 * again.
 *
 * The time of its last change says when it was last used. A process says so when it opens a file and then
 * daily, so nothing that is in use looks old.
 */
import { readdirSync, rmdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

/** In docs/precision.md too. */
const KEPT_DAYS = 30;
const DAY = 86_400_000; // ms

/** To be called before the file is read: then who finds it old has removed it by that time, or keeps it. */
export function markUsed(file: string): void {
  touch(file);
  setInterval(touch, DAY, file).unref();
}

/** Removes from `cache` the folders of converted weights, `<source>-<precision>`, that have grown old. */
export function removeUnused(cache: string): void {
  for (const name of namesIn(cache).filter((each) => /^[0-9a-f]{16}-\w+$/.test(each)))
    try {
      removeIfOld(join(cache, name));
    } catch {
      // Another process was faster, or another user owns it: either way not ours to remove.
    }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not there yet, or no folder, which whoever writes to it says
  }
}

function removeIfOld(folder: string): void {
  const files = readdirSync(folder)
    .filter((name) => name === 'model.safetensors' || name.endsWith('.tmp'))
    .map((name) => join(folder, name));
  const used = Math.max(...[folder, ...files].map((each) => statSync(each).mtimeMs));
  if (Date.now() - used < KEPT_DAYS * DAY) return;
  for (const file of files) rmSync(file, { force: true });
  rmdirSync(folder); // stays where there is something in it that is not ours
}

function touch(file: string): void {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    // It is not there yet, or the cache cannot be written: then nobody removes anything from it.
  }
}
