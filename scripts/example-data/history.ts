/** @file The rows of the household's history, each fixed by the seed: requests, suggestions, and rows of no use. */
import { permutation, stream, STREAM, uniform } from '#base';
import { PEOPLE, ROOMS } from './household.ts';
import { ACTIONS, allMeanings, described, TRIGGERS, type Meaning } from './meanings.ts';
import { requestsFor } from './requests.ts';

/** A row of ask_ai_queries, in the order of its columns. */
export interface HistoryRow {
  readonly query_id: string;
  readonly original_query: string | null;
  readonly user_id: string;
  readonly parsed_intent: string;
  readonly extracted_entities: string;
  readonly suggestions: string | null;
  readonly confidence: number;
  readonly processing_time_ms: number;
  readonly created_at: string;
}

/** Rows that give an example. */
export const USABLE_ROWS = 640;
/** A meaning is asked for at most so often, in other words each time. */
const MAX_REQUESTS = 4;
const FIRST_DAY = Date.UTC(2024, 8, 1, 6);
/** What the suggestions of a row are where the service stumbled; {good} is what they should be. */
const STUMBLES: readonly ((good: string) => string | null)[] = [
  () => null,
  () => null,
  () => '',
  () => '[]',
  () => '{}',
  () => 'null',
  (good) => good.slice(0, good.length - 40),
  (good) => `Sure! Here are some suggestions: ${good}`,
  () => '{"error": "the model did not answer in 30 s"}',
  () => '[{"suggestion_id": "pending", "confidence": 0.9, "status": "pending"}]',
  (good) => good.replaceAll('"confidence":', '"score":'),
  () => '["no device matches"]',
];
/** Each of them comes up so often. */
const STUMBLE_ROUNDS = 3;

/** What to draw a number for; see Chance. */
const USE = { meaning: 1, count: 2, phrase: 3, order: 4, row: 5, others: 6 } as const;

/** The history, oldest row first. The same seed gives the same rows. */
export function historyRows(seed: number): HistoryRow[] {
  const asked = requests(seed);
  const order = permutation(asked.length, seed, STREAM.exampleData, USE.order);
  let time = FIRST_DAY;
  return Array.from(order, (from, position) => {
    const draw = stream(seed, STREAM.exampleData, USE.row, position);
    // Half a minute to some 29 hours: no two rows of the same second, so newest-first is one order.
    time += 30_000 + Math.floor((draw(0) / 2 ** 32) ** 2 * 105_000_000);
    return rowOf(seed, asked[from] ?? missing(from), position, new Date(time));
  });
}

interface Asked {
  readonly meaning: Meaning;
  readonly request: string;
  readonly stumble?: (good: string) => string | null;
}

/** USABLE_ROWS requests, no two the same, and after them those of the rows of no use. */
function requests(seed: number): Asked[] {
  const meanings = allMeanings(ROOMS);
  const order = permutation(meanings.length, seed, STREAM.exampleData, USE.meaning);
  const total = USABLE_ROWS + STUMBLES.length * STUMBLE_ROUNDS;
  const asked: Asked[] = [];
  for (const index of order) {
    const meaning = meanings[index] ?? missing(index);
    if (rare(seed, meaning, index)) continue;
    const all = requestsFor(meaning);
    const count =
      1 + Math.floor(uniform(seed, STREAM.exampleData, USE.count, index) * MAX_REQUESTS);
    for (const which of permutation(all.length, seed, STREAM.exampleData, USE.phrase, index).slice(
      0,
      count,
    )) {
      if (asked.length === total) return asked;
      const stumble = STUMBLES[(asked.length - USABLE_ROWS) % STUMBLES.length];
      const request = all[which] ?? missing(which);
      asked.push(
        asked.length < USABLE_ROWS || !stumble
          ? { meaning, request }
          : { meaning, request, stumble },
      );
    }
  }
  throw new Error(`internal: the grammar has ${asked.length} requests, not ${total}`);
}

/** People mostly ask without a condition: of the meanings with one, two thirds never come up. */
function rare(seed: number, { condition }: Meaning, index: number): boolean {
  return condition !== 'always' && uniform(seed, STREAM.exampleData, USE.meaning, 1, index) < 2 / 3;
}

function rowOf(seed: number, asked: Asked, position: number, time: Date): HistoryRow {
  const { meaning, request, stumble } = asked;
  const draw = stream(seed, STREAM.exampleData, USE.row, position);
  const good = JSON.stringify(suggestionsFor(seed, meaning, position));
  const device = ACTIONS[meaning.action].device(meaning.room);
  return {
    query_id: `query-${hex(draw(1))}`,
    // A row or two has suggestions but lost its request.
    original_query: stumble && position % 17 === 0 ? '' : request,
    user_id: PEOPLE[draw(2) % PEOPLE.length] ?? missing(position),
    parsed_intent: 'automation',
    extracted_entities: JSON.stringify([
      { name: `${meaning.room.name} room`, type: 'area' },
      { name: device, type: 'device' },
    ]),
    suggestions: stumble ? stumble(good) : good,
    confidence: hundredths(0.6, 0.95, draw(3)),
    processing_time_ms: 900 + (draw(4) % 4200),
    created_at: time.toISOString().slice(0, 19).replace('T', ' '),
  };
}

interface Suggestion {
  readonly suggestion_id: string;
  readonly description: string;
  readonly trigger_summary: string;
  readonly action_summary: string;
  readonly category: string;
  readonly confidence: number;
  readonly status: string;
}

/** The right suggestion, surest of all, among one to three that miss the point. */
function suggestionsFor(seed: number, meaning: Meaning, position: number): Suggestion[] {
  const draw = stream(seed, STREAM.exampleData, USE.others, position);
  const near = allMeanings([meaning.room]).filter(
    (other) =>
      (other.trigger === meaning.trigger) !== (other.action === meaning.action) &&
      other.condition === 'always',
  );
  const others = Array.from(permutation(near.length, draw(0)), (i) => near[i] ?? missing(i)).slice(
    0,
    1 + (draw(1) % 3),
  );
  const list = [meaning, ...others].map((each, rank) => ({
    suggestion_id: `ask-ai-${hex(draw(10 + rank))}`,
    description: described(each),
    trigger_summary: TRIGGERS[each.trigger].written(each.room),
    action_summary: ACTIONS[each.action].written(each.room),
    category: ACTIONS[each.action].category,
    confidence:
      rank === 0 ? hundredths(0.82, 0.98, draw(2)) : hundredths(0.35, 0.8, draw(20 + rank)),
    status: rank === 0 ? 'approved' : 'draft',
  }));
  // The right one may stand anywhere in the list.
  return Array.from(permutation(list.length, draw(3)), (i) => list[i] ?? missing(i));
}

/** A number of `low` to `high` with two digits, chosen by 32 bits. */
function hundredths(low: number, high: number, bits: number): number {
  return Math.round((low + (high - low) * (bits / 2 ** 32)) * 100) / 100;
}

function hex(bits: number): string {
  return bits.toString(16).padStart(8, '0');
}

function missing(index: number): never {
  throw new Error(`internal: nothing at ${index}`);
}
