/** @file Times and long texts as people read them. Pure. */

/** 75 -> `1 min 15 s`; 8.24 -> `8.2 s`; 3720 -> `1 h 2 min` */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Parts of at most `width` characters, cut at spaces; a word that is longer has a part of its own. */
export function wrapWords(text: string, width: number): string[] {
  const parts: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${parts.at(-1)} ${word}`;
    if (parts.length > 0 && longer.length <= width) parts.splice(-1, 1, longer);
    else parts.push(word);
  }
  return parts;
}
