/**
 * @file Values of a step that wait in a file. The file has no name any more once it is open, so that it
 * goes with the process, and its pages are the kernel's to write out and drop.
 */
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemCodeOf, temporaryName, throwWriteError } from '#base';
import type { Tensor } from '#grad';

export class SpillFile {
  readonly #file: string;
  readonly #fd: number;
  /** where a value lies; the same value comes again in each step */
  readonly #slots = new Map<string, { readonly offset: number; readonly bytes: number }>();
  #end = 0;

  /** @throws PlimsollError DISK_FULL, FILE_NOT_WRITABLE */
  constructor(folder: string) {
    this.#file = temporaryName(join(folder, 'activations'));
    try {
      this.#fd = openSync(this.#file, 'wx+');
      unlinkSync(this.#file);
    } catch (error) {
      throwWriteError(this.#file, error);
    }
  }

  /** @throws PlimsollError DISK_FULL, FILE_NOT_WRITABLE */
  write(name: string, { data }: Tensor): void {
    const bytes = data.byteLength;
    const known = this.#slots.get(name);
    const slot = known && known.bytes >= bytes ? known : { offset: this.#end, bytes };
    if (slot !== known) this.#end += bytes;
    this.#slots.set(name, slot);
    const view = Buffer.from(data.buffer, data.byteOffset, bytes);
    try {
      for (let done = 0; done < bytes;) {
        done += writeSync(this.#fd, view, done, bytes - done, slot.offset + done);
      }
    } catch (error) {
      if (systemCodeOf(error) === undefined) throw error;
      throwWriteError(this.#file, error);
    }
  }

  /** Fills the tensor with what was written under the name last. */
  read(name: string, { data }: Tensor): void {
    const slot = this.#slots.get(name);
    if (!slot) throw new Error(`internal: '${name}' was never spilled`);
    const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    for (let done = 0; done < view.length;) {
      const got = readSync(this.#fd, view, done, view.length - done, slot.offset + done);
      if (got === 0) throw new Error(`internal: '${name}' is shorter than what was spilled`);
      done += got;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
