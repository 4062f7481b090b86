/** @file Switching things on and off. */
import { FAN, LIGHT, MEDIA, SWITCH, type Kind } from '../kinds.ts';
import { pickWeighted, type Random } from '../random.ts';
import { say, type Request } from '../request.ts';
import { anyTarget, deviceTarget, spokenRoom } from '../target.ts';

const ON = [
  '(turn|switch|turn|flip|put|power) on {it}',
  '(turn|switch|turn|put) {it} on',
  '{bare} on',
  '(activate|enable|start|power up) {it}',
  'i (want|need|would like) {it} on',
  'make sure {it} (is|are) on',
  'get {it} (going|running)',
  '{bare} on',
  'fire up {it}',
  'on with {it}',
  'can we have {it} on',
  '{bare} please turn on',
  'leave {it} on',
  'let us have {it} on',
];
const OFF = [
  '(turn|switch|turn|shut|power) off {it}',
  '(turn|switch|turn|shut) {it} off',
  '{bare} off',
  '(deactivate|disable|power down|shut down|kill|cut) {it}',
  'i (want|need|would like) {it} off',
  'make sure {it} (is|are) off',
  '{bare} off',
  'stop {it}',
  'off with {it}',
  'i no longer need {it}',
  '{bare} should be off',
  'no need for {it} anymore',
];
const LIT = [
  'light up {it}',
  'illuminate {it}',
  'brighten up {it}',
  'give me some light in {it}',
  'let there be light in {it}',
  '{it} is too dark, lights on',
  'lights on in {it}',
];
const DARK = [
  'make {it} dark',
  'lights out in {it}',
  'darken {it}',
  'lights off in {it}',
  'nobody is in {it}, lights off',
  'no more light in {it}',
];

export function powerRequest(random: Random): Request {
  const on = random.chance(0.5);
  const act = on ? 'power-on' : 'power-off';
  if (random.chance(0.08)) return litRoom(random, on);
  const kind = pickWeighted<Kind>(random, [
    [6, LIGHT],
    [3, FAN],
    [3, SWITCH],
    [1, MEDIA],
  ]);
  const specific = kind === SWITCH || kind === MEDIA ? random.chance(0.7) : random.chance(0.1);
  const target = specific ? deviceTarget(random, kind) : anyTarget(random, kind);
  return say(random, act, target.slots, on ? ON : OFF, { it: target.text, bare: target.bare });
}

function litRoom(random: Random, on: boolean): Request {
  const act = on ? 'power-on' : 'power-off';
  if (random.chance(0.2)) {
    const place = random.pick([
      'every room',
      'the whole house',
      'all rooms',
      'the entire home',
      'each and every room',
      'the place',
    ]);
    return say(random, act, { kind: 'light', count: 'all' }, on ? LIT : DARK, { it: place });
  }
  const room = spokenRoom(random);
  return say(random, act, { kind: 'light', room: room.value }, on ? LIT : DARK, {
    it: `the ${room.name}`,
  });
}
