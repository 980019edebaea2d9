/** Commit objects. What we write has one encoding; what others wrote is read as far as git itself relies on it. */
import { utf8 } from '../kernel/index.js';
import { gitError } from './errors.js';
import { hashObject, isOid } from './oid.js';
import type { ObjectFormat, Oid } from './ports.js';

/** Who and when, as in `A U Thor <author@example.com> 1700000000 +0000`. */
export interface Ident {
  /** Not empty; no `<`, `>`, NUL or line feed, and no blank, dot, comma, colon, semicolon, quote or backslash at either end. */
  readonly name: string;
  /** As `name`, and may be empty. */
  readonly email: string;
  /** Whole seconds since the epoch, 0 or more. */
  readonly seconds: number;
}

export interface NewCommit {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  /** A line as `formatIdent` makes it. */
  readonly author: string;
  readonly committer: string;
  /** No NUL. Written as it stands: end it with a line feed as git does. */
  readonly message: string;
}

export interface Commit extends NewCommit {
  /** Headers after `committer`, such as `encoding` or `gpgsig`; folded lines are joined by a line feed. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

// What git strips from both ends of names and addresses (ident.c, crud): with it a commit would differ from git's own.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are part of that set
const EDGE = /^[\u0001-\u0020.,:;"\\']|[\u0001-\u0020.,:;"\\']$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL and line feed end the field
const INSIDE = /[<>\n\u0000]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const IDENT_LINE = /^[^<>\n\u0000]+ <[^<>\n\u0000]*> (?:0|[1-9][0-9]{0,15}) [+-][0-9]{4}$/;

/** The line of an author or committer, in UTC. Throws `git/invalid-object`. */
export function formatIdent({ name, email, seconds }: Ident): string {
  const bad = (part: string) => INSIDE.test(part) || EDGE.test(part) || !part.isWellFormed();
  const why =
    name === '' || bad(name)
      ? `\`${name}\` cannot be a name`
      : bad(email)
        ? `\`${email}\` cannot be an address`
        : !Number.isSafeInteger(seconds) || seconds < 0
          ? `${seconds} is not a time`
          : null;
  if (why !== null) throw gitError('invalid-object', { type: 'commit', why });
  return `${name} <${email}> ${seconds} +0000`;
}

/** The parts of an author or committer line that `formatIdent` could have made, else null. */
export function parseIdent(line: string): Ident | null {
  const match = /^(.+) <([^<>]*)> ([0-9]{1,16}) \+0000$/.exec(line);
  if (match === null) return null;
  const [, name = '', email = '', digits = ''] = match;
  const seconds = Number(digits);
  const made =
    INSIDE.test(name) ||
    EDGE.test(name) ||
    EDGE.test(email) ||
    !Number.isSafeInteger(seconds) ||
    String(seconds) !== digits;
  return made ? null : { name, email, seconds };
}

/** The commit object. Throws `git/invalid-object` for an id, a line or a message that git would not store as given. */
export function encodeCommit(commit: NewCommit): Uint8Array {
  const why = commitFault(commit);
  if (why !== null) throw gitError('invalid-object', { type: 'commit', why });
  let text = `tree ${commit.tree}\n`;
  for (const parent of commit.parents) text += `parent ${parent}\n`;
  text += `author ${commit.author}\ncommitter ${commit.committer}\n\n${commit.message}`;
  return utf8(text);
}

function commitFault({ tree, parents, author, committer, message }: NewCommit): string | null {
  const format: ObjectFormat = tree.length === 64 ? 'sha256' : 'sha1';
  for (const oid of [tree, ...parents]) if (!isOid(oid, format)) return `\`${oid}\` is not an object id`;
  for (const line of [author, committer]) {
    if (!IDENT_LINE.test(line) || !line.isWellFormed()) return `\`${line}\` is not an author line`;
  }
  if (message.includes('\0')) return 'the message holds a NUL';
  return message.isWellFormed() ? null : 'the message is not well-formed Unicode';
}

// Other people's messages may be in any encoding; bytes that are not UTF-8 show as U+FFFD.
const lossy = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Reads a commit, ours or foreign. The text is for people and for parsing trailers: whoever needs to know that a commit is
 * exactly the one expected compares bytes with `encodeCommit`. Throws `git/malformed-object` when tree, parents, author or
 * committer are missing or out of order.
 */
export function decodeCommit(content: Uint8Array, format: ObjectFormat = 'sha1'): Commit {
  const text = lossy.decode(content);
  const fail = (why: string) =>
    gitError('malformed-object', { oid: hashObject(format, 'commit', content), type: 'commit', why });
  const lines = new HeaderLines(text);
  const tree = lines.take('tree ');
  if (tree === null || !isOid(tree, format)) throw fail('no tree');
  const parents: Oid[] = [];
  for (let parent = lines.take('parent '); parent !== null; parent = lines.take('parent ')) {
    if (!isOid(parent, format)) throw fail('a parent is not an object id');
    parents.push(parent);
  }
  const author = lines.take('author ');
  if (author === null) throw fail('no author');
  const committer = lines.take('committer ');
  if (committer === null) throw fail('no committer');
  const headers: { name: string; value: string }[] = [];
  for (let line = lines.next(); line !== null && line !== ''; line = lines.next()) {
    const last = headers.at(-1);
    const space = line.indexOf(' ');
    if (space === 0 && last !== undefined) last.value += `\n${line.slice(1)}`;
    else headers.push({ name: space < 0 ? line : line.slice(0, space), value: space < 0 ? '' : line.slice(space + 1) });
  }
  return { tree, parents, author, committer, headers, message: lines.rest() };
}

/** Walks the header lines of a commit. */
class HeaderLines {
  #at = 0;
  constructor(private readonly text: string) {}

  /** The rest of the next line when it starts with `prefix`, else null and the line stays. */
  take(prefix: string): string | null {
    if (!this.text.startsWith(prefix, this.#at)) return null;
    this.#at += prefix.length;
    return this.next();
  }

  /** The next line, or null at the end of the text. */
  next(): string | null {
    if (this.#at >= this.text.length) return null;
    const feed = this.text.indexOf('\n', this.#at);
    const end = feed < 0 ? this.text.length : feed;
    const line = this.text.slice(this.#at, end);
    this.#at = end + 1;
    return line;
  }

  rest(): string {
    return this.text.slice(this.#at);
  }
}
