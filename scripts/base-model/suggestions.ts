/**
 * @file From what bothers somebody to an automation that would help: "When …, do …" sentences.
 */
import { COVERS, FAN, LIGHT, SWITCH } from './kinds.ts';
import { spokenClock } from './numbers.ts';
import { pickWeighted, type Random } from './random.ts';
import { deviceName, spokenRoom } from './target.ts';
import { expand } from './template.ts';
import { COLORS, PEOPLE, SCENES } from './words.ts';
import type { Pair } from './pairs.ts';

interface Idea {
  readonly complaint: string;
  readonly trigger: string;
  readonly action: string;
}

export function suggestionPair(random: Random): Pair {
  const idea = anIdea(random);
  const completion = expand(
    random,
    pickWeighted(random, [
      [6, 'When {trigger}, {action}.'],
      [2, '{Action} when {trigger}.'],
      [1, 'As soon as {trigger}, {action}.'],
    ]),
    {
      trigger: idea.trigger,
      action: idea.action,
      Action: idea.action.slice(0, 1).toUpperCase() + idea.action.slice(1),
    },
  );
  return pickWeighted<() => Pair>(random, [
    [5, () => ({ prompt: wish(random, idea), completion })],
    [3, () => ({ prompt: `suggest: ${wish(random, idea)}`, completion })],
    [
      1.5,
      () => ({
        prompt: `split: ${completion}`,
        completion: `if ${idea.trigger} then ${idea.action}`,
      }),
    ],
    [1, () => ({ prompt: `trigger: ${completion}`, completion: idea.trigger })],
    [1, () => ({ prompt: `action: ${completion}`, completion: idea.action })],
  ])();
}

/** The complaint, or a wish that names the action only. */
function wish(random: Random, idea: Idea): string {
  if (random.chance(0.45)) return idea.complaint;
  return expand(
    random,
    random.pick([
      'i would like you to {action} when {trigger}',
      'can you {action} whenever {trigger}',
      'whenever {trigger} please {action}',
      'if {trigger} then {action}',
      'make an automation: {trigger}, {action}',
      '{action} if {trigger}',
      'every time {trigger}, {action}',
      'it would be nice if you could {action} once {trigger}',
    ]),
    { action: idea.action, trigger: idea.trigger },
  );
}

function anIdea(random: Random): Idea {
  const room = spokenRoom(random).name.toLowerCase();
  const person = random.pick(PEOPLE);
  const lamp = deviceName(random, LIGHT);
  const plug = deviceName(random, SWITCH);
  const cover = deviceName(random, random.pick(COVERS));
  const fan = deviceName(random, FAN);
  const clock = spokenClock(random).value;
  const minutes = String(random.between(1, 12) * 5);
  const degrees = String(random.between(16, 30));
  const percent = String(random.between(1, 9) * 10);
  const color = random.pick(COLORS);
  const scene = random.pick(SCENES);
  const fills = {
    room,
    person,
    lamp,
    plug,
    cover,
    fan,
    clock,
    minutes,
    degrees,
    percent,
    color,
    scene,
  };
  const [complaint, trigger, action] = random.pick(IDEAS);
  return {
    complaint: expand(random, complaint, fills),
    trigger: expand(random, trigger, fills),
    action: expand(random, action, fills),
  };
}

/** What somebody says, the trigger, the action. */
const IDEAS: readonly (readonly [string, string, string])[] = [
  [
    '(i|we) (keep forgetting|always forget) to (turn|switch) off the {lamp}',
    'nobody has moved in the {room} for {minutes} minutes',
    'turn off the {lamp}',
  ],
  ['the {lamp} (stays|is left) on all night', 'it is {clock}', 'turn off the {lamp}'],
  [
    'the {room} is (so|too|very) dark when (i|we) come home',
    'somebody arrives after sunset',
    'turn on the {lamp}',
  ],
  [
    '(i|we) stumble in the {room} at night',
    'there is motion in the {room} after {clock}',
    'set the {lamp} to {percent}%',
  ],
  [
    'the {plug} (uses|wastes) too much power',
    'the {plug} has been on for {minutes} minutes',
    'turn off the {plug}',
  ],
  ['did (i|we) leave the {plug} on again', 'everyone has left', 'turn off the {plug}'],
  [
    '{person} always leaves the {cover} open',
    'the {cover} has been open for {minutes} minutes',
    'close the {cover} and notify {person}',
  ],
  [
    'the sun (blinds|bothers) us in the {room}',
    'the sun shines into the {room}',
    'lower the {cover} to {percent}%',
  ],
  [
    'the {room} gets (too|so|very) hot in the afternoon',
    'the {room} is warmer than {degrees} degrees',
    'start the {fan}',
  ],
  [
    'the {room} is freezing in the morning',
    'it is {clock} on a weekday',
    'heat the {room} to {degrees} degrees',
  ],
  [
    '(i|we) want to wake up (slowly|gently|softly)',
    'it is {clock}',
    'brighten the {lamp} to {percent}% over {minutes} minutes',
  ],
  [
    'the {room} smells (bad|musty|damp)',
    'the humidity in the {room} is above {percent}%',
    'run the {fan} for {minutes} minutes',
  ],
  [
    'tell me when the {plug} is (done|finished|ready)',
    'the {plug} stops drawing power',
    'send a message to {person}',
  ],
  [
    '(i|we) worry about water in the {room}',
    'a leak is detected in the {room}',
    'close the water valve and call {person}',
  ],
  [
    '(i|we) never hear the doorbell in the {room}',
    'the doorbell rings',
    'blink the {lamp} {color}',
  ],
  ['is {person} home from school yet', '{person} arrives', 'send a message to the family'],
  [
    'it should look as if somebody is home',
    'the family is away after {clock}',
    'turn the {lamp} on and off every {minutes} minutes',
  ],
  [
    'movie evenings need (less|softer) light',
    'the tv in the {room} starts playing',
    'dim the {lamp} to {percent}%',
  ],
  [
    'make the {room} cozy in the evening',
    'the sun sets',
    'set the {lamp} to {color} at {percent}%',
  ],
  [
    'the plants in the {room} dry out',
    'the soil in the {room} is drier than {percent}%',
    'run the {plug} for {minutes} minutes',
  ],
  [
    '(i|we) pay a lot for heating the {room}',
    'the {cover} is open',
    'turn down the heating in the {room} to {degrees} degrees',
  ],
  ['the {cover} should never be open in the rain', 'it starts to rain', 'close the {cover}'],
  [
    '{person} (reads|works) late in the {room}',
    '{person} is in the {room} after {clock}',
    'set the {lamp} to {percent}%',
  ],
  [
    'the vacuum is (loud|noisy) when (i|we) are home',
    'everyone has left',
    'start the robot vacuum in the {room}',
  ],
  [
    'i want (one button|a single word) for bedtime',
    '{person} says good night',
    'turn off the {lamp}, close the {cover} and lock the front door',
  ],
  [
    'the {room} air gets stale',
    'the co2 level in the {room} is above 1000',
    'open the {cover} for {minutes} minutes',
  ],
  [
    'the battery of the {plug} dies (without warning|all the time)',
    'the battery of the {plug} falls below {percent}%',
    'remind {person} to charge it',
  ],
  [
    'who opened the {cover} at night',
    'the {cover} opens after {clock}',
    'turn on the {lamp} and notify {person}',
  ],
  ['start the {scene} mood by itself', 'it is {clock}', 'start the {scene} scene in the {room}'],
  [
    '(i|we) forget to lock up',
    'it is {clock} and the front door is unlocked',
    'lock the front door',
  ],
  [
    'coffee should be ready when {person} gets up',
    '{person} gets up after {clock}',
    'turn on the coffee maker',
  ],
  [
    'the {room} fan runs (forever|too long)',
    'the {fan} has run for {minutes} minutes',
    'turn off the {fan}',
  ],
  [
    '(i|we) miss parcels',
    'a person stands at the front door',
    'show the door camera in the {room}',
  ],
  ['use our solar power better', 'the solar panels make more than we use', 'turn on the {plug}'],
  [
    'the kids stay up too late',
    'it is {clock} on a school night',
    'turn off the tv in the {room} and dim the {lamp}',
  ],
  [
    'nights in the {room} are too warm',
    '{person} goes to bed',
    'cool the {room} to {degrees} degrees',
  ],
  ['the {lamp} should follow {person}', '{person} walks into the {room}', 'turn on the {lamp}'],
  [
    '(i|we) leave the {room} window open in winter',
    'it is colder than {degrees} degrees outside and the window is open',
    'warn {person}',
  ],
];
