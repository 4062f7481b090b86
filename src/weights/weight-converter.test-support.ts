/**
 * @file A process for tests that converts the model of a safetensors file to int8 or int4 when a line
 * comes in, and then says which file it has, whether it made it, and how much anonymous memory it took.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { readSafetensorsHeader } from './safetensors-header.ts';
import { storageUnder } from './stored-tensor.ts';
import { convertedWeights } from './weight-cache.ts';

const [original = '', precision = ''] = process.argv.slice(2);
if (precision !== 'int8' && precision !== 'int4')
  throw new Error(`no such precision: ${precision}`);

/** [kB at most, times looked] by a thread of its own: the conversion leaves this one no time. */
const seen = new Int32Array(new SharedArrayBuffer(8));
const watcher = new Worker(
  `const { workerData: seen } = require('node:worker_threads');
   const { readFileSync } = require('node:fs');
   for (;; seen[1]++) {
     const kB = parseInt(readFileSync('/proc/self/status', 'utf8').split('RssAnon:')[1]);
     if (kB > seen[0]) seen[0] = kB;
     Atomics.wait(seen, 1, seen[1], 1); // a millisecond: looking takes memory too
   }`,
  { eval: true, execArgv: [], workerData: seen },
);
const looked = async (times: number) => {
  const until = Atomics.load(seen, 1) + times;
  while (Atomics.load(seen, 1) < until) await new Promise((resolve) => setTimeout(resolve, 2));
};

const { tensors } = readSafetensorsHeader(original);
const wanted = [...tensors].map(([name, from]) => {
  return [name, { from, storage: storageUnder(precision, from, true) }] as const;
});
await looked(200);
console.log('ready');
await once(createInterface({ input: process.stdin }), 'line');
const before = Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
Atomics.store(seen, 0, 0);
let made = false;
const { file, bytes } = convertedWeights({
  tensors: new Map(wanted),
  fingerprint: 'f',
  precision,
  onConvert: () => (made = true),
});
await looked(2);
console.log(JSON.stringify({ file, bytes, made, grown: (seen[0]! - before) * 1024 }));
await watcher.terminate();
process.exit();
