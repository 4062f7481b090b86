/** @file A described state of a home, a question about it, and the answer that the text holds. */
import type { Pair } from './pairs.ts';
import { deviceName, spokenRoom } from './target.ts';
import { COVERS, LIGHT, LOCK, SWITCH } from './kinds.ts';
import { pickWeighted, type Random } from './random.ts';
import { titleCase } from './request.ts';
import { PEOPLE } from './words.ts';

interface Fact {
  readonly name: string;
  readonly value: string;
}

export function homeQuestionPair(random: Random): Pair {
  const facts: Fact[] = [];
  const count = random.between(2, 4);
  while (facts.length < count) {
    const fact = aFact(random);
    if (!facts.some((other) => other.name === fact.name)) facts.push(fact);
  }
  const home = facts.map(({ name, value }) => `${name} ${value}`).join(', ');
  const asked = random.pick(facts);
  return pickWeighted<() => Pair>(random, [
    [3, () => ({ prompt: `home: ${home}. how is ${asked.name}?`, completion: asked.value })],
    [
      2,
      () => {
        const truth = random.chance(0.5);
        const value = truth ? asked.value : random.pick(facts).value;
        return {
          prompt: `home: ${home}. is ${asked.name} ${value}?`,
          completion: value === asked.value ? 'yes' : `no, ${asked.value}`,
        };
      },
    ],
    [
      1,
      () => {
        const matching = facts.filter(({ value }) => value === asked.value);
        return {
          prompt: `home: ${home}. what is ${asked.value}?`,
          completion: matching.map(({ name }) => titleCase(name)).join(', '),
        };
      },
    ],
    [
      1,
      () => {
        const matching = facts.filter(({ value }) => value === asked.value);
        return {
          prompt: `home: ${home}. how many are ${asked.value}?`,
          completion: String(matching.length),
        };
      },
    ],
  ])();
}

function aFact(random: Random): Fact {
  return pickWeighted<() => Fact>(random, [
    [
      2,
      () => ({
        name: deviceName(random, LIGHT),
        value: random.pick(['on', 'off', 'on', 'off', `${random.between(1, 99)}%`]),
      }),
    ],
    [2, () => ({ name: deviceName(random, SWITCH), value: random.pick(['on', 'off']) })],
    [
      2,
      () => ({
        name: deviceName(random, random.pick(COVERS)),
        value: random.pick(['open', 'closed']),
      }),
    ],
    [1, () => ({ name: deviceName(random, LOCK), value: random.pick(['locked', 'unlocked']) })],
    [
      1,
      () => ({
        name: spokenRoom(random).name.toLowerCase(),
        value: `${random.between(12, 29)} degrees`,
      }),
    ],
    [1, () => ({ name: random.pick(PEOPLE), value: random.pick(['home', 'away', 'at work']) })],
  ])();
}
