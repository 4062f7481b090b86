/**
 * @file Numbers of bytes, as people write and read them.
 *
 * Every unit is a power of 1024, with or without the `i`: so do Docker, systemd and the kernel
 * read memory sizes, and a limit copied from a compose file must mean the same here as there.
 */
import { fail } from './fail.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `1610612736` -> `1.5 GiB`. Three significant digits or, from 100 on, none after the point. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) throw new Error(`internal: formatBytes(${bytes})`);
  let value = Math.abs(bytes);
  let unit = 0;
  // 1023.5 would print as 1024: it belongs to the next unit.
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const sign = bytes < 0 ? '-' : '';
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${sign}${trimZeros(value.toFixed(digits))} ${UNITS[unit]}`;
}

/** `805306368` -> `768M`, `2147483648` -> `2G`: as Docker, systemd and Slurm take it. Whole MiB, rounded up. */
export function sizeText(bytes: number): string {
  const mebibytes = Math.ceil(bytes / 2 ** 20);
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}G` : `${mebibytes}M`;
}

/** `512m`, `512 MB`, `512MiB`, `0.5Gi` -> 536870912. Throws BYTES_MALFORMED. */
export function parseBytes(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(?:([kmgtp])i?b?|b)?\s*$/i.exec(text);
  if (!match) fail('BYTES_MALFORMED', { text });
  const [, digits, letter = ''] = match;
  const bytes = Math.round(Number(digits) * 1024 ** ' kmgtp'.indexOf(letter.toLowerCase() || ' '));
  if (!Number.isSafeInteger(bytes)) fail('BYTES_MALFORMED', { text });
  return bytes;
}

function trimZeros(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
}
