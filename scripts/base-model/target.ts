/**
 * @file What a request is about, in words and in slots: one device by its name, or the devices of
 * a kind in a room, on a storey, here, or everywhere.
 */
import type { Kind } from './kinds.ts';
import { inventedWord } from './names.ts';
import { pickWeighted, type Random } from './random.ts';
import { titleCase, type Slots } from './request.ts';
import { LEVEL_ADVERBS, LEVEL_NOUNS, PEOPLE, ROOMS } from './words.ts';

export interface Target {
  /** with its article: "the lamp by ada", "all lights in the kitchen" */
  readonly text: string;
  /** without article, for short forms such as "kitchen lights off" */
  readonly bare: string;
  readonly slots: Slots;
}

const OWN = ['the', 'the', 'the', 'my', 'our', ''];
const ALL = ['all the', 'all', 'every', 'all of the', 'all my', 'each', 'all our', 'every single'];

export function anyTarget(random: Random, kind: Kind): Target {
  return pickWeighted<() => Target>(random, [
    [4, () => deviceTarget(random, kind)],
    [5, () => roomTarget(random, kind)],
    [2.2, () => levelTarget(random, kind)],
    [1.2, () => everywhereTarget(random, kind)],
    [1, () => hereTarget(random, kind)],
    [0.8, () => kindTarget(random, kind)],
  ])();
}

export function deviceTarget(random: Random, kind: Kind): Target {
  const name = deviceName(random, kind);
  const proper = random.chance(0.12) ? titleCase(name) : name;
  return {
    text: `${random.pick(OWN)} ${proper}`,
    bare: proper,
    slots: { device: titleCase(name), kind: kind.label },
  };
}

const POSITIONS =
  `left right front back main small big old new corner upper lower outer inner north south east west
  middle second spare tall tiny round red blue green white black vintage`.split(/\s+/);

/** "desk lamp", "anna's desk lamp", "left skylight", "attic smart plug 2", "brov lamp". */
export function deviceName(random: Random, kind: Kind): string {
  const noun = random.pick(kind.devices);
  return pickWeighted<() => string>(random, [
    [3, () => (noun.includes(' ') ? noun : `${random.pick(ROOMS)} ${noun}`)],
    [3, () => `${random.pick(ROOMS)} ${noun}`],
    [1.5, () => `${random.pick(POSITIONS)} ${noun}`],
    [1.2, () => `${random.pick(PEOPLE).replace(/s$/, '')}'s ${noun}`.replace('the ', '')],
    [1.5, () => `${inventedWord(random)} ${noun}`],
    [0.7, () => `${noun} ${random.between(1, 9)}`],
    [0.5, () => inventedWord(random)],
    [0.8, () => `${inventedWord(random)} ${random.pick([...kind.singular])}`],
  ])();
}

/** A room as people say it, with the value of its slot. */
export function spokenRoom(random: Random): { name: string; value: string } {
  const name = pickWeighted<() => string>(random, [
    [4, () => random.pick(ROOMS.slice(0, 24))],
    [6, () => random.pick(ROOMS)],
    [
      1,
      () =>
        `${random.pick(PEOPLE)}'s ${random.pick(['room', 'bedroom', 'office', 'bathroom', 'study'])}`.replace(
          'the ',
          '',
        ),
    ],
    [
      0.8,
      () => `${inventedWord(random)} ${random.pick(['room', 'corner', 'hall', 'wing', 'suite'])}`,
    ],
  ])();
  return { name: random.chance(0.1) ? titleCase(name) : name, value: titleCase(name) };
}

function roomTarget(random: Random, kind: Kind): Target {
  const room = spokenRoom(random);
  const slots: Slots = { kind: kind.label, room: room.value };
  const { noun, article } = nounOf(random, kind);
  if (random.chance(0.5)) {
    return { text: `${article} ${room.name} ${noun}`, bare: `${room.name} ${noun}`, slots };
  }
  const where = `${random.pick(['in', 'in', 'in', 'inside', 'at', 'of'])} ${random.pick(['the', 'the', 'my', 'our', ''])}`;
  return {
    text: `${article} ${noun} ${where} ${room.name}`,
    bare: `${noun} ${where} ${room.name}`,
    slots,
  };
}

function levelTarget(random: Random, kind: Kind): Target {
  const { noun, article } = nounOf(random, kind);
  if (random.chance(0.35)) {
    const level = random.pick(LEVEL_ADVERBS);
    const slots: Slots = { kind: kind.label, level: titleCase(level) };
    const bare = random.chance(0.5) ? `${level} ${noun}` : `${noun} ${level}`;
    return { text: `${article} ${bare}`, bare, slots };
  }
  const level = random.pick(LEVEL_NOUNS);
  const slots: Slots = { kind: kind.label, level: titleCase(level) };
  const bare = random.chance(0.35)
    ? `${level} ${noun}`
    : `${noun} ${random.pick(['on the', 'on the', 'on', 'in the', 'at the', 'of the', 'in'])} ${level}`;
  return { text: `${article} ${bare}`, bare, slots };
}

const EVERYWHERE =
  `in the whole house|everywhere|in every room|in all rooms|throughout the house|all over the place
  |in the entire apartment|around the house|in my flat|across the house|in each room|in the building|on every floor
  |in our home|all through the home|in all the rooms|at home`
    .split('|')
    .map((word) => word.trim());

function everywhereTarget(random: Random, kind: Kind): Target {
  const all = random.chance(0.6) ? random.pick(ALL) : random.pick(OWN);
  const noun = /^(every|each)/.test(all) ? random.pick(kind.singular) : random.pick(kind.plural);
  const where = random.chance(0.75) || !ALL.includes(all) ? random.pick(EVERYWHERE) : '';
  return {
    text: `${all} ${noun} ${where}`,
    bare: `${noun} ${where}`,
    slots: { count: 'all', kind: kind.label },
  };
}

function hereTarget(random: Random, kind: Kind): Target {
  const { noun, article } = nounOf(random, kind);
  const where = random.pick([
    'in here',
    'here',
    'in this room',
    'around me',
    'in the room i am in',
    'right here',
  ]);
  return {
    text: `${article} ${noun} ${where}`,
    bare: `${noun} ${where}`,
    slots: { kind: kind.label, room: 'Here' },
  };
}

function kindTarget(random: Random, kind: Kind): Target {
  const { noun, article } = nounOf(random, kind, 0);
  return { text: `${article} ${noun}`, bare: noun, slots: { kind: kind.label } };
}

function nounOf(random: Random, kind: Kind, allShare = 0.3): { noun: string; article: string } {
  if (random.chance(allShare)) {
    const article = random.pick(ALL);
    const noun = /^(every|each)/.test(article)
      ? random.pick(kind.singular)
      : random.pick(kind.plural);
    return { noun, article };
  }
  return {
    noun: random.pick(random.chance(0.6) ? kind.plural : kind.singular),
    article: random.pick(OWN),
  };
}
