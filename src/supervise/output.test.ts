/** @file Output is passed on whole, and kept within bounds whatever its length. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import { passOn } from './output.ts';
import { streamSource } from './source.ts';

const MIB = 2 ** 20;

async function passed(stdout: Iterable<Buffer>) {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-output-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'output.log');
  const counted = { bytes: 0 };
  const counting = () =>
    new Writable({
      write(chunk: Buffer, _, done) {
        counted.bytes += chunk.length;
        setImmediate(done);
      },
    });
  const streams = {
    stdout: streamSource(Readable.from(stdout)),
    stderr: streamSource(Readable.from([])),
  };
  const output = passOn(streams, file, { stdout: counting(), stderr: counting() });
  await output.end(60_000);
  return { output, bytes: counted.bytes, log: readFileSync(file) };
}

it('a short text is kept as it is', async () => {
  const { output, bytes, log } = await passed([Buffer.from('one\n'), Buffer.from('two\n')]);
  expect(output.text()).toBe('one\ntwo\n');
  expect(output.tail()).toBe('one\ntwo\n');
  expect(log.toString()).toBe('one\ntwo\n');
  expect(bytes).toBe(8);
});

it('of 64 MiB all is passed on, and the beginning and the end are kept', async () => {
  function* long() {
    yield Buffer.from('first\n');
    for (let i = 0; i < 1024; i++) yield Buffer.alloc(MIB / 16, 'x');
    yield Buffer.from('\nlast');
  }
  const { output, bytes, log } = await passed(long());
  expect(bytes).toBe(64 * MIB + 11);
  expect(output.text()).toMatch(/^first\nx+\n\[\d+ bytes left out\]\nx+\nlast$/);
  expect(output.text().length).toBeLessThan(256 * 1024);
  expect(output.tail()).toMatch(/^x+\nlast$/);
  expect(log.length).toBeLessThan(17 * MIB);
  expect(log.toString('latin1').slice(-100)).toMatch(/x\n\[more than \d+ bytes/);
});

it('what does not end is not waited for', async () => {
  const endless = new Readable({ read: () => {} });
  const streams = { stdout: streamSource(endless), stderr: streamSource(Readable.from([])) };
  const began = performance.now();
  await passOn(streams, null, { stdout: new PassThrough(), stderr: new PassThrough() }).end(50);
  expect(performance.now() - began).toBeLessThan(5000);
});
