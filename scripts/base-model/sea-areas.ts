/**
 * @file More schemas, one for each of a dozen sea areas of the shipping forecast, put together by
 * drawing synonyms: what each calls the intents and the slots, whether a sensor's state is a word or
 * a flag, whether an answer names its field. A model that has seen many takes up one more easily.
 */
import { pickWeighted, seededRandom, type Random } from './random.ts';
import { filled, type Request, type Slots } from './request.ts';
import { DEED_WORDS, KEY_WORDS, TOPIC_WORDS, TOPICS } from './sea-area-words.ts';

export interface Schema {
  readonly name: string;
  readonly intents: Readonly<Record<string, string>>;
  /** slot (or 'field') -> its name here; what has none is left out */
  readonly keys: Readonly<Record<string, string>>;
  /** how the flag of a sensor is written; undefined: its word is written instead */
  readonly flags: Readonly<Record<string, string>> | undefined;
  readonly namesField: boolean;
  readonly keepsKind: boolean;
}

const NAMES =
  'viking forties tyne dogger humber thames wight biscay lundy fastnet shannon malin'.split(' ');

export const SEA_AREAS: readonly Schema[] = NAMES.map((name, at) =>
  schemaOf(seededRandom(7000 + at), name),
);

/** The request as the schema writes it, slots in alphabetical order. */
export function inSchema(schema: Schema, request: Request): string {
  const slots: (readonly [string, string])[] = filled(shown(schema, request.slots));
  if (schema.namesField) slots.push(['field', fieldOf(request)]);
  const rows = slots.flatMap(([name, value]) => {
    const key = schema.keys[name];
    return key === undefined ? [] : [`${key}=${value}`];
  });
  const intent = schema.intents[request.act];
  if (intent === undefined) throw new Error(`internal: no words for the act ${request.act}`);
  return [intent, ...rows.toSorted()].join('; ');
}

function shown(schema: Schema, slots: Slots): Slots {
  const { kind, flag, reading, ...rest } = slots;
  const state = flag === undefined || schema.flags === undefined ? reading : undefined;
  return {
    ...rest,
    ...(kind === undefined || (rest.device !== undefined && !schema.keepsKind) ? {} : { kind }),
    ...(flag === undefined || schema.flags === undefined
      ? {}
      : { flag: schema.flags[flag] ?? flag }),
    ...(state === undefined ? {} : { reading: state }),
  };
}

function fieldOf({ act, slots }: Request): string {
  return slots.kind ?? (slots.sense === undefined ? (TOPICS[act]?.[0] ?? 'other') : 'detector');
}

function schemaOf(random: Random, name: string): Schema {
  const topics = chosen(random, TOPIC_WORDS);
  const deeds = chosen(random, DEED_WORDS);
  const prefix = random.chance(0.4) ? random.pick(['Home', 'Do', 'My', 'Sea', 'Act']) : '';
  const topicFirst = random.chance(0.5);
  const intents = Object.fromEntries(
    Object.entries(TOPICS).map(([act, [topic, deed]]) => {
      const words = [topics[topic] ?? '', deeds[deed] ?? ''];
      return [act, prefix + (topicFirst ? words : words.toReversed()).join('')];
    }),
  );
  const { ask, count, ...rest } = chosen(random, KEY_WORDS);
  const keys = {
    ...rest,
    ...(ask !== undefined && random.chance(0.3) ? { ask } : {}),
    ...(count !== undefined && random.chance(0.4) ? { count } : {}),
  };
  const flags = pickWeighted<Schema['flags']>(random, [
    [2, { yes: 'on', no: 'off' }],
    [1, { yes: 'true', no: 'false' }],
    [1, { yes: '1', no: '0' }],
    [1.5, undefined],
  ]);
  return {
    name,
    intents,
    keys,
    flags,
    namesField: random.chance(0.5),
    keepsKind: random.chance(0.3),
  };
}

function chosen(
  random: Random,
  table: Readonly<Record<string, readonly string[]>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(table).map(([key, words]) => [key, random.pick(words)]));
}
