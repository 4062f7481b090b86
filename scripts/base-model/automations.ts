/**
 * @file Automations put together from a trigger, an action and now and then a limit, each with the
 * ways in which people say it and the one way in which a suggestion names it.
 */
import { inventedWord } from './names.ts';
import { pickWeighted, type Random } from './random.ts';
import { numberWords, spokenClock } from './numbers.ts';
import { titleCase } from './request.ts';
import { expand, type Fills } from './template.ts';
import { PEOPLE, ROOMS, SCENES } from './words.ts';
import type { Pair } from './pairs.ts';

/** What may be said (templates), and what it means. */
type Row = readonly [said: string, meant: string];

export function automationPair(random: Random): Pair {
  const clock = spokenClock(random);
  const minutes = random.between(2, 55);
  const fills: Fills = {
    room: aRoom(random),
    person: random.pick(PEOPLE),
    scene: random.pick(SCENES),
    clock: clock.text,
    CLOCK: clock.value,
    minutes: random.chance(0.3) ? numberWords(minutes) : String(minutes),
    MINUTES: String(minutes),
    degrees: String(random.between(3, 32)),
    percent: String(random.between(1, 19) * 5),
  };
  const [triggerSaid = '', triggerMeant = ''] = spoken(random, TRIGGERS, fills);
  const [actionSaid = '', actionMeant = ''] = spoken(random, ACTIONS, fills);
  const [lastSaid = '', lastMeant = ''] = random.chance(0.2)
    ? spoken(random, LENGTHS, fills)
    : ['', ''];
  const [limitSaid = '', limitMeant = ''] = random.chance(0.3)
    ? spoken(random, LIMITS, fills)
    : ['', ''];
  const prompt = expand(random, random.pick(random.chance(0.5) ? ACTION_FIRST : TRIGGER_FIRST), {
    trigger: triggerSaid,
    action: actionSaid,
    last: lastSaid,
    limit: limitSaid,
  });
  const deed = [actionMeant, lastMeant].join(' ').trim();
  const completion = `When ${[triggerMeant, deed, limitMeant].filter((part) => part !== '').join(', ')}.`;
  const prefix = random.chance(0.2) ? 'suggest: ' : '';
  return { prompt: prefix + prompt, completion };
}

const ACTION_FIRST = [
  '[please|can you|could you|from now on,|i want you to|be so kind and] {action} {last} {trigger} {limit}',
  '{action} {trigger} {last} {limit}',
  '[always] {action} {last} {trigger} {limit} [please]',
];
const TRIGGER_FIRST = [
  '{trigger} [please|always|i want you to|just] {action} {last} {limit}',
  '{trigger}, {action} {last} {limit}',
  '{trigger} {limit}, {action} {last}',
];

/** One row, in words and as the suggestion writes it. */
function spoken(random: Random, rows: readonly Row[], fills: Fills): readonly string[] {
  return random.pick(rows).map((template) => expand(random, template, fills));
}

/** A plain room, or one with a name nobody knows, which the answer has to copy. */
function aRoom(random: Random): string {
  return pickWeighted<() => string>(random, [
    [5, () => random.pick(ROOMS)],
    [
      4,
      () =>
        `${titleCase(inventedWord(random))} ${random.pick(['room', 'room', 'hall', 'suite', 'corner', 'studio'])}`,
    ],
    [1, () => `${titleCase(random.pick(PEOPLE).replace('the ', ''))} room`],
  ])();
}

const TRIGGERS: readonly Row[] = [
  [
    '(after dark|when it gets dark|when night falls|at nightfall|once it is dark outside|at sunset|as the sun sets)',
    'it becomes dark',
  ],
  [
    '(at daybreak|when the day begins|when it gets light|at sunrise|as soon as it is light|at the crack of dawn)',
    'it becomes light',
  ],
  [
    '(when i (get|come) home|when we are back|on our return|as soon as somebody arrives|when anyone comes in)',
    'somebody arrives',
  ],
  [
    '(when we (leave|go out)|after everybody is gone|when nobody is left|as soon as the place is empty|once we are out)',
    'the last person leaves',
  ],
  ['(when|as soon as|once|if) {person} (gets|comes|is) (home|back)', '{person} arrives'],
  ['(when|as soon as|once|if) {person} (leaves|goes out|is gone)', '{person} leaves'],
  [
    '(when|if|whenever) (somebody|anyone|someone) (moves|is|walks) in the {room}',
    'there is motion in the {room}',
  ],
  [
    '(when|if|once) (nobody|no one) (is|moves) in the {room} [anymore]',
    'there is no motion in the {room}',
  ],
  ['(when|if|whenever) the {room} door (opens|is opened|gets opened)', 'the {room} door opens'],
  ['(when|if|as soon as) the {room} window (is open|opens|is opened)', 'the {room} window opens'],
  [
    '(when it (rains|starts to rain)|in the rain|if rain comes|when it is pouring|as soon as it drizzles)',
    'rain begins',
  ],
  [
    '(when it is (windy|stormy)|in a storm|if the wind gets strong|when a gale blows)',
    'the wind is strong',
  ],
  ['(when it snows|in snow|if snow falls|with the first flakes)', 'snow begins'],
  [
    '(when it freezes outside|in frost|on icy nights|if it gets below zero)',
    'there is frost outside',
  ],
  ['(when|if) the {room} is (too|very|so) (warm|hot)', 'the {room} is too warm'],
  ['(when|if) the {room} is (too|very|so) (cold|cool|chilly)', 'the {room} is too cold'],
  [
    '(when|if|once) (it is|it gets) (above|over|warmer than|more than) {degrees} [degrees] in the {room}',
    'the {room} is above {degrees} degrees',
  ],
  [
    '(when|if|once) (it is|it gets) (below|under|colder than|less than) {degrees} [degrees] in the {room}',
    'the {room} is below {degrees} degrees',
  ],
  ['(when|if) the air in the {room} is (stale|bad|thick|used up)', 'the air in the {room} is bad'],
  ['(when|if) it is (damp|humid|steamy) in the {room}', 'the {room} is damp'],
  ['(at|every day at|daily at|always at|each day at) {clock}', 'it is {CLOCK}'],
  ['(at bedtime|when we go to bed|before we sleep|when we turn in)', 'the house goes to bed'],
  [
    '(when we (wake up|get up)|when the alarm rings|first thing in the morning|when i am awake)',
    'the alarm clock rings',
  ],
  [
    '(during a film|when a movie (starts|begins)|for tv evenings|when we watch tv)',
    'the tv is switched on',
  ],
  [
    '(when|if|whenever) (the doorbell rings|somebody rings|someone is at the door|we have a visitor)',
    'the doorbell rings',
  ],
  [
    '(when|once|after) the (laundry|wash|washing machine) is (done|finished|ready)',
    'the washing machine is done',
  ],
  [
    '(when|once|after) the (dishes are|dishwasher is) (done|finished|ready)',
    'the dishwasher is done',
  ],
  [
    '(if|when) (there is smoke|it burns|smoke is in the air|something is on fire)',
    'smoke is detected',
  ],
  [
    '(if|when) (a pipe leaks|there is water on the floor|something leaks|water leaks)',
    'a leak is detected',
  ],
  [
    '(when|if) (the phone rings|someone calls|there is a call|i am on the phone)',
    'a call comes in',
  ],
  ['(when|if) (power is cheap|electricity costs little|the tariff is low)', 'power is cheap'],
  [
    '(when|if) (the sun shines|it is sunny|there is sun on the roof|the sky is clear)',
    'the sun shines',
  ],
  ['(when|if) the baby (cries|wakes up|is awake)', 'the baby cries'],
  [
    '(when|if) the (dog|cat) (wants out|is at the door|scratches at the door)',
    'the pet waits at the door',
  ],
  ['(when|once) (dinner|lunch|breakfast) is (ready|served|on the table)', 'the table is set'],
  ['(when|if) (i|we) say {scene}', 'somebody says {scene}'],
];

const ACTIONS: readonly Row[] = [
  [
    '((turn|switch|put) on the (light|lights|lamp) in the {room}|light [up] the {room}|make the {room} bright|give the {room} light)',
    'switch on the {room} light',
  ],
  [
    '((turn|switch|put) off the (light|lights|lamp) in the {room}|darken the {room}|no light in the {room}|put the {room} in the dark)',
    'switch off the {room} light',
  ],
  [
    '((set|dim|put) the {room} (light|lights|lamp) (to|at) {percent} percent|{percent} percent light in the {room}|have the {room} lit at {percent}%)',
    'set the {room} light to {percent}%',
  ],
  [
    '((heat|warm) [up] the {room}|get the {room} warm|turn up the heating in the {room}|start the {room} radiator)',
    'start heating the {room}',
  ],
  [
    '((stop|end) the heat in the {room}|turn down the {room} radiator|let the {room} cool down|no heating in the {room})',
    'stop heating the {room}',
  ],
  [
    '((heat|bring|set) the {room} to {degrees} degrees|{degrees} degrees in the {room}|make it {degrees} degrees in the {room})',
    'heat the {room} to {degrees} degrees',
  ],
  [
    '((open|raise|roll up) the (blinds|shutters|shades) in the {room}|let the (sun|light) into the {room}|{room} shutters up)',
    'raise the {room} shutters',
  ],
  [
    '((close|shut|lower|roll down) the (blinds|shutters|shades) in the {room}|keep the (sun|light) out of the {room}|{room} shutters down)',
    'lower the {room} shutters',
  ],
  [
    '((start|run|use) the fan in the {room}|air the {room}|move the air in the {room}|get fresh air into the {room})',
    'start the {room} fan',
  ],
  [
    '((stop|halt) the fan in the {room}|no draught in the {room}|calm the air in the {room})',
    'stop the {room} fan',
  ],
  [
    '((play|start) (music|songs|the radio) in the {room}|fill the {room} with music|i want to hear music in the {room})',
    'start music in the {room}',
  ],
  [
    '((stop|pause) the (music|radio|songs) in the {room}|make the {room} quiet|quiet in the {room}|silence the {room})',
    'stop music in the {room}',
  ],
  [
    '((vacuum|clean|sweep) the {room}|send the robot to the {room}|clean the {room} floor)',
    'send the vacuum to the {room}',
  ],
  [
    '((lock|bolt) the {room} door|secure the {room} [door]|make sure the {room} door is locked)',
    'lock the {room} door',
  ],
  ['(unlock the {room} door|let (me|us|people) into the {room})', 'unlock the {room} door'],
  [
    '((tell|notify|alert|warn) {person}|let {person} know|send {person} a (note|message)|{person} should hear of it)',
    'send a message to {person}',
  ],
  [
    '((start|set|activate) the {scene} scene|bring on the {scene} mood|make it feel like {scene})',
    'activate the {scene} scene',
  ],
  [
    '((start|turn on) the coffee [machine]|make [me] [some] coffee|brew coffee)',
    'switch on the coffee machine',
  ],
  [
    '((water|sprinkle) the {room} plants|give the plants in the {room} water)',
    'water the plants in the {room}',
  ],
  [
    '((blink|flash) the (lights|lamp) in the {room}|let the {room} lights blink)',
    'flash the {room} light',
  ],
  [
    '(switch everything off|turn all of it off|shut the house down|leave nothing on)',
    'switch everything off',
  ],
  [
    '((show|put) the door camera (on the {room} screen|in the {room})|let me see the door in the {room})',
    'show the door camera in the {room}',
  ],
  ['((start|run) the (pump|fountain)|let the water run|get the fountain going)', 'start the pump'],
  [
    '((open|raise) the {room} (window|skylight)|let air in through the {room} window)',
    'open the {room} window',
  ],
  [
    '((close|shut) the {room} (window|skylight)|nothing should come in through the {room} window)',
    'close the {room} window',
  ],
];

const LENGTHS: readonly Row[] = [
  ['for {minutes} minutes', 'for {MINUTES} minutes'],
  ['for (half an hour|a half hour)', 'for 30 minutes'],
  ['for an hour', 'for 60 minutes'],
  ['for a quarter of an hour', 'for 15 minutes'],
  ['{minutes} minutes later', 'after {MINUTES} minutes'],
];

const LIMITS: readonly Row[] = [
  ['(only|but only) (on|during) (workdays|weekdays)', 'but only on workdays'],
  ['(only|but only) (on|at) (the weekend|weekends)', 'but only on weekends'],
  [
    '(unless|but not if|except when) (we have guests|guests are here|there are visitors)',
    'unless guests are here',
  ],
  [
    '(unless|but not if|except when) (the window is open|a window is open)',
    'unless a window is open',
  ],
  [
    '(unless|but not when|except if) (somebody|anyone) (sleeps|is asleep)',
    'unless somebody sleeps',
  ],
  ['(only if|but only when) (i am|we are|somebody is) home', 'if somebody is home'],
  ['(only|but only) (in winter|in the winter|in the cold months)', 'but only in winter'],
  ['(only|but only) (in summer|in the summer|in the hot months)', 'but only in summer'],
  ['(but not|never|only not) (at night|in the night|during the night)', 'but not at night'],
  ['(but not|except) (when|while) {person} (works|is working)', 'unless {person} works'],
  ['(but not before|only after|not earlier than) {clock}', 'but only after {CLOCK}'],
];
