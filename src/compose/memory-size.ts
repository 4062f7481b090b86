/** @file Sizes of memory as compose files write them (Docker's units: powers of 1024, whatever the case). */
import { sizeText } from '#base';

const SIZE = /^(\d+(?:\.\d+)?)(\s*)(?:([kmgt])(i?b)?|b)?$/i;

/** Null for what is no size: a variable, say. */
export function sizeIn(text: string): number | null {
  const [, digits, , unit = ''] = SIZE.exec(text.trim()) ?? [];
  if (digits === undefined) return null;
  return Math.round(Number(digits) * 1024 ** ' kmgt'.indexOf(unit.toLowerCase() || ' '));
}

/** `bytes` in the manner of `like`: `512m` -> `768m`, `0.5gb` -> `768mb`, `536870912` -> `805306368`. */
export function sizeLike(like: string, bytes: number): string {
  const [, , space = '', unit, rest = ''] = SIZE.exec(like.trim()) ?? [];
  if (unit === undefined) return `${bytes}${/b$/i.test(like) ? like.trim().slice(-1) : ''}`;
  const [size = '', letter = ''] = sizeText(bytes).split(/(?=[MG]$)/);
  const cased = unit === unit.toUpperCase() ? letter : letter.toLowerCase();
  return `${size}${space}${cased}${rest}`;
}
