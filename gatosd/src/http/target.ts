/** The target of a request: a path and a query, nothing else (RFC 9112 section 3.2.1). */

export interface Target {
  readonly path: string;
  readonly query: string;
}

/** An absolute URL, `*` and an authority come out as a path that no route has. */
export function splitTarget(url: string | undefined): Target {
  const text = url ?? '';
  const at = text.indexOf('?');
  return at < 0 ? { path: text, query: '' } : { path: text.slice(0, at), query: text.slice(at + 1) };
}
