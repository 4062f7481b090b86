/** @file Questions about states and measures of the home. */
import { COVERS, FAN, LIGHT, LOCK, MEDIA, SWITCH } from '../kinds.ts';
import { inventedWord } from '../names.ts';
import { pickWeighted, type Random } from '../random.ts';
import { say, titleCase, type Request, type Slots } from '../request.ts';
import { MEASURES, SENSES, type Sense } from '../senses.ts';
import { anyTarget, deviceName, spokenRoom } from '../target.ts';
import { LEVEL_ADVERBS, LEVEL_NOUNS, PEOPLE, ROOMS } from '../words.ts';

export function sensorRequest(random: Random): Request {
  return pickWeighted<() => Request>(random, [
    [4, () => thingQuestion(random)],
    [5, () => manyQuestion(random)],
    [2.5, () => stuffQuestion(random)],
    [3.5, () => kindQuestion(random)],
    [5, () => measureQuestion(random)],
    [1.4, () => personQuestion(random)],
    [0.8, () => plainState(random)],
  ])();
}

/** "in the attic", "upstairs", or nowhere. */
function where(random: Random, share: number): { text: string; slots: Slots } {
  if (!random.chance(share)) return { text: '', slots: {} };
  if (random.chance(0.15)) {
    const level = random.pick(LEVEL_ADVERBS);
    return { text: level, slots: { level: titleCase(level) } };
  }
  if (random.chance(0.15)) {
    const level = random.pick(LEVEL_NOUNS);
    return {
      text: `${random.pick(['on the', 'on', 'at the', 'in the'])} ${level}`,
      slots: { level: titleCase(level) },
    };
  }
  const room = spokenRoom(random);
  const article = random.pick(['the ', 'the ', 'my ', 'our ', '']);
  return {
    text: `${random.pick(['in', 'in', 'in', 'inside', 'at'])} ${article}${room.name}`,
    slots: { room: room.value },
  };
}

function state(random: Random, sense: Sense): { word: string; slots: Slots } {
  const yes = random.chance(0.6);
  const word = random.pick(yes ? sense.yes : sense.no);
  return { word, slots: { sense: sense.label, flag: yes ? 'yes' : 'no', reading: word } };
}

function thingQuestion(random: Random): Request {
  const sense = random.pick(SENSES);
  const { word, slots } = state(random, sense);
  const noun = random.pick(sense.things);
  const name = pickWeighted<() => string>(random, [
    [3, () => noun],
    [3, () => `${random.pick(ROOMS)} ${noun}`],
    [1, () => `${inventedWord(random)} ${noun}`],
    [1, () => `${random.pick(PEOPLE)}'s ${noun}`.replace('the ', '')],
    [
      1,
      () =>
        `${random.pick(['left', 'right', 'old', 'new', 'small', 'second', 'main', 'rear', 'upper'])} ${noun}`,
    ],
    [0.6, () => inventedWord(random)],
  ])();
  return say(
    random,
    'state-ask',
    { ...slots, device: titleCase(name), ask: 'is' },
    [
      'is (the|the|the|my|our|) {name} {word}',
      'is (the|my) {name} {word} (now|right now|currently|at the moment)',
      '{name} {word}',
      '(tell me|check|see) if the {name} is {word}',
      'has the {name} been {word}',
      'did someone leave the {name} {word}',
      'would you say the {name} is {word}',
      'is it true that the {name} is {word}',
      'can you see whether (the|my) {name} is {word}',
      'is {name} {word}',
    ],
    { name, word },
  );
}

function manyQuestion(random: Random): Request {
  const sense = random.pick(SENSES);
  const { word, slots } = state(random, sense);
  const place = where(random, 0.45);
  const plural = random.pick(sense.plural);
  const ask = random.pick(['any', 'all', 'which', 'how many']);
  const templates: Record<string, readonly string[]> = {
    any: [
      'are any [of the] {plural} {word} {where}',
      'are there any {plural} {word} {where}',
      'any {plural} {word} {where}',
      'do i have any {word} {plural} {where}',
      'is any of the {plural} {word} {where}',
      '(tell me|check) if any {plural} are {word} {where}',
      'are any {plural} {where} {word}',
      'is there any {word} {plural} {where}',
    ],
    all: [
      'are all [the|my|of the] {plural} {word} {where}',
      'is every one of the {plural} {word} {where}',
      'are the {plural} all {word} {where}',
      'check that all {plural} are {word} {where}',
      'are all {plural} {where} {word}',
    ],
    which: [
      'which {plural} are {word} {where}',
      'which of the {plural} are {word} {where}',
      'what {plural} are {word} {where}',
      'list the {plural} that are {word} {where}',
      'show me {word} {plural} {where}',
      'tell me which {plural} are {word} {where}',
      'which {plural} {where} are {word}',
    ],
    'how many': [
      'how many {plural} are {word} {where}',
      'how many [of the] {plural} are [currently] {word} {where}',
      'count the {plural} that are {word} {where}',
      'how many {word} {plural} are there {where}',
      'number of {word} {plural} {where}',
      'how many {plural} do i have {word} {where}',
    ],
  };
  return say(random, 'state-ask', { ...slots, ...place.slots, ask }, templates[ask] ?? [], {
    plural,
    word,
    where: place.text,
  });
}

function stuffQuestion(random: Random): Request {
  const sense = random.pick(SENSES.filter((row) => row.stuff.length > 0));
  const place = where(random, 0.7);
  const stuff = random.pick(sense.stuff);
  return say(
    random,
    'state-ask',
    { sense: sense.label, flag: 'yes', reading: 'detected', ...place.slots, ask: 'is' },
    [
      'is there [any|some] {stuff} {where}',
      'is [any] {stuff} detected {where}',
      '{stuff} {where}',
      'do you (see|sense|notice|detect) [any] {stuff} {where}',
      'has [any] {stuff} been (detected|noticed|sensed) {where}',
      'can you detect {stuff} {where}',
      'is {stuff} (present|found) {where}',
      'any {stuff} {where}',
      'any sign of {stuff} {where}',
    ],
    { stuff, where: place.text },
  );
}

const KIND_STATES = [
  {
    kinds: [LIGHT, FAN, SWITCH, MEDIA],
    yes: ['on', 'on', 'turned on', 'switched on', 'running'],
    no: ['off', 'off', 'turned off', 'switched off'],
    values: ['on', 'off'],
  },
  {
    kinds: [LOCK],
    yes: ['locked', 'bolted'],
    no: ['unlocked', 'not locked'],
    values: ['locked', 'unlocked'],
  },
  {
    kinds: COVERS,
    yes: ['open', 'opened', 'up'],
    no: ['closed', 'shut', 'down'],
    values: ['open', 'closed'],
  },
  { kinds: COVERS, yes: ['open', 'opened'], no: ['closed', 'shut'], values: ['open', 'closed'] },
] as const;

function kindQuestion(random: Random): Request {
  const row = random.pick(KIND_STATES);
  const kind = random.pick(row.kinds);
  const yes = random.chance(0.55);
  const word = random.pick(yes ? row.yes : row.no);
  const reading = yes ? row.values[0] : row.values[1];
  if (random.chance(0.3)) {
    const target = anyTarget(random, kind);
    return say(
      random,
      'kind-ask',
      { ...target.slots, reading, ask: 'is' },
      [
        '(is|are) {it} {word}',
        '(tell me|check) (if|whether) {it} (is|are) {word}',
        '(is|are) {it} {word} (now|right now|currently)',
        'did (i|we|anyone) leave {it} {word}',
      ],
      { it: target.text, word },
    );
  }
  const place = where(random, 0.6);
  const ask = random.pick(['any', 'all', 'which', 'how many']);
  const plural = random.pick(kind.plural);
  const templates: Record<string, readonly string[]> = {
    any: [
      'are any {plural} {word} {where}',
      'are there any {plural} {word} {where}',
      'any {plural} {word} {where}',
      'tell me if (any|there are any) {plural} are {word} {where}',
      'is any of the {plural} {word} {where}',
      'are any {plural} {where} {word}',
    ],
    all: [
      'are all [the|my] {plural} {word} {where}',
      'is every {plural} {word} {where}',
      'check that all {plural} are {word} {where}',
      'are all {plural} {where} {word}',
    ],
    which: [
      'which {plural} are {word} {where}',
      'what {plural} are {word} {where}',
      'list {plural} that are {word} {where}',
      'show all {plural} {word} {where}',
      'which {plural} {where} are {word}',
    ],
    'how many': [
      'how many {plural} are {word} {where}',
      'how many {plural} are there {word} {where}',
      'count {plural} that are {word} {where}',
      'how many {plural} {where} are {word}',
    ],
  };
  return say(
    random,
    'kind-ask',
    { kind: kind.label, reading, ...place.slots, ask },
    templates[ask] ?? [],
    { plural, word, where: place.text },
  );
}

function measureQuestion(random: Random): Request {
  const measure = random.pick(MEASURES);
  const what = random.pick(measure.asked);
  const meter = random.pick(measure.meters);
  const name = pickWeighted<() => string>(random, [
    [4, () => meter],
    [3, () => `${random.pick(ROOMS)} ${meter}`],
    [1, () => `${random.pick(PEOPLE)}'s ${meter}`.replace('the ', '')],
    [1, () => `${inventedWord(random)} ${meter}`],
    [0.8, () => `${meter} ${random.between(1, 9)}`],
    [1, () => `${meter} ${what}`],
    [0.7, () => inventedWord(random)],
  ])();
  return say(
    random,
    'measure-ask',
    { measure: measure.label, device: titleCase(name) },
    [
      "(what is|what's|tell me|give me|show me|read) the {what} (of|of|on|at|from|for) (the|the|my|) {name}",
      "(what is|what's|tell me) [the|my] {name} {what}",
      'what is the {what} (indicated|measured|reported|shown|read) by (the|my|) {name}',
      '{name} {what}',
      '{what} of [the] {name}',
      'how (high|much) is the {what} of the {name}',
      'what {what} does the {name} (show|report|have|read)',
      'check the {name} {what}',
      "what's the {name}'s {what}",
      'what is the current {what} of the {name}',
    ],
    { what, name },
  );
}

function personQuestion(random: Random): Request {
  const person = random.pick(PEOPLE);
  const slots: Slots = { person: titleCase(person.replace(/^the /, '')) };
  return pickWeighted<() => Request>(random, [
    [
      2,
      () =>
        say(
          random,
          'person-ask',
          slots,
          [
            'where (is|are) {person}',
            'where did {person} go',
            'locate {person}',
            'where can i find {person}',
            'do you know where {person} is',
            'find {person}',
            "{person}'s location",
          ],
          { person },
        ),
    ],
    [
      2,
      () => {
        const home = random.chance(0.6);
        return say(
          random,
          'person-ask',
          { ...slots, reading: home ? 'home' : 'away' },
          home
            ? [
                'is {person} [at] home',
                'is {person} in the house',
                'did {person} come home',
                'has {person} arrived',
                'is {person} back [already]',
                'is {person} here',
              ]
            : [
                'is {person} (away|gone|out)',
                'did {person} leave',
                'has {person} left the house',
                'is {person} not home',
                'is {person} still out',
              ],
          { person },
        );
      },
    ],
    [
      1.4,
      () => {
        const home = random.chance(0.7);
        return say(
          random,
          'person-ask',
          { reading: home ? 'home' : 'away' },
          home
            ? [
                'who is [at] home right now',
                'is (anybody|everybody|somebody) in the house',
                'which people are in',
                'how many of us are in the house',
                'is the whole family in',
                'count the people in the house',
                'are all of us home',
              ]
            : [
                'who is (out|away) [now]',
                'is (anybody|everybody|somebody) (out|away)',
                'how many of us are out',
                'is the whole family gone',
                'who has left',
              ],
        );
      },
    ],
  ])();
}

function plainState(random: Random): Request {
  const kind = random.pick([LIGHT, SWITCH, ...COVERS, LOCK, MEDIA]);
  const name = deviceName(random, kind);
  return say(
    random,
    'state-ask',
    { device: titleCase(name) },
    [
      "(what is|what's) the (state|status) of (the|my|) {name}",
      '{name} (state|status)',
      'how is the {name} doing',
      'tell me the state of {name}',
      'what is the {name} up to',
      'report on the {name}',
    ],
    { name },
  );
}
