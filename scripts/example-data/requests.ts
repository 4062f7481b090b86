/** @file All the ways in which a person can put one meaning into words. */
import { ACTIONS, CONDITIONS, TRIGGERS, type Meaning } from './meanings.ts';

/** Longer ones do not sound like something said to a house. */
const MAX_WORDS = 20;

/** How the parts are put together: {do} the action, {when} the trigger, {but} the condition. */
const FRAMES = [
  '{do} {when} {but}',
  'please {do} {when} {but}',
  'can you {do} {when} {but}',
  'I would like you to {do} {when} {but}',
  '{when}, {do} {but}',
  '{when} please {do} {but}',
  'from now on, {do} {when} {but}',
] as const;

/** Every request for `meaning`, in a fixed order, without repetition. */
export function requestsFor({ trigger, action, room, condition }: Meaning): string[] {
  const requests: string[] = [];
  for (const frame of FRAMES)
    for (const when of TRIGGERS[trigger].said)
      for (const what of ACTIONS[action].said)
        for (const but of CONDITIONS[condition].said) {
          const request = frame
            .replace('{do}', what.replace('*', room.name))
            .replace('{when}', when)
            .replace('{but}', but)
            .trim();
          if (request.split(' ').length <= MAX_WORDS) requests.push(request);
        }
  return requests;
}
