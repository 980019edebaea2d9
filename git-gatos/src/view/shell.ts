/** Text that a person may copy into a shell. */

/** As one word of a POSIX shell: in single quotes where it needs any. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
