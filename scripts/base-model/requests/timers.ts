/** @file Timers: start, change, ask, stop. */
import { spokenClock, spokenNumber, spokenSpan } from '../numbers.ts';
import { pickWeighted, type Random } from '../random.ts';
import { say, type Request, type Slots } from '../request.ts';
import { expand } from '../template.ts';
import { inventedWord } from '../names.ts';
import { spokenRoom } from '../target.ts';
import { TIMER_LABELS } from '../words.ts';

/** A running timer as people point to it: by label, by room, by its length, or just "my timer". */
function known(random: Random): { it: string; slots: Slots } {
  return pickWeighted<() => { it: string; slots: Slots }>(random, [
    [
      4,
      () => {
        const label = random.chance(0.1) ? inventedWord(random) : random.pick(TIMER_LABELS);
        return {
          it: expand(
            random,
            random.pick([
              '[the|my] {label} timer',
              '[the|my] timer for [the] {label}',
              '[the|my] timer (called|named) {label}',
              '[my] {label} timer',
            ]),
            { label },
          ),
          slots: { label },
        };
      },
    ],
    [
      3,
      () => {
        const room = spokenRoom(random);
        return {
          it: expand(
            random,
            random.pick(['[the|my] {room} timer', '[the|my] timer in [the] {room}']),
            { room: room.name },
          ),
          slots: { room: room.value },
        };
      },
    ],
    [
      3,
      () => {
        const { text, slots } = spokenSpan(random, true);
        const rest: Slots = {
          ...(slots.hours === undefined ? {} : { spanHours: slots.hours }),
          ...(slots.minutes === undefined ? {} : { spanMinutes: slots.minutes }),
          ...(slots.seconds === undefined ? {} : { seconds: slots.seconds }),
        };
        return {
          it: expand(
            random,
            random.pick(['[the|my] {text} timer', '[the|my] timer (for|of|with) {text}']),
            { text },
          ),
          slots: rest,
        };
      },
    ],
    [
      4,
      () => ({
        it: random.pick(['my timer', 'the timer', 'timer', 'that timer', 'this timer']),
        slots: {},
      }),
    ],
  ])();
}

export function timerRequest(random: Random): Request {
  const span = spokenSpan(random, false);
  const short = spokenSpan(random, true);
  const timer = known(random);
  const by = (slots: Slots): Slots => ({ ...timer.slots, ...slots });
  return pickWeighted<() => Request>(random, [
    [
      6,
      () => {
        const label = random.chance(0.1) ? inventedWord(random) : random.pick(TIMER_LABELS);
        const named = random.chance(0.45);
        return named
          ? say(
              random,
              'timer-start',
              { ...span.slots, label },
              [
                '(set|start|create|make) (a|a new) timer (for|of|with) {span} for [the] {label}',
                '(set|start|create) a {label} timer (for|of) {span}',
                '{label} timer {span}',
                '(start|set) a {short} timer (for|named|called) {label}',
                'timer for {span} (called|named) {label}',
                '{short} {label} timer',
                'time [the] {label} for {span}',
                '{short} timer for {label}',
                'i need a {label} timer of {span}',
              ],
              { span: span.text, short: span.text.replace(/s\b/g, ''), label },
            )
          : say(
              random,
              'timer-start',
              span.slots,
              [
                '(set|start|create|make|begin) (a|a new|another) timer (for|of|with) {span}',
                'timer {span}',
                '{span} timer',
                'timer for {span}',
                'count down {span}',
                'remind me in {span}',
                'wake me in {span}',
                'i need a timer for {span}',
                'let me know when {span} have passed',
                'give me {span} on the clock',
                'start counting {span}',
              ],
              { span: span.text },
            );
      },
    ],
    [
      1.5,
      () =>
        say(
          random,
          'timer-start',
          short.slots,
          [
            '(set|start|create) (a|an) {short} timer',
            '{short} timer [please]',
            'begin a {short} timer',
            'i need a {short} timer',
          ],
          { short: short.text },
        ),
    ],
    [
      3,
      () =>
        say(
          random,
          'timer-more',
          by(span.slots),
          [
            'add {span} to {it}',
            '(increase|extend|prolong|lengthen) {it} by {span}',
            'give {it} {span} more',
            '{span} more (on|for) {it}',
            'put {span} on {it}',
            'make {it} {span} longer',
          ],
          { span: span.text, it: timer.it },
        ),
    ],
    [
      3,
      () =>
        say(
          random,
          'timer-less',
          by(span.slots),
          [
            '(take|remove|subtract|deduct) {span} (from|off) {it}',
            '(decrease|reduce|shorten|cut) {it} by {span}',
            '{span} less (on|for) {it}',
            'make {it} {span} shorter',
          ],
          { span: span.text, it: timer.it },
        ),
    ],
    [
      2,
      () =>
        say(
          random,
          'timer-cancel',
          timer.slots,
          [
            '(cancel|stop|delete|end|clear|kill|abort) {it}',
            'get rid of {it}',
            'i no longer need {it}',
          ],
          { it: timer.it },
        ),
    ],
    [
      1,
      () => {
        const room = spokenRoom(random);
        return random.chance(0.5)
          ? say(random, 'timer-clear', {}, [
              '(cancel|stop|delete|clear|end) (every|each) timer',
              '(clear|delete|drop) all [my|the|our] timers',
              'no more timers',
              'get rid of every timer',
              'wipe all of my timers',
            ])
          : say(
              random,
              'timer-clear',
              { room: room.value },
              [
                '(stop|delete|clear|end) (all|all the|every) {room} timers',
                '(cancel|stop|delete|clear) all [the] timers in the {room}',
              ],
              { room: room.name },
            );
      },
    ],
    [
      2,
      () =>
        say(
          random,
          'timer-pause',
          timer.slots,
          ['(pause|hold|freeze|suspend|halt) {it}', 'put {it} on hold'],
          { it: timer.it },
        ),
    ],
    [
      2,
      () =>
        say(
          random,
          'timer-resume',
          timer.slots,
          ['(resume|continue|unpause|restart|carry on with) {it}', 'let {it} (run on|go on)'],
          { it: timer.it },
        ),
    ],
    [
      3,
      () =>
        say(
          random,
          'timer-ask',
          timer.slots,
          [
            'how (much|long) [time] is left on {it}',
            'how much longer (for|on) {it}',
            '(check|show) {it}',
            'status of {it}',
            '{it} status',
            'when does {it} (end|go off|ring)',
            'time left on {it}',
            'how long does {it} still run',
          ],
          { it: timer.it },
        ),
    ],
    [
      1.5,
      () => {
        const clock = spokenClock(random);
        return random.chance(0.7)
          ? say(
              random,
              'alarm-set',
              { clock: clock.value },
              [
                '(set|make) an alarm (for|at) {clock}',
                'wake me [up] at {clock}',
                'alarm at {clock}',
                'get me up at {clock}',
                'i have to be up at {clock}',
              ],
              { clock: clock.text },
            )
          : say(
              random,
              'alarm-cancel',
              { clock: clock.value },
              [
                '(cancel|delete|remove|turn off) the {clock} alarm',
                'no alarm at {clock}',
                'i do not need the alarm at {clock}',
              ],
              { clock: clock.text },
            );
      },
    ],
    [
      1.2,
      () => {
        const minutes = spokenNumber(random, random.between(2, 45));
        const command =
          random.pick([
            'open',
            'close',
            'lock',
            'start',
            'stop',
            'dim',
            'turn off',
            'turn on',
            'pause',
            'check',
          ]) +
          ' the ' +
          random.pick([
            'gate',
            'oven',
            'porch light',
            'heater',
            'sprinkler',
            'blinds',
            'tv',
            'radio',
            'front door',
            'fountain',
            'fan',
            'sauna',
            'boiler',
            'hall lights',
            'awning',
          ]);
        return say(
          random,
          'later',
          { minutes: minutes.value, command },
          [
            'in {minutes} minutes {command}',
            '{command} in {minutes} minutes',
            '{command} {minutes} minutes from now',
            'wait {minutes} minutes and {command}',
            'after {minutes} minutes {command}',
          ],
          { minutes: minutes.text, command },
        );
      },
    ],
  ])();
}
