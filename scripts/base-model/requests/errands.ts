/** @file Lists, scenes, routines, vacuums, messages, weather, time, small talk. */
import { VACUUM } from '../kinds.ts';
import { inventedTitle, inventedWord } from '../names.ts';
import { spokenClock } from '../numbers.ts';
import { pickWeighted, type Random } from '../random.ts';
import { say, titleCase, type Request } from '../request.ts';
import { anyTarget, deviceTarget, spokenRoom } from '../target.ts';
import { CHORES, CITIES, DAYS, GOODS, LISTS, PEOPLE, SCENES } from '../words.ts';

export function errandRequest(random: Random): Request {
  return pickWeighted<() => Request>(random, [
    [4, () => listRequest(random)],
    [3, () => sceneRequest(random)],
    [2, () => vacuumRequest(random)],
    [1.2, () => messageRequest(random)],
    [1.5, () => weatherRequest(random)],
    [1, () => talkRequest(random)],
  ])();
}

function listRequest(random: Random): Request {
  const item = random.chance(0.75) ? random.pick(GOODS) : random.pick(CHORES);
  const act = pickWeighted(random, [
    [4, 'list-add'],
    [3, 'list-done'],
    [1, 'list-remove'],
  ]);
  const own = random.chance(0.4);
  const list = random.chance(0.15) ? inventedWord(random) : random.pick(LISTS);
  const fills = {
    item,
    list: own ? `${list} list` : random.pick(['shopping list', 'list', 'list']),
  };
  const templates: Record<string, readonly string[]> = {
    'list-add': [
      '(add|put|write) {item} (to|on) (my|the|our) {list}',
      '{item} (on|to) the {list}',
      'i need {item} on my {list}',
      'remember {item} for the {list}',
      'please note {item} on the {list}',
      'we are out of {item}, put it on the {list}',
      'append {item} to the {list}',
      'include {item} in my {list}',
    ],
    'list-done': [
      '(check|cross|tick|mark) {item} off (my|the|our) {list}',
      '(check|tick|cross) off {item} (on|from) (my|the) {list}',
      'mark {item} as (done|bought|complete|completed) on [my|the] {list}',
      'i (got|have|did|finished) {item} from the {list}',
      '{item} is done on the {list}',
      'complete {item} on (my|the) {list}',
    ],
    'list-remove': [
      '(remove|delete|drop|take|erase) {item} from (my|the) {list}',
      'i do not need {item} on the {list}',
      'forget {item} on my {list}',
    ],
  };
  return say(
    random,
    act,
    own ? { item, list: titleCase(list) } : { item },
    templates[act] ?? [],
    fills,
  );
}

function sceneRequest(random: Random): Request {
  const name = random.chance(0.2)
    ? `${inventedWord(random)} ${random.pick(['time', 'mood', 'mode', 'hour'])}`
    : random.pick(SCENES);
  const said = random.chance(0.15) ? titleCase(name) : name;
  const inRoom = random.chance(0.3) ? spokenRoom(random) : undefined;
  const place = inRoom === undefined ? {} : { room: inRoom.value };
  const fills = {
    name: said,
    where: inRoom === undefined ? '' : `in the ${inRoom.name}`,
    room: inRoom?.name ?? '',
  };
  return pickWeighted<() => Request>(random, [
    [
      3,
      () =>
        say(
          random,
          'scene',
          { scene: titleCase(name), ...place },
          [
            '(activate|start|set|turn on|switch to|apply|load) the {name} scene {where}',
            '(activate|start|set|turn on|switch to|go to) {name} {where}',
            '{room} {name} scene',
            'scene {name} {where}',
            'it is time for {name} {where}',
            'set the scene to {name} {where}',
            '{where} switch to the {name} scene',
            'put on {room} {name} scene',
            'i want the {name} (mood|scene) {where}',
          ],
          fills,
        ),
    ],
    [
      2.2,
      () => {
        const on = random.chance(0.75);
        return say(
          random,
          on ? 'routine-run' : 'routine-stop',
          { routine: titleCase(name) },
          on
            ? [
                '(run|start|execute|launch|trigger|activate|play) [the|my] {name} (script|routine|automation)',
                'turn {name} (script|routine) on',
                '(script|routine) {name}',
                'do the {name} routine',
                'kick off {name} routine',
              ]
            : [
                '(stop|end|disable|deactivate|abort) [the|my] {name} (script|routine|automation)',
                'turn {name} (script|routine) off',
                'no {name} routine',
              ],
          fills,
        );
      },
    ],
  ])();
}

function vacuumRequest(random: Random): Request {
  const name = random.chance(0.3)
    ? random.pick([...PEOPLE.slice(0, 60), inventedWord(random)])
    : undefined;
  const target = random.chance(0.5) ? anyTarget(random, VACUUM) : deviceTarget(random, VACUUM);
  const it = name ?? target.text;
  const slots = name === undefined ? target.slots : { device: titleCase(name) };
  return pickWeighted<() => Request>(random, [
    [
      3,
      () =>
        say(
          random,
          'clean-start',
          slots,
          [
            '(start|run|launch|send out) {it}',
            'start cleaning with {it}',
            'let {it} clean',
            '{it} (start|begin) [cleaning]',
            'have {it} vacuum',
            'get {it} to work',
          ],
          { it },
        ),
    ],
    [
      3,
      () =>
        say(
          random,
          'clean-dock',
          slots,
          [
            '(send|bring|call) {it} (home|back) [to the charger|to its base]',
            '(dock|park|return) {it}',
            '{it} go (home|back)',
            '{it} back to (base|the dock|the charger)',
            'let {it} charge',
            '{it} should go back and charge',
          ],
          { it },
        ),
    ],
    [
      2,
      () => {
        const room = spokenRoom(random);
        return say(
          random,
          'clean-start',
          { room: room.value },
          [
            '(vacuum|clean|hoover|mop|sweep) the {room}',
            'clean the floor in the {room}',
            'the {room} is dirty, clean it',
            'the {room} needs vacuuming',
          ],
          { room: room.name },
        );
      },
    ],
    [
      1,
      () =>
        say(
          random,
          'clean-pause',
          slots,
          ['(pause|stop|halt) {it}', '{it} wait', 'tell {it} to stop [cleaning]'],
          { it },
        ),
    ],
  ])();
}

const NEWS = [
  'dinner is ready',
  'we leave in ten minutes',
  'the parcel has arrived',
  'time for bed',
  'the water is off',
  'the taxi is here',
  'breakfast is on the table',
  'the movie starts',
  'somebody is at the gate',
  'the pool is free',
  'lunch in five',
  'shoes on please',
  'the guests are coming',
  'i am on my way',
];

function messageRequest(random: Random): Request {
  const message = random.pick(NEWS);
  const room = spokenRoom(random);
  const clock = spokenClock(random);
  const chore = random.pick(CHORES);
  return pickWeighted<() => Request>(random, [
    [
      1,
      () =>
        say(
          random,
          'announce',
          { message },
          [
            '(announce|broadcast|tell everyone) [that] {message}',
            'say {message} on all speakers',
            'let everyone know {message}',
          ],
          { message },
        ),
    ],
    [
      1,
      () =>
        say(
          random,
          'announce',
          { message, room: room.value },
          ['(announce|broadcast|say) {message} in the {room}', 'tell the {room} that {message}'],
          { message, room: room.name },
        ),
    ],
    [
      1.4,
      () =>
        say(
          random,
          'remind',
          { item: chore, clock: clock.value },
          [
            'remind me to {chore} at {clock}',
            'at {clock} remind me to {chore}',
            'set a reminder at {clock} to {chore}',
            'do not let me forget to {chore} at {clock}',
          ],
          { chore, clock: clock.text },
        ),
    ],
    [
      0.7,
      () => {
        const title = inventedTitle(random).toLowerCase();
        return say(
          random,
          'note',
          { message: title },
          [
            'take a note {title}',
            'note down {title}',
            'write down {title}',
            'make a note that says {title}',
          ],
          { title },
        );
      },
    ],
  ])();
}

function weatherRequest(random: Random): Request {
  const city = random.pick(CITIES);
  const day = random.pick(DAYS);
  return pickWeighted<() => Request>(random, [
    [
      2,
      () =>
        say(
          random,
          'weather',
          { city: titleCase(city) },
          [
            '(what is|how is) the weather in {city}',
            'weather in {city}',
            '{city} weather',
            'is it (raining|snowing|sunny|windy) in {city}',
            'forecast for {city}',
            'tell me the weather in {city}',
          ],
          { city },
        ),
    ],
    [
      2,
      () =>
        say(
          random,
          'weather',
          { day: titleCase(day.replace(/^on /, '')) },
          [
            '(what is|how is) the weather {day}',
            'weather {day}',
            'will it (rain|snow|be sunny|be windy) {day}',
            'do i need an umbrella {day}',
            'what will the weather be {day}',
            'forecast {day}',
          ],
          { day },
        ),
    ],
    [
      1,
      () =>
        say(
          random,
          'weather',
          { city: titleCase(city), day: titleCase(day.replace(/^on /, '')) },
          [
            'how is the weather in {city} {day}',
            'will it rain in {city} {day}',
            '{city} forecast {day}',
            'weather {day} in {city}',
          ],
          { city, day },
        ),
    ],
    [
      0.4,
      () =>
        say(random, 'weather', {}, [
          'is it raining',
          'weather report please',
          'how does it look outside',
          'forecast please',
          'do i need a coat',
          'give me a weather report',
        ]),
    ],
  ])();
}

function talkRequest(random: Random): Request {
  return pickWeighted<() => Request>(random, [
    [
      1,
      () =>
        say(random, 'time-ask', {}, [
          '(tell|give) me the (current|exact) time',
          'do you have the time',
          'what does the clock say',
          'how late is it',
          'current time please',
          'the time please',
          'what hour is it',
        ]),
    ],
    [
      1,
      () =>
        say(random, 'date-ask', {}, [
          '(which|what) day (is it|do we have) [today]',
          "tell me today's date",
          'what is the date of today',
          'current date please',
          'which date do we have',
          'give me the date today',
          'what month is it',
        ]),
    ],
    [
      1,
      () =>
        say(random, 'chat', {}, [
          '(hello|hi|hey) (there|house|computer|friend)',
          'good (evening|afternoon) [house]',
          'how are you [today|doing]',
          'tell me (a joke|something funny|a story)',
          'what is your name',
          'are you listening',
          'what can you do',
          'who built you',
          'do you like music',
          'thank you [very much|so much]',
          'where do you live',
          'where do my recordings go',
          'well done',
          'are you a robot',
          'you are (great|funny|smart)',
          'can you sing',
        ]),
    ],
    [
      0.6,
      () =>
        say(random, 'drop', {}, [
          'forget it',
          'forget about that',
          'cancel that please',
          'ignore that',
          'stop it, wrong command',
          'it is nothing',
          'i changed my mind',
          'leave it',
          'no wait, scratch that',
          'disregard what i said',
          'do not bother',
        ]),
    ],
  ])();
}
