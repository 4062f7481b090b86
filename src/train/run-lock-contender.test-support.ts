/**
 * @file A process for tests that wants locks: for each folder named on a line of its input it says
 * `got` or the error's code on a line of its output, and keeps what it got until it ends.
 */
import { createInterface } from 'node:readline';
import { PlimsollError } from '#base';
import { lockFolder } from './run-lock.ts';

console.log('ready');
for await (const folder of createInterface({ input: process.stdin })) {
  try {
    lockFolder(folder, `of-${process.pid}`);
    console.log('got');
  } catch (error) {
    console.log(error instanceof PlimsollError ? error.code : error);
  }
}
