/** @file How programs say that they were refused memory, as they write it. */
import { expect, it } from 'vitest';
import { complaintIn } from './complaints.ts';

it.each([
  [
    'Traceback (most recent call last):\n  File "a.py", line 2\nMemoryError\n',
    'proven',
    'MemoryError',
  ],
  [
    'numpy.core._exceptions._ArrayMemoryError: Unable to allocate 7.28 TiB for an array\n',
    'proven',
    'numpy.core._exceptions._ArrayMemoryError: Unable to allocate 7.28 TiB for an array',
  ],
  [
    "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n",
    'proven',
    'what():  std::bad_alloc',
  ],
  [
    `FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n${' 1: 0xb7a940 node::Abort()\n'.repeat(20)}`,
    'proven',
    'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  ],
  ['fault: malloc: Cannot allocate memory\n', 'likely', 'fault: malloc: Cannot allocate memory'],
])('%j', (output, grade, line) => {
  expect(complaintIn(output)).toEqual({ grade, line });
});

it.each([
  [''],
  ['ValueError: no MemoryError here\n'], // not the last word of a traceback
  [`MemoryError\n${'step done\n'.repeat(100)}`], // long ago: the program went on
])('%j is none', (output) => {
  expect(complaintIn(output)).toBeNull();
});
