/** @file The same request in other words: two sentences with one meaning. */
import type { Pair } from './pairs.ts';
import { plain } from './dialects.ts';
import { pickWeighted, type Random } from './random.ts';
import type { Request } from './request.ts';
import { spokenRequest } from './requests.ts';
import { LIGHT } from './kinds.ts';
import { deviceTarget, spokenRoom } from './target.ts';
import { expand } from './template.ts';

export function paraphrasePair(random: Random): Pair {
  return pickWeighted<() => Pair>(random, [
    [3, () => reworded(random)],
    [2, () => told(spokenRequest(random))],
    [1.5, () => sameMeaning(random)],
  ])();
}

const SAME: readonly (readonly string[])[] = [
  [
    '(turn|switch) on {it}',
    '(turn|switch) {it} on',
    '{it} on, please',
    'activate {it}',
    'could {it} be on',
  ],
  [
    '(turn|switch) off {it}',
    '(turn|switch) {it} off',
    '{it} off, please',
    'deactivate {it}',
    'no {it} anymore',
  ],
  [
    'dim {it} to {n} percent',
    'set {it} to {n} percent',
    '{it} at {n} percent',
    'brightness of {it} to {n} percent',
  ],
  [
    'how warm is it in {room}',
    'what is the temperature in {room}',
    'tell me the temperature of {room}',
    'temperature {room}',
  ],
  [
    'heat {room} to {n} degrees',
    'set {room} to {n} degrees',
    'i want {n} degrees in {room}',
    '{n} degrees in {room}',
  ],
  [
    'start a timer for {n} minutes',
    '{n} minute timer',
    'count down {n} minutes',
    'timer {n} minutes',
  ],
  [
    'is there anybody in {room}',
    'is {room} occupied',
    'do you see someone in {room}',
    'anyone in {room}',
  ],
  [
    'clean {room}',
    'vacuum {room}',
    'send the robot to {room}',
    'the floor of {room} needs cleaning',
  ],
  [
    'play music in {room}',
    'i want music in {room}',
    'put some music on in {room}',
    'let me hear music in {room}',
  ],
];

function reworded(random: Random): Pair {
  const row = random.pick(SAME);
  const fills = {
    it: deviceTarget(random, LIGHT).text,
    room: `the ${spokenRoom(random).name}`,
    n: String(random.between(2, 99)),
  };
  const first = random.pick(row);
  const second = random.pick(row.filter((template) => template !== first));
  return {
    prompt: `say otherwise: ${expand(random, first, fills)}`,
    completion: expand(random, second, fills),
  };
}

/** From a parse back to a sentence: the other direction of the main task. */
function told(request: Request): Pair {
  return { prompt: `speak: ${plain(request)}`, completion: request.text };
}

/** "same?" with two sentences; half of the pairs differ in one thing. */
function sameMeaning(random: Random): Pair {
  const row = random.pick(SAME);
  const room = `the ${spokenRoom(random).name}`;
  const it = deviceTarget(random, LIGHT).text;
  const n = String(random.between(2, 99));
  const same = random.chance(0.5);
  const other = same ? row : random.pick(SAME.filter((candidate) => candidate !== row));
  const fills = { it, room, n };
  const prompt = `same? ${expand(random, random.pick(row), fills)} / ${expand(random, random.pick(other), fills)}`;
  return { prompt, completion: same ? 'yes' : 'no' };
}
