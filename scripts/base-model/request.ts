/** @file A request in words beside its meaning: what to do, and the values that go with it. */
import type { Random } from './random.ts';
import { expand, type Fills } from './template.ts';

/**
 * Names of the values that a meaning can hold. They are internal: no dialect writes them (see
 * dialects.ts), so no answer of the corpus shows them.
 */
export const SLOT_NAMES = [
  'room',
  'level',
  'device',
  'kind',
  'percent',
  'color',
  'warmth',
  'degrees',
  'unit',
  'hours',
  'minutes',
  'seconds',
  'spanHours',
  'spanMinutes',
  'label',
  'item',
  'list',
  'title',
  'format',
  'artist',
  'sense',
  'flag',
  'reading',
  'measure',
  'day',
  'person',
  'message',
  'mode',
  'scene',
  'routine',
  'command',
  'city',
  'clock',
  'count',
  'ask',
] as const;

export type SlotName = (typeof SLOT_NAMES)[number];

export type Slots = Readonly<Partial<Record<SlotName, string>>>;

export interface Request {
  readonly text: string;
  /** what to do, in kebab-case, such as `power-on` */
  readonly act: string;
  readonly slots: Slots;
}

export type RequestRule = (random: Random) => Request;

/** One of the templates, spoken, with its meaning. */
export function say(
  random: Random,
  act: string,
  slots: Slots,
  templates: readonly string[],
  fills: Fills = {},
): Request {
  return { text: expand(random, random.pick(templates), fills), act, slots };
}

/** The slots that have a value, in a fixed order. */
export function filled(slots: Slots): (readonly [SlotName, string])[] {
  return SLOT_NAMES.flatMap((name) => {
    const value = slots[name];
    return value === undefined ? [] : [[name, value] as const];
  });
}

export function titleCase(text: string): string {
  return text
    .split(' ')
    .map(
      (word) => ACRONYMS.get(word.toLowerCase()) ?? word.slice(0, 1).toUpperCase() + word.slice(1),
    )
    .join(' ');
}

const ACRONYMS = new Map(
  ['TV', 'PC', 'AC', 'CO2', 'LED', 'NAS', 'UV', 'EV', 'WC', 'DVD'].map((word) => [
    word.toLowerCase(),
    word,
  ]),
);
