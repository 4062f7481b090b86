/** @file Times and durations as people read them. */

/** `42 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h` */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return two(whole, 60, 'min', 's', 1);
  if (whole < 86_400) return two(whole, 3600, 'h', 'min', 60);
  return two(whole, 86_400, 'd', 'h', 3600);
}

function two(whole: number, unit: number, name: string, below: string, belowUnit: number): string {
  const rest = Math.floor((whole % unit) / belowUnit);
  return `${Math.floor(whole / unit)} ${name}${rest === 0 ? '' : ` ${rest} ${below}`}`;
}

export function secondsBetween(from: string, to: string | null): number {
  return ((to === null ? Date.now() : Date.parse(to)) - Date.parse(from)) / 1000;
}

/** `28 Nov, 08:41` */
export function formatDay(time: string): string {
  return DAY.format(new Date(time));
}

/** `08:41:07` */
export function formatClock(time: string | number): string {
  return CLOCK.format(new Date(time));
}

const DAY = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

const CLOCK = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
