/**
 * @file The languages of answers. One meaning is written in several invented schemas, told apart
 * by the beginning of the prompt, so that a model learns to understand the request rather than
 * to produce one set of labels. None of them is the schema of any data that the model meets later.
 */
import {
  PLAIN_INTENTS,
  PLAIN_KEYS,
  SYNONYMS,
  WIDE_INTENTS,
  WIDE_KEYS,
  type Keys,
} from './dialect-words.ts';
import { inventedWord } from './names.ts';
import type { Pair } from './pairs.ts';
import { pickWeighted, type Random } from './random.ts';
import { inSchema, SEA_AREAS } from './sea-areas.ts';
import { filled, titleCase, type Request, type Slots } from './request.ts';

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
