/**
 * Takes a raw commit apart so that nothing of it is lost. It works on the bytes as Latin-1 text, one character for each byte: what the
 * bytes mean is decided field by field later (`git-history-text.ts`).
 *
 * A commit is `tree`, any `parent`s, `author`, `committer`, further headers whose later lines start with a space, an empty line, and the
 * message (git-hash-object(1) writes anything with `--literally`, and old tools did). What does not come to that is read as far as git
 * reads it, and marked `regular: false`.
 */

/** Bytes as text: each character is one byte, U+0000 to U+00FF. */
export type Binary = string;

export interface CommitParts {
  readonly tree: string | null;
  /** As recorded: the same one may stand there twice. */
  readonly parents: readonly string[];
  /** Lines behind `author ` and `committer `; null where there is none. */
  readonly author: Binary | null;
  readonly committer: Binary | null;
  /** All others, in order. The lines of one value are joined by line feeds, without the space that each starts with. */
  readonly headers: readonly { readonly name: Binary; readonly value: Binary }[];
  readonly message: Binary;
  /** Do the parts make up the commit, byte for byte? */
  readonly regular: boolean;
}

/** `width`: hexadecimal digits of an id in that repository. */
export function parseCommit(commit: Binary, width: number): CommitParts {
  const end = commit.indexOf('\n\n');
  const head = end < 0 ? commit.slice(0, commit.endsWith('\n') ? -1 : undefined) : commit.slice(0, end);
  const parts = readHeaders(head === '' ? [] : head.split('\n'), width);
  const message = end < 0 ? '' : commit.slice(end + 2);
  return { ...parts, message, regular: assemble({ ...parts, message }) === commit };
}

type Headers = Omit<CommitParts, 'message' | 'regular'>;

const HEX = /^[0-9a-fA-F]+$/;

function readHeaders(lines: readonly Binary[], width: number): Headers {
  const isId = (text: Binary): boolean => text.length === width && HEX.test(text);
  let tree: string | null = null;
  let author: Binary | null = null;
  let committer: Binary | null = null;
  const parents: string[] = [];
  const headers: { name: Binary; value: Binary }[] = [];
  for (const line of lines) {
    const space = line.indexOf(' ');
    const name = space < 0 ? line : line.slice(0, space);
    const value = space < 0 ? '' : line.slice(space + 1);
    const last = headers.at(-1);
    // As in git, parents stand behind the tree and nowhere else; an id in capitals is one too.
    const early = author === null && committer === null && last === undefined;
    if (space === 0 && last !== undefined) last.value += `\n${value}`;
    else if (name === 'tree' && tree === null && early && isId(value)) tree = value.toLowerCase();
    else if (name === 'parent' && tree !== null && early && isId(value)) parents.push(value.toLowerCase());
    else if (name === 'author' && author === null) author = value;
    else if (name === 'committer' && committer === null) committer = value;
    else headers.push({ name, value });
  }
  return { tree, parents, author, committer, headers };
}

/** The commit that these parts make up. */
export function assemble({ tree, parents, author, committer, headers, message }: Omit<CommitParts, 'regular'>): Binary {
  let out = tree === null ? '' : `tree ${tree}\n`;
  for (const parent of parents) out += `parent ${parent}\n`;
  if (author !== null) out += `author ${author}\n`;
  if (committer !== null) out += `committer ${committer}\n`;
  for (const { name, value } of headers) out += `${name} ${value.replaceAll('\n', '\n ')}\n`;
  return `${out}\n${message}`;
}

export interface IdentParts {
  readonly name: Binary;
  readonly email: Binary;
  /** Seconds since the epoch; null when the line has no time, or one that is no exact integer. */
  readonly time: number | null;
  /** Such as `+0100`, as recorded; null when there is none. */
  readonly zone: string | null;
  /** Is the line `NAME <EMAIL> TIME ZONE`? */
  readonly regular: boolean;
}

// A zone of more digits is none, so that what is not bounded stands in the line alone.
const DATE = /^[ \t\r]*(-?[0-9]+)(?=[ \t\r]|$)(?:[ \t\r]+([+-][0-9]{1,15})(?=[ \t\r]|$))?/;
const DATE_AT_END = /(?:^|[ \t\r])(-?[0-9]+)(?:[ \t\r]+([+-][0-9]{1,15}))?[ \t\r]*$/;

/**
 * Reads the line of an author or committer as git does (`split_ident_line`): the name goes to the first `<`, the address from there to
 * the first `>`, the date stands behind the last `>`. Where there are no such brackets, the date is looked for at the end of the line.
 */
export function parseIdent(line: Binary): IdentParts {
  const open = line.indexOf('<');
  const close = open < 0 ? -1 : line.indexOf('>', open);
  const date = close < 0 ? DATE_AT_END.exec(line) : DATE.exec(line.slice(line.lastIndexOf('>') + 1));
  const rest = close < 0 && date !== null ? line.slice(0, date.index) : line;
  const name = trimEnd(open < 0 ? rest : rest.slice(0, open));
  const email = open < 0 ? '' : rest.slice(open + 1, close < 0 ? undefined : close);
  const [, digits = '', zone = null] = date ?? [];
  const number = digits === '' ? Number.NaN : Number(digits);
  const time = Number.isSafeInteger(number) ? number + 0 : null;
  const regular = time !== null && zone !== null && `${name} <${email}> ${time} ${zone}` === line;
  return { name, email, time, zone, regular };
}

/** Without the blanks at its end. A regular expression would take quadratic time on a long run of blanks. */
function trimEnd(text: Binary): Binary {
  let end = text.length;
  while (end > 0 && ' \t\r'.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
