/** Sizes as people type and read them: bytes, and powers of 1024. */

const UNITS = ['', 'K', 'M', 'G', 'T'] as const;
const STEP = 1024;

/** `512`, `64K`, `2M`, `8G` (also `2MB`, `2MiB`) in bytes; undefined for any other text. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,9})([KMGT]?)(?:i?B)?$/i.exec(text);
  if (match === null) return undefined;
  const power = UNITS.indexOf((match[2] ?? '').toUpperCase() as (typeof UNITS)[number]);
  return Number(match[1]) * STEP ** power;
}

/** `12 bytes`, `3.4 KiB`. */
export function formatSize(bytes: number): string {
  if (bytes < STEP) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  let value = bytes;
  let unit = 0;
  while (value >= STEP && unit < UNITS.length - 1) {
    value /= STEP;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}iB`;
}
