/**
 * @file The change of a compose file that raises a service's limit of memory. Pure.
 *
 * Only the text of the values is replaced, by their places in it: the yaml package would write the whole
 * document anew, with other quotes and line breaks.
 */
import { fail, formatBytes, sizeText } from '#base';
import { type ComposeFile, readCompose } from './compose-file.ts';
import { findService, LIMIT_PATHS, limitsOf } from './find-service.ts';
import { type Edit, edited } from './edits.ts';
import { sizeIn, sizeLike } from './memory-size.ts';
import { columnOf, newSetting } from './new-setting.ts';
import { type Found, type Obstacle, settingAt, startOf } from './setting.ts';

export interface LimitWish {
  /** null: the file has to leave no doubt */
  readonly service: string | null;
  readonly bytes: number;
  /** what the service holds by itself: a reservation below that is raised to it; null leaves it */
  readonly reservation: number | null;
}

export interface Proposal {
  readonly service: string;
  /** the file as it would be */
  readonly text: string;
}

/**
 * @throws PlimsollError COMPOSE_MALFORMED, COMPOSE_SERVICE_UNKNOWN, COMPOSE_SERVICE_UNCLEAR,
 * COMPOSE_LIMIT_IN_DOUBT, COMPOSE_LIMIT_TWICE, COMPOSE_LIMIT_HIGH_ENOUGH
 */
export function proposeLimit(file: string, text: string, wish: LimitWish): Proposal {
  const compose = readCompose(file, text);
  const service = findService(compose, wish.service);
  const limits = limitsOf(compose.resolved[service.name]);
  if (limits.length > 1) {
    const places = limits.map((path) => path.join('.'));
    const wanted = formatBytes(wish.bytes);
    fail('COMPOSE_LIMIT_TWICE', { file, service: service.name, places, wanted });
  }
  const context: Context = { compose, wish, ...service };
  const [path] = limits;
  const edits = path ? raise(context, path) : [add(context)];
  return { service: service.name, text: edited(text, edits) };
}

/** Whether a file limits the memory of that service. @throws PlimsollError COMPOSE_MALFORMED */
export function limitsMemory(file: string, text: string, service: string): boolean {
  return limitsOf(readCompose(file, text).resolved[service]).length > 0;
}

interface Context {
  readonly compose: ComposeFile;
  readonly wish: LimitWish;
  readonly name: string;
  readonly pair: Parameters<typeof settingAt>[0];
}

function raise(context: Context, path: readonly string[]): Edit[] {
  const { compose, wish, name } = context;
  const limit = valueAt(context, path);
  const before = sizeOf(context, limit);
  if (before === 0) {
    refuse(context, { offset: offsetOf(limit), reason: '0 is no limit: it comes from elsewhere' });
  }
  if (before >= wish.bytes) {
    fail('COMPOSE_LIMIT_HIGH_ENOUGH', {
      file: compose.file,
      line: compose.lineAt(offsetOf(limit)),
      service: name,
      limit: unquoted(limit.text),
      wanted: formatBytes(wish.bytes),
    });
  }
  return [
    replaced(limit, wish.bytes),
    ...raisedSwap(context, before),
    ...raisedReservation(context, path),
  ];
}

/** Memory and swap together: Docker refuses a limit of memory above it. What is left for swap stays. */
function raisedSwap(context: Context, limit: number): Edit[] {
  const swap = settingAt(context.pair, ['memswap_limit'], context.compose.text);
  if (swap.is === 'absent') return [];
  if (swap.is === 'obstacle') return refuse(context, swap.obstacle);
  if (unquoted(swap.text) === '-1') return []; // as much as there is
  const before = sizeOf(context, swap);
  if (before === 0 || before >= context.wish.bytes) return []; // 0: as if it were not there
  return [replaced(swap, context.wish.bytes + Math.max(before - limit, 0))];
}

/** Only where it stands already, and can be changed: a limit may be raised without it. */
function raisedReservation({ pair, compose, wish }: Context, limit: readonly string[]): Edit[] {
  const path =
    limit === LIMIT_PATHS[0]
      ? ['mem_reservation']
      : ['deploy', 'resources', 'reservations', 'memory'];
  const found = settingAt(pair, path, compose.text);
  if (found.is !== 'value' || wish.reservation === null) return [];
  const before = sizeIn(unquoted(found.text));
  return before !== null && before < wish.reservation ? [replaced(found, wish.reservation)] : [];
}

/** A service without a limit gets one, unless it may have one from elsewhere. */
function add(context: Context): Edit {
  const { compose, pair, wish } = context;
  const { document, services, text } = compose;
  const extended = settingAt(pair, ['extends'], text);
  if (extended.is !== 'absent') {
    const reason = 'it extends another service, whose limit may be the one';
    refuse(context, { offset: offsetOf(extended), reason });
  }
  const { version } = Object(document.toJS());
  const found = settingAt(pair, LIMIT_PATHS[String(version).startsWith('2') ? 0 : 1], text);
  if (found.is === 'obstacle') return refuse(context, found.obstacle);
  if (found.is === 'value') throw new Error('internal: a limit that was not seen');
  const { within, rest } = found;
  return (
    newSetting(within, rest, sizeText(wish.bytes), text, columnOf(services, text)) ??
    refuse(context, { offset: startOf(within), reason: 'its settings stand in braces' })
  );
}

type Value = Extract<Found, { readonly is: 'value' }>;

function valueAt(context: Context, path: readonly string[]): Value {
  const found = settingAt(context.pair, path, context.compose.text);
  if (found.is === 'value') return found;
  if (found.is === 'obstacle') return refuse(context, found.obstacle);
  const offset = startOf(found.within); // resolved it is there: from another service's settings
  return refuse(context, { offset, reason: 'its limit comes from elsewhere' });
}

function sizeOf(context: Context, found: Value): number {
  const reason = `expected a size of memory, got ${found.text}`;
  return sizeIn(unquoted(found.text)) ?? refuse(context, { offset: offsetOf(found), reason });
}

/** In the manner of what stands there, quotes included. */
function replaced({ node, text }: Value, bytes: number): Edit {
  const [from = 0, to = 0] = node.range ?? [];
  return { from, to, text: text.replace(unquoted(text), sizeLike(unquoted(text), bytes)) };
}

function unquoted(text: string): string {
  return text.replaceAll(/^["']|["']$/g, '');
}

function offsetOf(found: Found): number {
  if (found.is === 'obstacle') return found.obstacle.offset;
  return startOf(found.is === 'value' ? found.node : found.within);
}

function refuse({ compose, name, wish }: Context, { offset, reason }: Obstacle): never {
  return fail('COMPOSE_LIMIT_IN_DOUBT', {
    file: compose.file,
    line: compose.lineAt(offset),
    service: name,
    reason,
    wanted: formatBytes(wish.bytes),
  });
}
