/** Layout: a text with places where lines may break, and the lines that it becomes at a width (after Wadler's "prettier printer"). */

export type Doc =
  | string
  | { readonly kind: 'all'; readonly parts: readonly Doc[] }
  /** A line end where the group that it is in does not fit; else `flat`. */
  | { readonly kind: 'line'; readonly flat: string; readonly forced: boolean }
  | { readonly kind: 'indent'; readonly doc: Doc }
  | { readonly kind: 'group'; readonly doc: Doc; readonly broken: boolean }
  /** Stands at the end of the line, whatever else stands there, and takes no width: a comment. */
  | { readonly kind: 'suffix'; readonly text: string };

export const all = (...parts: readonly Doc[]): Doc => ({ kind: 'all', parts });
export const indent = (doc: Doc): Doc => ({ kind: 'indent', doc });
export const suffix = (text: string): Doc => ({ kind: 'suffix', text });
/** A space, or a line end. */
export const line: Doc = { kind: 'line', flat: ' ', forced: false };
/** `flat`, or a line end. */
export const breaks = (flat: string): Doc => ({ kind: 'line', flat, forced: false });
/** Nothing, or a line end. */
export const soft: Doc = breaks('');
export const hard: Doc = { kind: 'line', flat: '', forced: true };

/** Breaks where it holds a line end that is forced, or does not fit. */
export function group(doc: Doc): Doc {
  return { kind: 'group', doc, broken: hasForced(doc) };
}

function hasForced(doc: Doc): boolean {
  if (typeof doc === 'string') return false;
  if (doc.kind === 'line') return doc.forced;
  if (doc.kind === 'all') return doc.parts.some(hasForced);
  // A group knows already, so that each part is looked at once.
  if (doc.kind === 'group') return doc.broken;
  return doc.kind === 'indent' && hasForced(doc.doc);
}

interface Piece {
  readonly doc: Doc;
  readonly level: number;
  readonly broken: boolean;
}

const STEP = '  ';

/** Does `first`, not broken, fit into `width` with all that follows it on its line? */
function fits(first: Piece, rest: readonly Piece[], width: number): boolean {
  const stack: Piece[] = [first];
  let [left, next] = [width, rest.length];
  while (left >= 0) {
    let piece = stack.pop();
    if (piece === undefined) {
      next -= 1;
      piece = rest[next];
      if (piece === undefined) return true;
    }
    const { doc, level, broken } = piece;
    if (typeof doc === 'string') left -= doc.length;
    else if (doc.kind === 'all')
      for (let i = doc.parts.length - 1; i >= 0; i--) stack.push({ doc: doc.parts[i] ?? '', level, broken });
    else if (doc.kind === 'indent') stack.push({ doc: doc.doc, level, broken });
    else if (doc.kind === 'group') stack.push({ doc: doc.doc, level, broken: doc.broken });
    else if (doc.kind === 'line') {
      if (broken || doc.forced) return true;
      left -= doc.flat.length;
    }
  }
  return false;
}

/** The text, without a final line end; no line ends in a space. */
export function render(doc: Doc, width: number): string {
  let [out, current, comment] = ['', '', ''];
  const stack: Piece[] = [{ doc, level: 0, broken: true }];
  const endLine = (): void => {
    out += `${current}${comment === '' ? '' : ` ${comment}`}`.trimEnd();
    comment = '';
  };
  for (let piece = stack.pop(); piece !== undefined; piece = stack.pop()) {
    const { doc: at, level, broken } = piece;
    if (typeof at === 'string') current += at;
    else if (at.kind === 'all')
      for (let i = at.parts.length - 1; i >= 0; i--) stack.push({ doc: at.parts[i] ?? '', level, broken });
    else if (at.kind === 'indent') stack.push({ doc: at.doc, level: level + 1, broken });
    else if (at.kind === 'suffix') comment += `${comment === '' ? '' : ' '}${at.text}`;
    else if (at.kind === 'group') {
      const flat: Piece = { doc: at.doc, level, broken: false };
      stack.push(at.broken || !fits(flat, stack, width - current.length) ? { ...flat, broken: true } : flat);
    } else if (broken || at.forced) {
      endLine();
      out += '\n';
      current = STEP.repeat(level);
    } else current += at.flat;
  }
  endLine();
  return out;
}
