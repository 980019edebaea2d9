/** Numbers of things in words. */

/** `1 event`, `2 events`; `plural` is for a noun that takes no `s`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
