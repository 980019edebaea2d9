/**
 * Reads quorum expressions:
 *
 *   or    = and { "or" and }
 *   and   = term { "and" term }
 *   term  = "(" or ")" | ( NUMBER | "all" | "any" ) "of" set | ACTOR
 *   set   = GROUP | ACTOR | "(" member { "," member } ")"
 */
import { parseActor } from '../identity/index.js';
import { isGatosError, LIMITS } from '../kernel/index.js';
import { governanceError } from './errors.js';
import { type CountTerm, formatMember, formatQuorum, type JoinTerm, type Member, type Quorum } from './quorum.js';

interface Token {
  readonly text: string;
  /** Column, from 1. */
  readonly at: number;
}

const TOKEN = /[ \t\r\n]+|[(),]|@[^\s(),@]*|[^\s(),@]+/y;
const GROUP = /^[a-z0-9][a-z0-9._-]*$/;
const NUMBER = /^[1-9][0-9]*$/;
const WORDS = new Set(['of', 'and', 'or', 'all', 'any']);
const EXAMPLE = 'write it as in `2 of @leads and 1 of @security`';

function fault(token: Token, what: string, hint = EXAMPLE) {
  return governanceError('quorum', { what, where: token.at, hint });
}

function tokensOf(text: string): Token[] {
  if (text.length > LIMITS.quorumBytes)
    throw fault({ text: '', at: LIMITS.quorumBytes + 1 }, `it is longer than ${LIMITS.quorumBytes} characters`);
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex + 1;
    const found = TOKEN.exec(text)?.[0];
    // Some kinds of space are none to us.
    if (found === undefined) throw fault({ text: '', at }, 'a character that has no meaning here');
    if (!/^[ \t\r\n]/.test(found)) tokens.push({ text: found, at });
  }
  tokens.push({ text: '', at: text.length + 1 });
  return tokens;
}

/** How a token reads in a message; foreign ones may be long. */
function shown({ text }: Token): string {
  if (text === '') return 'the end';
  return text.length > 40 ? `\`${text.slice(0, 40)}…\`` : `\`${text}\``;
}

/** The expression in a text. Throws `governance/quorum` with what is wrong, the column, and a hint. */
export function parseQuorum(text: string): Quorum {
  const quorum = new QuorumParser(tokensOf(text)).whole();
  const start = { text: '', at: 1 };
  // The canonical text has brackets that this one may lack, and has to be readable as well.
  if (depthOf(quorum) > LIMITS.quorumDepth) throw fault(start, `terms are nested deeper than ${LIMITS.quorumDepth}`);
  const { length } = formatQuorum(quorum);
  if (length <= LIMITS.quorumBytes) return quorum;
  throw fault(start, `it has ${length} characters in its canonical form, more than ${LIMITS.quorumBytes}`);
}

function depthOf(quorum: Quorum): number {
  return quorum.kind === 'count' ? 0 : 1 + Math.max(...quorum.parts.map(depthOf));
}

class QuorumParser {
  #next = 0;
  #terms = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Quorum {
    const quorum = this.#or(0);
    const rest = this.#peek();
    if (rest.text === '') return quorum;
    throw fault(rest, `${shown(rest)} follows a complete expression`, 'join terms by `and` or `or`');
  }

  #peek(): Token {
    return this.tokens[this.#next] as Token;
  }

  /** The end is never passed. */
  #take(): Token {
    const token = this.#peek();
    if (token.text !== '') this.#next += 1;
    return token;
  }

  #accept(text: string): boolean {
    if (this.#peek().text !== text) return false;
    this.#next += 1;
    return true;
  }

  #expect(text: string, why: string): void {
    const token = this.#peek();
    if (!this.#accept(text)) throw fault(token, `${shown(token)} stands where \`${text}\` has to`, why);
  }

  #or(depth: number): Quorum {
    return this.#join('or', () => this.#join('and', () => this.#term(depth)));
  }

  /** What stands between the same words is one list, brackets or not. */
  #join(kind: JoinTerm['kind'], part: () => Quorum): Quorum {
    const first = part();
    const parts = first.kind === kind ? [...first.parts] : [first];
    while (this.#accept(kind)) {
      const next = part();
      parts.push(...(next.kind === kind ? next.parts : [next]));
    }
    return parts.length === 1 ? first : { kind, parts };
  }

  #countTerm(token: Token): void {
    this.#terms += 1;
    if (this.#terms > LIMITS.quorumTerms) throw fault(token, `there are more than ${LIMITS.quorumTerms} terms`);
  }

  #term(depth: number): Quorum {
    const token = this.#take();
    if (token.text === '(') return this.#bracket(token, depth);
    this.#countTerm(token);
    if (token.text === 'all' || token.text === 'any' || NUMBER.test(token.text)) return this.#count(token);
    if (token.text.startsWith('@'))
      throw fault(token, `${shown(token)} does not say how many of it`, `write \`1 of ${token.text.slice(0, 40)}\``);
    if (/^[0-9+.-]/.test(token.text)) throw fault(token, `${shown(token)} is no number of people`, 'count from 1');
    const wrong = WORDS.has(token.text) || !token.text.includes(':');
    if (wrong) throw fault(token, `${shown(token)} stands where a term has to`);
    return { kind: 'count', need: 1, of: [this.#member(token)] };
  }

  #bracket(token: Token, depth: number): Quorum {
    if (depth >= LIMITS.quorumDepth) throw fault(token, `brackets are nested deeper than ${LIMITS.quorumDepth}`);
    const inner = this.#or(depth + 1);
    this.#expect(')', `a bracket is open since column ${token.at}`);
    return inner;
  }

  #count(token: Token): CountTerm {
    const need = token.text === 'all' ? 'all' : token.text === 'any' ? 1 : Number(token.text);
    if (need !== 'all' && need > LIMITS.principals)
      throw fault(token, `${shown(token)} is more than ${LIMITS.principals}`, 'no group is that large');
    this.#expect('of', 'write `of` between the number and the group');
    const of = this.#set();
    const [first] = of;
    // All of one principal are one.
    if (of.length === 1 && first !== undefined && 'actor' in first && need === 'all')
      return { kind: 'count', need: 1, of };
    return { kind: 'count', need, of };
  }

  #set(): Member[] {
    const open = this.#take();
    if (open.text !== '(') return [this.#member(open)];
    const members: Member[] = [];
    const names = new Set<string>();
    do {
      const token = this.#take();
      const member = this.#member(token);
      const name = formatMember(member);
      if (names.has(name)) throw fault(token, `\`${name}\` is named twice`, 'a principal counts once');
      this.#countTerm(token);
      names.add(name);
      members.push(member);
    } while (this.#accept(','));
    this.#expect(')', `a bracket is open since column ${open.at}`);
    return members;
  }

  #member(token: Token): Member {
    const { text } = token;
    if (text.startsWith('@')) {
      const group = text.slice(1);
      if (GROUP.test(group) && group.length <= LIMITS.nameBytes) return { group };
      throw fault(token, `${shown(token)} is not the name of a group`, 'lower-case letters, digits, `.`, `_`, `-`');
    }
    try {
      parseActor(text);
      return { actor: text };
    } catch (error) {
      if (!isGatosError(error)) throw error;
      const hint = 'a group is written `@leads`, a principal `user:alice`';
      throw fault(token, `${shown(token)} is neither a group nor a principal`, hint);
    }
  }
}
