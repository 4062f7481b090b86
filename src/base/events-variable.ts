/** @file Where a trainer and its supervisor meet. */

/** The environment variable by which a supervisor names the file that it wants a run's events in, too. */
export const EVENTS_VARIABLE = 'PLIMSOLL_EVENTS';
