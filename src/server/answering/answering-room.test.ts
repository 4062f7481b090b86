import { expect, test } from 'vitest';
import { answeringRoom } from './answering-room.ts';

const MIB = 2 ** 20;
const need = { peak_bytes: 60 * MIB, least_bytes: 90 * MIB, weights_bytes: 300 * MIB };

test('alone it gets what it needs and room for its weights, and no more', () => {
  expect(answeringRoom(need, [], 4096 * MIB)).toEqual({ kind: 'fits', bytes: 390 * MIB });
});

test('beside runs it gets what they leave', () => {
  const running = [{ id: 3, share: 250 * MIB }];
  expect(answeringRoom(need, running, 400 * MIB)).toEqual({ kind: 'fits', bytes: 150 * MIB });
  expect(answeringRoom(need, running, 340 * MIB)).toEqual({ kind: 'fits', bytes: 90 * MIB });
});

test('it waits where they leave too little, and it is said who has how much', () => {
  const running = [
    { id: 3, share: 250 * MIB },
    { id: 7, share: 100 * MIB },
  ];
  expect(answeringRoom(need, running, 400 * MIB)).toEqual({
    kind: 'later',
    free: 50 * MIB,
    holders: 'run 3 (250 MiB), run 7 (100 MiB)',
  });
});

test('what does not fit alone never fits', () => {
  expect(answeringRoom(need, [], 89 * MIB)).toEqual({ kind: 'never' });
});
