/**
 * @file All that tells how a run went, as a zip that is made while it is read: the run with its verdicts, the service's
 * events, memory over time, what this machine lets verdicts prove, and of the run's folder its records and its output.
 * Weights, checkpoints and data are not in it.
 */
import { createReadStream } from 'node:fs';
import { Zip, ZipDeflate } from 'fflate';
import type { ServiceRun } from '#protocol';
import type { RunRow, Store } from '#store';
import { surveyMachine } from '#supervise';
import { artifactsIn, openArtifact } from './artifact-files.ts';

interface Entry {
  readonly name: string;
  readonly content: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export function evidenceOf(
  store: Pick<Store, 'events' | 'samples'>,
  { id, output_dir }: Pick<RunRow, 'id' | 'output_dir'>,
  view: ServiceRun | undefined,
): ReadableStream<Uint8Array> {
  const entries: Entry[] = [
    { name: 'run.json', content: () => [bytesOf(`${JSON.stringify(view, null, 2)}\n`)] },
    { name: 'events.jsonl', content: () => eventLines(store, id) },
    { name: 'memory.jsonl', content: () => sampleLines(store, id) },
    { name: 'machine.json', content: survey },
    ...artifactsIn(output_dir)
      .filter(({ path }) => IS_EVIDENCE.test(path))
      .map(({ path }) => ({
        name: `folder/${path}`,
        content: () => fileContent(output_dir, path),
      })),
  ];
  return ReadableStream.from(zipOf(entries));
}

/** Of a run's folder: its record and its trainer's events, and of each attempt what its watch kept and it printed. */
const IS_EVIDENCE = /^[^/]+\.(jsonl?|log)$|^attempt-\d+\/[^/]+\.(jsonl?|log)$/;

/** Quick rather than small: the service answers others meanwhile. */
const LEVEL = 1;

/** Holds one part of one file at a time. */
async function* zipOf(entries: readonly Entry[]): AsyncGenerator<Uint8Array> {
  let made: Uint8Array[] = [];
  const zip = new Zip((error, data) => {
    if (error) throw error;
    made.push(data);
  });
  function* ready(): Generator<Uint8Array> {
    yield* made;
    made = [];
  }
  for (const { name, content } of entries) {
    const file = new ZipDeflate(name, { level: LEVEL });
    zip.add(file);
    for await (const part of content()) {
      file.push(part);
      yield* ready();
    }
    file.push(new Uint8Array(), true);
    yield* ready();
  }
  zip.end();
  yield* ready();
}

/** Read from the store at once. */
const PAGE = 200;

function* eventLines({ events }: Pick<Store, 'events'>, run: number): Generator<Uint8Array> {
  let after = 0;
  for (;;) {
    const page = events.after(after, PAGE, run);
    yield* lines(page);
    after = page.at(-1)?.seq ?? after;
    if (page.length < PAGE) return;
  }
}

/** All that are kept. */
function* sampleLines({ samples }: Pick<Store, 'samples'>, run: number): Generator<Uint8Array> {
  let after = { attempt: 0, time: '' };
  for (;;) {
    const page = samples.after(run, after, PAGE);
    yield* lines(page);
    after = page.at(-1) ?? after;
    if (page.length < PAGE) return;
  }
}

function* lines(values: readonly object[]): Generator<Uint8Array> {
  if (values.length > 0) yield bytesOf(values.map((each) => `${JSON.stringify(each)}\n`).join(''));
}

async function* survey(): AsyncGenerator<Uint8Array> {
  yield bytesOf(`${JSON.stringify(await surveyMachine(), null, 2)}\n`);
}

/** As long as it is now; nothing where it has gone. */
async function* fileContent(folder: string, path: string): AsyncGenerator<Uint8Array> {
  const file = openArtifact(folder, path);
  if (!file) return;
  const { fd, bytes } = file;
  for await (const part of createReadStream('', { fd, end: Math.max(bytes - 1, 0) })) {
    if (Buffer.isBuffer(part)) yield part;
  }
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
