/** Numbers of things in words. */

/** `1 event`, `2 events`. The noun takes an `s`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
