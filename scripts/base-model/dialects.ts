/**
 * @file The languages of answers. One meaning is written in several invented schemas, told apart
 * by the beginning of the prompt, so that a model learns to understand the request rather than
 * to produce one set of labels. None of them is the schema of any data that the model meets later.
 */
import { inventedWord } from './names.ts';
import type { Pair } from './pairs.ts';
import { pickWeighted, type Random } from './random.ts';
import { inSchema, SEA_AREAS } from './sea-areas.ts';
import { filled, titleCase, type Request, type SlotName, type Slots } from './request.ts';

type Keys = Readonly<Partial<Record<SlotName, string>>>;

/** The schema without a prefix: the one that most examples are in. */
const PLAIN_KEYS: Keys = {
  room: 'place',
  level: 'storey',
  device: 'thing',
  kind: 'type',
  percent: 'amount',
  color: 'hue',
  warmth: 'tone',
  degrees: 'heat',
  unit: 'scale',
  hours: 'h',
  minutes: 'min',
  seconds: 'sec',
  spanHours: 'of_h',
  spanMinutes: 'of_min',
  label: 'called',
  item: 'entry',
  list: 'sheet',
  title: 'title',
  format: 'format',
  artist: 'by',
  sense: 'sense',
  flag: 'active',
  measure: 'measure',
  day: 'when',
  person: 'who',
  message: 'words',
  mode: 'mode',
  scene: 'scene',
  routine: 'routine',
  command: 'then',
  city: 'city',
  clock: 'at',
  reading: 'status',
};

const PLAIN_INTENTS: Readonly<Record<string, string>> = {
  'power-on': 'PowerOn',
  'power-off': 'PowerOff',
  'light-level': 'GlowLevel',
  'light-color': 'GlowHue',
  'light-warmth': 'GlowTone',
  'light-up': 'GlowMore',
  'light-down': 'GlowLess',
  open: 'OpenUp',
  close: 'CloseUp',
  'cover-level': 'MoveTo',
  'cover-stop': 'MoveStop',
  lock: 'LockUp',
  unlock: 'LockFree',
  'heat-to': 'HeatTo',
  'heat-ask': 'HeatAsk',
  'climate-mode': 'AirMode',
  'heat-up': 'HeatMore',
  'heat-down': 'HeatLess',
  'fan-speed': 'FanSpeed',
  'humidity-to': 'DampTo',
  'state-ask': 'AskSense',
  'kind-ask': 'AskStatus',
  'measure-ask': 'AskMeasure',
  'person-ask': 'AskPerson',
  play: 'PlayTitle',
  pause: 'PlayHold',
  resume: 'PlayOn',
  next: 'PlaySkip',
  previous: 'PlayBack',
  'stop-media': 'PlayEnd',
  shuffle: 'PlayMix',
  'volume-to': 'LoudTo',
  'volume-up': 'LoudMore',
  'volume-down': 'LoudLess',
  mute: 'LoudNone',
  unmute: 'LoudAgain',
  'timer-start': 'CountStart',
  'timer-more': 'CountMore',
  'timer-less': 'CountLess',
  'timer-cancel': 'CountEnd',
  'timer-clear': 'CountEndAll',
  'timer-pause': 'CountHold',
  'timer-resume': 'CountOn',
  'timer-ask': 'CountAsk',
  'alarm-set': 'WakeAt',
  'alarm-cancel': 'WakeNot',
  later: 'DoLater',
  'list-add': 'NoteAdd',
  'list-done': 'NoteDone',
  'list-remove': 'NoteDrop',
  scene: 'SceneSet',
  'routine-run': 'RoutineRun',
  'routine-stop': 'RoutineStop',
  'clean-start': 'CleanGo',
  'clean-dock': 'CleanHome',
  'clean-pause': 'CleanHold',
  announce: 'SayAloud',
  remind: 'RemindAt',
  note: 'NoteWrite',
  weather: 'SkyAsk',
  'time-ask': 'ClockAsk',
  'date-ask': 'DateAsk',
  chat: 'Chat',
  drop: 'Drop',
};

/** A schema with fewer and wider intents: opening, locking and switching on are one. */
const WIDE_INTENTS: Readonly<Record<string, string>> = {
  'power-on': 'Engage',
  'power-off': 'Release',
  open: 'Engage',
  close: 'Release',
  lock: 'Engage',
  unlock: 'Release',
  scene: 'Engage',
  'routine-run': 'Engage',
  'routine-stop': 'Release',
  'light-level': 'Adjust',
  'light-color': 'Adjust',
  'light-warmth': 'Adjust',
  'cover-level': 'Adjust',
  'volume-to': 'Adjust',
  'fan-speed': 'Adjust',
  'heat-to': 'Adjust',
  'humidity-to': 'Adjust',
  'climate-mode': 'Adjust',
  'light-up': 'Raise',
  'heat-up': 'Raise',
  'volume-up': 'Raise',
  'timer-more': 'Raise',
  'light-down': 'Reduce',
  'heat-down': 'Reduce',
  'volume-down': 'Reduce',
  'timer-less': 'Reduce',
  'state-ask': 'Query',
  'kind-ask': 'Query',
  'measure-ask': 'Query',
  'person-ask': 'Query',
  'heat-ask': 'Query',
  'timer-ask': 'Query',
  weather: 'Query',
  'time-ask': 'Query',
  'date-ask': 'Query',
  pause: 'Hold',
  'timer-pause': 'Hold',
  'clean-pause': 'Hold',
  'cover-stop': 'Hold',
  resume: 'Carry',
  'timer-resume': 'Carry',
  'clean-start': 'Begin',
  'timer-start': 'Begin',
  play: 'Begin',
  'timer-cancel': 'Finish',
  'timer-clear': 'Finish',
  'stop-media': 'Finish',
  'clean-dock': 'Finish',
  'alarm-cancel': 'Finish',
};

const WIDE_KEYS: Keys = {
  room: 'zone',
  level: 'zone',
  device: 'target',
  kind: 'group',
  percent: 'value',
  color: 'value',
  warmth: 'value',
  degrees: 'value',
  mode: 'value',
  hours: 'hrs',
  minutes: 'mins',
  seconds: 'secs',
  label: 'target',
  item: 'object',
  list: 'target',
  title: 'object',
  format: 'group',
  sense: 'group',
  reading: 'is',
  measure: 'group',
  person: 'target',
  scene: 'target',
  routine: 'target',
  message: 'object',
  city: 'zone',
  day: 'time',
  clock: 'time',
  ask: 'ask',
  count: 'count',
};

/** Words that a schema given in the prompt may use for a slot. */
const SYNONYMS: Readonly<Partial<Record<SlotName, readonly string[]>>> = {
  room: ['location', 'spot', 'chamber', 'site', 'where'],
  level: ['story', 'deck', 'tier'],
  device: ['gadget', 'unit', 'target', 'object', 'which'],
  kind: ['category', 'sort', 'family', 'species'],
  percent: ['strength', 'ratio', 'share', 'portion', 'power'],
  color: ['tint', 'paint', 'shade_of', 'dye'],
  degrees: ['warmth', 'reading_to', 'goal'],
  hours: ['hh', 'hour_count'],
  minutes: ['mm', 'minute_count'],
  seconds: ['ss', 'second_count'],
  label: ['tag', 'purpose', 'about'],
  item: ['product', 'what', 'good'],
  list: ['page', 'register'],
  title: ['work', 'piece', 'content'],
  format: ['medium', 'genre_of'],
  artist: ['creator', 'author'],
  sense: ['detector', 'signal'],
  reading: ['condition', 'shows'],
  measure: ['quantity', 'metric'],
  person: ['human', 'resident'],
  scene: ['mood', 'setting'],
  routine: ['program', 'script'],
  city: ['town'],
  day: ['date', 'period'],
  clock: ['time', 'moment'],
  command: ['task', 'job'],
  message: ['speech', 'content'],
  mode: ['setting', 'profile'],
};

/** The request in one of the schemas. */
export function pairOf(random: Random, request: Request): Pair {
  return pickWeighted<() => Pair>(random, [
    [13, () => ({ prompt: request.text, completion: plain(request) })],
    [7, () => inSeaArea(random, request)],
    [1.8, () => ({ prompt: `wide: ${request.text}`, completion: wide(request) })],
    [1.4, () => ({ prompt: `call: ${request.text}`, completion: call(request) })],
    [0.8, () => ({ prompt: `fields: ${request.text}`, completion: fields(request) })],
    [0.7, () => ({ prompt: `wire: ${request.text}`, completion: wire(request) })],
    [2.4, () => given(random, request)],
    [
      0.6,
      () => ({
        prompt: `intent: ${request.text}`,
        completion: PLAIN_INTENTS[request.act] ?? missing(request.act),
      }),
    ],
    [0.8, () => oneSlot(random, request)],
  ])();
}

/** `PowerOn; place=Kitchen; type=light` with the slots in alphabetical order. */
export function plain(request: Request): string {
  const intent = PLAIN_INTENTS[request.act] ?? missing(request.act);
  return [intent, ...sorted(renamed(narrowed(request), PLAIN_KEYS), '=')].join('; ');
}

/** `dogger: …` and so on; see sea-areas.ts. */
function inSeaArea(random: Random, request: Request): Pair {
  const schema = random.pick(SEA_AREAS);
  return { prompt: `${schema.name}: ${request.text}`, completion: inSchema(schema, request) };
}

/** A device by its name says nothing of its kind, and a yes-or-no sensor answers by its flag. */
function narrowed(request: Request): Slots {
  const { kind, reading, ...rest } = request.slots;
  const keepKind = kind !== undefined && rest.device === undefined;
  const keepReading = reading !== undefined && rest.flag === undefined;
  return { ...rest, ...(keepKind ? { kind } : {}), ...(keepReading ? { reading } : {}) };
}

function wide(request: Request): string {
  const intent = WIDE_INTENTS[request.act] ?? 'Other';
  return [intent, ...sorted(renamed(request.slots, WIDE_KEYS), '=')].join('; ');
}

/** `power_on(room=guest_room, kind=light)` */
function call(request: Request): string {
  const args = sorted(renamed(narrowed(request), PLAIN_KEYS), '=').map((part) =>
    part.toLowerCase().replaceAll(' ', '_'),
  );
  return `${request.act.replaceAll('-', '_')}(${args.join(', ')})`;
}

function fields(request: Request): string {
  const rows = sorted(renamed(request.slots, WIDE_KEYS), ': ');
  return [`action: ${request.act.replaceAll('-', ' ')}`, ...rows].join(' | ');
}

/** Values only, loud: `POWER-ON / GUEST ROOM / LIGHT`. */
function wire(request: Request): string {
  const { device, room, level, kind, percent, color, degrees, title, item, minutes } =
    request.slots;
  const values = [device, room, level, kind, percent, color, degrees, title, item, minutes];
  return [request.act, ...values.filter((value) => value !== undefined)].join(' / ').toUpperCase();
}

/** The schema stands in the prompt: an invented intent and the names of its slots. */
function given(random: Random, request: Request): Pair {
  const slots = filled(narrowed(request)).filter(([name]) => SYNONYMS[name] !== undefined);
  const intent = titleCase(inventedWord(random));
  const keys = slots.map(([name]) => random.pick(SYNONYMS[name] ?? ['']));
  const unused = random.chance(0.4) ? [random.pick(random.pick(Object.values(SYNONYMS)))] : [];
  const shown = [...new Set([...keys, ...unused])].toSorted();
  const rows = slots.map(([, value], at) => `${keys[at] ?? ''}=${value}`).toSorted();
  return {
    prompt: `${intent}(${shown.join(', ')}): ${request.text}`,
    completion: [intent, ...rows].join('; '),
  };
}

/** "what is the place? …" asks for one value. */
function oneSlot(random: Random, request: Request): Pair {
  const slots = filled(request.slots).filter(([name]) => SYNONYMS[name] !== undefined);
  if (slots.length === 0)
    return {
      prompt: `intent: ${request.text}`,
      completion: PLAIN_INTENTS[request.act] ?? missing(request.act),
    };
  const [name, value] = random.pick(slots);
  const key = random.pick(SYNONYMS[name] ?? [name]);
  return { prompt: `find ${key} in: ${request.text}`, completion: value };
}

function renamed(slots: Slots, keys: Keys): readonly (readonly [string, string])[] {
  return filled(slots).flatMap(([name, value]) => {
    const key = keys[name];
    return key === undefined ? [] : [[key, value] as const];
  });
}

function sorted(pairs: readonly (readonly [string, string])[], sign: string): string[] {
  return pairs.map(([key, value]) => key + sign + value).toSorted();
}

function missing(act: string): never {
  throw new Error(`internal: no intent for the act ${act}`);
}
