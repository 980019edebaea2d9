/** Types of bodies: what a request says that it sends, and what it takes. */

export const JSON_MEDIA = 'application/json';
/** Canonical MYTHOS-CAN. */
export const CAN_MEDIA = 'application/vnd.mythos.can';
export const BYTES_MEDIA = 'application/octet-stream';
/** What a blob says that it is. */
export const ANY_MEDIA = '*/*';
/** RFC 9457. */
export const PROBLEM_MEDIA = 'application/problem+json';

/** `Type/Sub; a=b` → `type/sub`. */
export function essenceOf(header: string): string {
  return (header.split(';', 1)[0] as string).trim().toLowerCase();
}

interface Wanted {
  readonly type: string;
  readonly q: number;
}

function wantedOf(part: string): Wanted {
  const q = /;[ \t]*q[ \t]*=[ \t]*([01](?:\.[0-9]{0,3})?)[ \t]*(?:;|$)/i.exec(part)?.[1];
  return { type: essenceOf(part), q: q === undefined ? 1 : Number(q) };
}

const wholeType = (type: string): string => `${type.split('/', 1)[0]}/*`;

/** How much a type is wanted: by the most precise part of the header that names it (RFC 9110 section 12.5.1). */
function qualityOf(type: string, wanted: readonly Wanted[]): number {
  for (const name of [type, wholeType(type), '*/*']) {
    const found = wanted.find((each) => each.type === name);
    if (found !== undefined) return found.q;
  }
  return 0;
}

/** The one of `offered`, best first, that the `Accept` header wants most; null when it wants none. */
export function chooseMedia(accept: string | undefined, offered: readonly string[]): string | null {
  if (accept === undefined || accept.trim() === '') return offered[0] ?? null;
  const wanted = accept.split(',').map(wantedOf);
  let best: { readonly type: string; readonly q: number } | null = null;
  for (const type of offered) {
    const q = qualityOf(type, wanted);
    if (q > (best?.q ?? 0)) best = { type, q };
  }
  return best?.type ?? null;
}
