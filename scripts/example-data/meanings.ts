/**
 * @file What can be asked of the household, in how many ways, and the one right suggestion for it.
 *
 * A meaning is a trigger, an action, a room and perhaps a condition. Each can be said in several
 * ways, and no way of saying one can be taken for another: so a request has one right answer.
 */
import type { Room } from './household.ts';

export interface Phrased {
  /** How it stands in a suggestion. */
  readonly written: (room: Room) => string;
  /** How people say it; `*` stands for the room's name. */
  readonly said: readonly string[];
}

export interface Trigger extends Phrased {
  /** What makes sense at such a moment. */
  readonly actions: readonly ActionName[];
  readonly everyDay: boolean;
}

export interface Action extends Phrased {
  readonly category: string;
  readonly device: (room: Room) => string;
  /** It can be done for a while only. */
  readonly lasts: boolean;
}

export interface Meaning {
  readonly trigger: TriggerName;
  readonly action: ActionName;
  readonly room: Room;
  readonly condition: ConditionName;
}

export type TriggerName = keyof typeof TRIGGERS;
export type ActionName = keyof typeof ACTIONS;
export type ConditionName = keyof typeof CONDITIONS;

export const ACTIONS = {
  lightOn: {
    written: (room) => `turn on the ${room.name} ${room.light} at ${room.level}%`,
    said: ['turn on the * light', 'switch the * light on', 'light up the * room'],
    category: 'comfort',
    device: (room) => `${room.name} ${room.light}`,
    lasts: true,
  },
  lightOff: {
    written: (room) => `turn off the ${room.name} ${room.light}`,
    said: ['turn the * light off', 'switch off the light in the * room', 'make the * room dark'],
    category: 'energy',
    device: (room) => `${room.name} ${room.light}`,
    lasts: false,
  },
  dim: {
    written: (room) => `dim the ${room.name} ${room.light} to 10%`,
    said: ['dim the * light', 'soften the light in the * room', 'make the * light weaker'],
    category: 'comfort',
    device: (room) => `${room.name} ${room.light}`,
    lasts: true,
  },
  blindsDown: {
    written: (room) => `close the ${room.name} Blinds`,
    said: ['close the * blinds', 'pull the * blinds down', 'lower the blinds in the * room'],
    category: 'comfort',
    device: (room) => `${room.name} Blinds`,
    lasts: false,
  },
  blindsUp: {
    written: (room) => `open the ${room.name} Blinds`,
    said: ['open the * blinds', 'let daylight into the * room', 'raise the blinds in the * room'],
    category: 'comfort',
    device: (room) => `${room.name} Blinds`,
    lasts: false,
  },
  fan: {
    written: (room) => `run the ${room.name} Fan at speed ${room.speed}`,
    said: ['start the * fan', 'get some air moving in the * room', 'cool down the * room'],
    category: 'climate',
    device: (room) => `${room.name} Fan`,
    lasts: true,
  },
  heat: {
    written: (room) => `heat the ${room.name} room to ${room.degrees} degrees`,
    said: ['warm up the * room', 'start the * heater', 'turn on the heating in the * room'],
    category: 'climate',
    device: (room) => `${room.name} Heater`,
    lasts: true,
  },
  heatOff: {
    written: (room) => `set the ${room.name} Heater to 16 degrees`,
    said: ['turn the * heater down', 'stop heating the * room', 'save heat in the * room'],
    category: 'energy',
    device: (room) => `${room.name} Heater`,
    lasts: false,
  },
  music: {
    written: (room) => `play ${room.station} on the ${room.name} Speaker`,
    said: ['play music in the * room', 'start the * radio', 'put some music on in the * room'],
    category: 'media',
    device: (room) => `${room.name} Speaker`,
    lasts: true,
  },
  musicOff: {
    written: (room) => `pause the ${room.name} Speaker`,
    said: ['stop the music in the * room', 'silence the * radio', 'make the * room quiet'],
    category: 'media',
    device: (room) => `${room.name} Speaker`,
    lasts: false,
  },
} as const satisfies Record<string, Action>;

export const TRIGGERS = {
  motion: {
    written: (room) => `When motion is seen in the ${room.name} room after sunset`,
    said: [
      'when someone walks in after dark',
      'if anybody comes in at night',
      'as soon as there is movement after nightfall',
    ],
    actions: ['lightOn', 'dim', 'music'],
    everyDay: true,
  },
  sunset: {
    written: () => 'When the sun goes below the horizon',
    said: ['at sunset', 'at dusk', 'when it gets dark outside', 'once the sun has gone down'],
    actions: ['lightOn', 'dim', 'blindsDown', 'heat'],
    everyDay: true,
  },
  sunrise: {
    written: () => 'When the sun rises over the bay',
    said: ['at sunrise', 'at dawn', 'when the sun comes up', 'at first light'],
    actions: ['blindsUp', 'lightOff', 'music'],
    everyDay: true,
  },
  bedtime: {
    written: () => 'When the clock shows 22:40',
    said: ['at bedtime', 'when we go to bed', 'when it is time to sleep'],
    actions: ['lightOff', 'blindsDown', 'heatOff', 'musicOff'],
    everyDay: true,
  },
  workday: {
    written: () => 'When the clock shows 06:25 on a weekday',
    said: ['on work mornings', 'when we get up for work', 'before school'],
    actions: ['lightOn', 'blindsUp', 'heat', 'music'],
    everyDay: false,
  },
  leaving: {
    written: () => 'When the last phone leaves home',
    said: ['when everybody has left', 'when nobody is home', 'once the house is empty'],
    actions: ['lightOff', 'heatOff', 'musicOff', 'blindsDown'],
    everyDay: true,
  },
  arriving: {
    written: () => 'When the first phone comes home',
    said: ['when someone gets home', 'when the first of us is back', 'as soon as we return'],
    actions: ['lightOn', 'heat', 'music', 'blindsUp'],
    everyDay: true,
  },
  film: {
    written: () => 'When the projector starts a film',
    said: ['when we watch a film', 'for movie night', 'as soon as the movie begins'],
    actions: ['dim', 'blindsDown', 'musicOff', 'lightOff'],
    everyDay: true,
  },
  rain: {
    written: () => 'When the roof sensor reports rain',
    said: ['when it rains', 'if it gets wet outside', 'as soon as a shower comes'],
    actions: ['blindsDown', 'lightOn', 'heat'],
    everyDay: true,
  },
  hot: {
    written: (room) => `When the ${room.name} room is warmer than 25 degrees`,
    said: ['when it gets too hot in there', 'if it is stuffy in there', 'on hot afternoons'],
    actions: ['fan', 'blindsDown', 'heatOff'],
    everyDay: true,
  },
  cold: {
    written: (room) => `When the ${room.name} room is colder than 17 degrees`,
    said: ['when it gets chilly in there', 'if it is freezing in there', 'on cold evenings'],
    actions: ['heat', 'blindsDown'],
    everyDay: true,
  },
} as const satisfies Record<string, Trigger>;

export const CONDITIONS = {
  always: { written: '', said: [''] },
  weekend: {
    written: ', on Saturday and Sunday only',
    said: ['but only at weekends', 'on Saturdays and Sundays only'],
  },
  notAway: {
    written: ', unless holiday mode is on',
    said: ['unless we are away', 'but not during our holidays'],
  },
  halfHour: { written: ' for 30 minutes', said: ['for half an hour', 'for thirty minutes'] },
} as const satisfies Record<string, { written: string; said: readonly string[] }>;

/** Everything that makes sense to ask, in a fixed order. */
export function allMeanings(rooms: readonly Room[]): Meaning[] {
  return namesOf(TRIGGERS).flatMap((trigger) =>
    TRIGGERS[trigger].actions.flatMap((action) =>
      namesOf(CONDITIONS)
        .filter((condition) => condition !== 'weekend' || TRIGGERS[trigger].everyDay)
        .filter((condition) => condition !== 'halfHour' || ACTIONS[action].lasts)
        .flatMap((condition) => rooms.map((room) => ({ trigger, action, room, condition }))),
    ),
  );
}

/** The suggestion for a meaning: the one right answer. */
export function described({ trigger, action, room, condition }: Meaning): string {
  const what = ACTIONS[action].written(room) + CONDITIONS[condition].written;
  return `${TRIGGERS[trigger].written(room)}, ${what}.`;
}

/** The keys of a table, with their type. */
function namesOf<T extends object>(table: T): (keyof T & string)[] {
  const isKey = (name: string): name is keyof T & string => name in table;
  return Object.keys(table).filter(isKey);
}
