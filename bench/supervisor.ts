/**
 * @file What `plimsoll run` costs: time added to a command's start, time from its end to the verdict on the
 * screen, processor time and memory while it watches, and what passes through it of a command that prints much.
 * Plain commands and supervised ones run in turn.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { processMemory, processStatus, readText } from '#kernel';
import type { Benchmark } from './benchmark.ts';
import { plimsollCommand } from './plimsoll.ts';
import { percent, summarize, type Summary } from './statistics.ts';

interface Facts {
  /** milliseconds until the command's first instruction, alone and supervised; and from Node's start to its end */
  readonly plainStart: Summary;
  readonly supervisedStart: Summary;
  readonly node: Summary;
  /** milliseconds from the command's end to the verdict's first line */
  readonly verdict: Summary;
  /** share of a core in the first ten seconds, and from then on */
  readonly firstSeconds: number;
  readonly later: number;
  /** the most that was resident, watching a busy command, and one that printed `printedBytes` */
  readonly watchingBytes: number;
  readonly printingBytes: number;
  /** of these, the most that was anonymous, as it was seen ten times a second */
  readonly watchingAnonymous: number;
  readonly printingAnonymous: number;
  readonly printedBytes: number;
  /** bytes a second, alone and supervised */
  readonly plainRate: number;
  readonly supervisedRate: number;
}

export const supervisor: Benchmark<Facts> = {
  name: 'supervisor',
  about: 'what `plimsoll run` costs',
  how:
    'A start is the time until the first line of a command that prints the time; a verdict, the time from the ' +
    'moment in which the command kills itself to the first line of the report. Plain and supervised, ' +
    'and a Node that does nothing and reads no certificates (NODE_EXTRA_CA_CERTS), are started in turn. The busy command computes for a minute, and the processor time ' +
    'of the supervisor alone is counted. Resident memory has the pages of Node itself in it, which other Node processes ' +
    'share; anonymous memory has not. Output goes through a pipe of a shell to a program that drops it, plain and ' +
    'supervised.',

  async measure({ rounds, say }) {
    const [plain, supervised, node, verdict] = [[], [], [], []] as [
      number[],
      number[],
      number[],
      number[],
    ];
    for (let i = 0; i < STARTS * rounds; i++) {
      plain.push(await start('date', '+%s%N'));
      const { file, args } = plimsollCommand('run', '--', 'date', '+%s%N');
      supervised.push(await start(file, ...args));
      node.push(await lifetime(process.execPath, '-e', '0'));
      verdict.push(await verdictAfter());
    }
    const summaries = {
      plainStart: summarize(plain),
      supervisedStart: summarize(supervised),
      node: summarize(node),
      verdict: summarize(verdict),
    };
    say(`start: ${shown(summaries.supervisedStart)} ms, verdict: ${shown(summaries.verdict)} ms`);
    const watching = await watch();
    say(`watching: ${percent(watching.firstSeconds)} and ${percent(watching.later)} of a core`);
    const printing = await print();
    return { ...summaries, ...watching, ...printing };
  },

  table: (facts) => [
    ['what', 'asked for', 'measured'],
    ["the command's start, alone", '-', `${shown(facts.plainStart)} ms`],
    ['a Node that does nothing, start to end', '-', `${shown(facts.node)} ms`],
    ["the command's start, supervised", '-', `${shown(facts.supervisedStart)} ms`],
    [
      'added to the start',
      'under 50 ms',
      `${difference(facts.supervisedStart, facts.plainStart)} ms`,
    ],
    ['of that beyond such a Node', '-', `${beyond(facts)} ms`],
    ['end to verdict on screen', 'under 200 ms', `${shown(facts.verdict)} ms`],
    ['processor, first ten seconds', 'under 1% of a core', per10000(facts.firstSeconds)],
    ['processor, from then on', 'under 1% of a core', per10000(facts.later)],
    [
      'resident, of that anonymous: watching',
      'under 60 MiB',
      `${mib(facts.watchingBytes)}, ${mib(facts.watchingAnonymous)}`,
    ],
    [
      `the same: the command prints ${(facts.printedBytes / 1e9).toFixed(0)} GB`,
      'bounded',
      `${mib(facts.printingBytes)}, ${mib(facts.printingAnonymous)}`,
    ],
    [
      'output passed on, of a plain pipe',
      '-',
      `${mib(facts.supervisedRate)} a second, ${percent(facts.supervisedRate / facts.plainRate)}`,
    ],
  ],
};

/** A round has so many; the machine's other work makes single ones useless. */
const STARTS = 7;
const BUSY_SECONDS = 60;
/** Samples come ten times a second until then (src/supervise/samples.ts). */
const FAST_SECONDS = 10;
const PRINTED_BYTES = 10e9;
const BUSY = `const end = Date.now() + ${BUSY_SECONDS * 1000}; while (Date.now() < end);`;

/** Milliseconds from here to the time that it prints. */
async function start(file: string, ...args: readonly string[]): Promise<number> {
  const began = Date.now();
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(child, 'close');
  return Number(text) / 1e6 - began;
}

/** Milliseconds until it has ended. Without what bin/plimsoll keeps from Node, too. */
async function lifetime(file: string, ...args: readonly string[]): Promise<number> {
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const began = performance.now();
  await once(spawn(file, args, { stdio: 'ignore', env }), 'close');
  return performance.now() - began;
}

async function verdictAfter(): Promise<number> {
  const script = 'date +%s%N; exec 1>&- 2>&-; kill -9 $$';
  const { file, args } = plimsollCommand('run', '--', 'sh', '-c', script);
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const closed = once(child, 'close');
  await once(child.stderr, 'data');
  const seen = Date.now();
  await closed;
  return seen - Number(text) / 1e6;
}

async function watch() {
  const { file, args } = plimsollCommand('run', '--', process.execPath, '-e', BUSY);
  const child = spawn(file, args, { stdio: 'ignore' });
  const closed = once(child, 'close');
  await sleep(START_MS); // its own start is told apart
  const began = cpuSeconds(child);
  await sleep(FAST_SECONDS * 1000 - START_MS);
  const fast = cpuSeconds(child);
  await sleep((BUSY_SECONDS - FAST_SECONDS) * 1000 - 2 * START_MS);
  const end = cpuSeconds(child);
  const { peakResident, anonymous } = processMemory(child.pid)!;
  await closed;
  return {
    firstSeconds: (fast.cpu - began.cpu) / (fast.at - began.at),
    later: (end.cpu - fast.cpu) / (end.at - fast.at),
    watchingBytes: peakResident,
    watchingAnonymous: anonymous,
  };
}

const START_MS = 1500;

async function print() {
  const script = `head -c ${PRINTED_BYTES} /dev/zero`;
  const plainRate = await rate(piped('sh', '-c', script));
  const { file, args } = plimsollCommand('run', '--', 'sh', '-c', script);
  let [printingBytes, printingAnonymous] = [0, 0];
  const child = piped(file, ...args);
  const timer = setInterval(() => {
    const now = supervisorMemory(child.pid);
    if (now === null) return;
    printingBytes = Math.max(printingBytes, now.peakResident);
    printingAnonymous = Math.max(printingAnonymous, now.anonymous);
  }, 100);
  const supervisedRate = await rate(child);
  clearInterval(timer);
  return {
    plainRate,
    supervisedRate,
    printingBytes,
    printingAnonymous,
    printedBytes: PRINTED_BYTES,
  };
}

/** A pipe as a shell makes it, with a reader that counts: what comes out is how many bytes came in. */
function piped(...command: readonly string[]): ChildProcess {
  const words = ['-c', '"$@" | wc -c', 'sh', ...command];
  return spawn('/bin/sh', words, { stdio: ['ignore', 'pipe', 'ignore'] });
}

async function rate(child: ChildProcess): Promise<number> {
  const began = performance.now();
  let text = '';
  child.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(child, 'close');
  if (Number(text) !== PRINTED_BYTES)
    throw new Error(`expected ${PRINTED_BYTES} bytes, got ${text}`);
  return PRINTED_BYTES / ((performance.now() - began) / 1000);
}

/** Of the Node below the shell; null while there is none. */
function supervisorMemory(shell: number | undefined) {
  const children = readText(`/proc/${shell}/task/${shell}/children`) ?? '';
  const pids = children.split(' ').filter(Boolean).map(Number);
  const node = pids.find((pid) => readText(`/proc/${pid}/comm`)?.trim() !== 'wc');
  return node === undefined ? null : processStatus(node);
}

/** Of the process alone: what it started counts for itself (proc(5), utime and stime). */
function cpuSeconds({ pid }: ChildProcess): { readonly cpu: number; readonly at: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  const cpu = (Number(fields[11]) + Number(fields[12])) / 100;
  return { cpu, at: performance.now() / 1000 };
}

function difference(one: Summary, other: Summary): string {
  return `${(one.min - other.min).toFixed(0)} / ${(one.median - other.median).toFixed(0)}`;
}

function beyond({ supervisedStart, plainStart, node }: Facts): string {
  const sum = { min: plainStart.min + node.min, median: plainStart.median + node.median };
  return difference(supervisedStart, { ...sum, count: node.count });
}

function shown({ min, median }: Summary): string {
  return `${min.toFixed(0)} / ${median.toFixed(0)}`;
}

function per10000(share: number): string {
  return `${(100 * share).toFixed(2)}%`;
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
