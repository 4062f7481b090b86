/** @file All requests, by their share in what people ask of a home. */
import { pickWeighted, type Random } from './random.ts';
import type { Request, RequestRule } from './request.ts';
import { climateRequest } from './requests/climate.ts';
import { coverRequest, lockRequest } from './requests/covers.ts';
import { errandRequest } from './requests/errands.ts';
import { lightRequest } from './requests/lights.ts';
import { mediaRequest } from './requests/media.ts';
import { powerRequest } from './requests/power.ts';
import { sensorRequest } from './requests/sensors.ts';
import { timerRequest } from './requests/timers.ts';
import { expand } from './template.ts';

const RULES: readonly (readonly [number, RequestRule])[] = [
  [5, powerRequest],
  [3.5, lightRequest],
  [3, coverRequest],
  [1.2, lockRequest],
  [2.5, climateRequest],
  [5, sensorRequest],
  [3, mediaRequest],
  [3.5, timerRequest],
  [3, errandRequest],
];

/** One request, as it would be spoken: some polite, some with capitals or a stop. */
export function spokenRequest(random: Random): Request {
  const request = pickWeighted(random, RULES)(random);
  return { ...request, text: manner(random, request.text) };
}

const BEFORE = [
  'please',
  'please',
  'can you',
  'could you',
  'would you',
  'hey,',
  'ok,',
  'now',
  'hi,',
  'can you please',
  'go ahead and',
  'quickly',
  'i want you to',
  'i need you to',
  'would you mind and',
  'just',
];
const AFTER = [
  'please',
  'please',
  'for me',
  'now',
  'right now',
  'thanks',
  'thank you',
  'right away',
  'immediately',
  'if you can',
  'when you can',
  'would you',
];
const IMPERATIVE =
  /^(turn|switch|set|open|close|lock|unlock|start|stop|play|add|put|change|make|dim|cancel|pause|resume|raise|lower|remove|take|shut|skip|run|activate|deactivate|mute|increase|decrease|adjust|move|check|clean|vacuum|bring|give|keep)\b/;

function manner(random: Random, sentence: string): string {
  let text = sentence;
  const asks = /^(is|are|what|what's|how|which|where|who|did|do|has|any|will|can|would)\b/.test(
    text,
  );
  if (IMPERATIVE.test(text)) {
    if (random.chance(0.14)) text = `${random.pick(BEFORE.slice(0, -2))} ${text}`;
    else if (random.chance(0.1)) text = `${text} ${random.pick(AFTER)}`;
  }
  if (random.chance(0.12)) text = text.slice(0, 1).toUpperCase() + text.slice(1);
  if (/^(can|could|would)\b/.test(text) ? random.chance(0.5) : asks && random.chance(0.5))
    return `${text}?`;
  if (random.chance(0.06)) return `${text}${random.pick(['.', '!', '.'])}`;
  return expand(random, text.replace(/[()[\]{}|]/g, ''));
}
