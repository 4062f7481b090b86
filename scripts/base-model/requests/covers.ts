/** @file Blinds, doors, gates, windows, locks and valves. */
import { COVERS, LOCK, VALVE } from '../kinds.ts';
import { spokenPercent } from '../numbers.ts';
import { pickWeighted, type Random } from '../random.ts';
import { say, type Request } from '../request.ts';
import { anyTarget, deviceTarget } from '../target.ts';

export function coverRequest(random: Random): Request {
  const kind = random.chance(0.1) ? VALVE : random.pick(COVERS);
  const target = random.chance(0.12) ? deviceTarget(random, kind) : anyTarget(random, kind);
  const fills = { it: target.text, bare: target.bare };
  const open = random.chance(0.5);
  return pickWeighted<() => Request>(random, [
    [
      6,
      () =>
        say(
          random,
          open ? 'open' : 'close',
          target.slots,
          open
            ? [
                'open {it}',
                'open {it}',
                'open up {it}',
                '(raise|lift|roll up|pull up|part) {it}',
                '{bare} open',
                'i want {it} open',
                'pull {it} open',
                '{bare} up',
                'get {it} open',
              ]
            : [
                'close {it}',
                'close {it}',
                'shut {it}',
                '(lower|roll down|draw|drop) {it}',
                '{bare} closed',
                'i want {it} closed',
                'pull {it} shut',
                '{bare} down',
                'get {it} shut',
              ],
          fills,
        ),
    ],
    [
      3,
      () => {
        const share = spokenPercent(random);
        return say(
          random,
          'cover-level',
          { ...target.slots, percent: share.value },
          [
            '(set|move|adjust|bring|change) {it} to {share}',
            '(set|change) the position of {it} to {share}',
            '{bare} {share}',
            '{bare} to {share} open',
            'open {it} to {share}',
            '{it} position {share}',
            'raise {it} to {share}',
            'i want {it} {share} open',
            'put {it} at {share}',
            'lower {it} to {share}',
          ],
          { ...fills, share: share.text },
        );
      },
    ],
    [
      0.8,
      () =>
        say(
          random,
          'cover-stop',
          target.slots,
          ['stop {it}', 'hold {it}', 'stop moving {it}', '{bare} stop', 'halt {it}'],
          fills,
        ),
    ],
  ])();
}

export function lockRequest(random: Random): Request {
  const target = random.chance(0.4) ? deviceTarget(random, LOCK) : anyTarget(random, LOCK);
  const fills = { it: target.text, bare: target.bare };
  return random.chance(0.55)
    ? say(
        random,
        'lock',
        target.slots,
        [
          'lock {it}',
          'lock {it}',
          'lock up {it}',
          '(secure|bolt) {it}',
          '{bare} lock',
          'make sure {it} (is|are) locked',
          'please lock {it}',
        ],
        fills,
      )
    : say(
        random,
        'unlock',
        target.slots,
        [
          'unlock {it}',
          'unlock {it}',
          '(unbolt|release) {it}',
          '{bare} unlock',
          'i need {it} unlocked',
          'take the lock off {it}',
        ],
        fills,
      );
}
