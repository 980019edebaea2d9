/** The line of a JSON text on which a part of it stands. The text is JSON: whoever calls has parsed it. */
import { parseJson } from '../codec/index.js';

/** A string, a bracket, a colon, a comma, or a word such as a number. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;

/** Line (from 1) of the part that the steps lead to, or of the innermost part above it that is there. */
export function lineOf(text: string, steps: readonly string[]): number {
  const tokens = [...text.matchAll(TOKEN)].map((match) => ({ text: match[0], at: match.index }));
  const reader = { tokens, next: 0 };
  let at = tokens[0]?.at ?? 0;
  for (const step of steps) {
    const found = enter(reader, step);
    if (found === undefined) break;
    at = found;
  }
  return text.slice(0, at).split('\n').length;
}

interface Reader {
  readonly tokens: readonly { readonly text: string; readonly at: number }[];
  next: number;
}

/** Moves to the value of a member or an item of the value that the reader stands at; gives its offset, or that of its key. */
function enter(reader: Reader, step: string): number | undefined {
  const { tokens } = reader;
  const open = tokens[reader.next]?.text;
  if (open !== '{' && open !== '[') return undefined;
  reader.next += 1;
  for (let item = 0; ; item++) {
    const token = tokens[reader.next];
    if (token === undefined || token.text === '}' || token.text === ']') return undefined;
    const name = open === '{' ? String(parseJson(token.text)) : String(item);
    if (open === '{') reader.next += 2;
    if (name === step) return token.at;
    skip(reader);
    if (tokens[reader.next]?.text === ',') reader.next += 1;
  }
}

function skip(reader: Reader): void {
  let depth = 0;
  do {
    const text = reader.tokens[reader.next++]?.text;
    if (text === undefined) return;
    if (text === '{' || text === '[') depth += 1;
    else if (text === '}' || text === ']') depth -= 1;
  } while (depth > 0);
}
