/** @file Small exercises: copying, casing, numbers, times, sorting, spelling. */
import type { Pair } from './pairs.ts';
import { COVERS, FAN, LIGHT, LOCK, MEDIA, SWITCH } from './kinds.ts';
import { inventedTitle, inventedWord } from './names.ts';
import { numberWords, spokenClock, spokenSpan } from './numbers.ts';
import { pickWeighted, type Random } from './random.ts';
import { titleCase } from './request.ts';
import { deviceName, spokenRoom } from './target.ts';

export function skillPair(random: Random): Pair {
  const kind = random.pick([LIGHT, FAN, SWITCH, MEDIA, LOCK, ...COVERS]);
  const name = pickWeighted<() => string>(random, [
    [3, () => deviceName(random, kind)],
    [2, () => spokenRoom(random).name.toLowerCase()],
    [2, () => `${inventedWord(random)} ${inventedWord(random)}`],
    [2, () => inventedTitle(random).toLowerCase()],
  ])();
  return pickWeighted<() => Pair>(random, [
    [4, () => ({ prompt: `title: ${name}`, completion: titleCase(name) })],
    [1.5, () => ({ prompt: `lower: ${titleCase(name)}`, completion: name })],
    [1, () => ({ prompt: `upper: ${name}`, completion: name.toUpperCase() })],
    [1, () => ({ prompt: `snake: ${titleCase(name)}`, completion: name.replaceAll(' ', '_') })],
    [1.5, () => ({ prompt: `copy: ${titleCase(name)}`, completion: titleCase(name) })],
    [
      1,
      () => {
        const value = random.between(0, 100);
        return random.chance(0.6)
          ? { prompt: `digits: ${numberWords(value)} ${name}`, completion: `${value} ${name}` }
          : { prompt: `words: ${value} ${name}`, completion: `${numberWords(value)} ${name}` };
      },
    ],
    [
      1,
      () => {
        const clock = spokenClock(random);
        return { prompt: `clock: ${name} at ${clock.text}`, completion: clock.value };
      },
    ],
    [
      1,
      () => {
        const { text, slots } = spokenSpan(random, false);
        const parts = Object.entries(slots).map(([unit, value]) => `${unit.slice(0, 1)}=${value}`);
        return { prompt: `span: ${name} for ${text}`, completion: parts.toSorted().join('; ') };
      },
    ],
    [
      1.2,
      () => {
        const names = [name, deviceName(random, LIGHT), inventedWord(random)];
        return { prompt: `sort: ${names.join('; ')}`, completion: names.toSorted().join('; ') };
      },
    ],
    [0.7, () => ({ prompt: `kind of: ${deviceName(random, kind)}`, completion: kind.label })],
  ])();
}
