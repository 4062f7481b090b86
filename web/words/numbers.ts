/** @file Numbers of a run as people read them. */

/** `1.0312`, `0.00042`, `12,400`: as many digits as say something. */
export function formatNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e7) return value.toExponential(2).replace('e+', 'e');
  if (size >= 1000) return Math.round(value).toLocaleString('en');
  return value.toFixed(size >= 100 ? 1 : size >= 1 ? 3 : 5).replace(/\.?0+$/, '');
}

export function formatPercent(part: number): string {
  return `${(part * 100).toFixed(part < 0.1 ? 1 : 0)}%`;
}
