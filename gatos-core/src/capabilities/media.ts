/** Media types that may be written: `text/csv`, or `text/*`, or any: `*`+`/*`. Compared as they stand, parameters included. */

function fits(pattern: string, media: string): boolean {
  if (pattern === media || pattern === '*/*') return true;
  return pattern.endsWith('/*') && media.startsWith(pattern.slice(0, -1));
}

/** Is this media type, or are all that this pattern stands for, among those that are allowed? An empty list allows none. */
export function allowsMedia(allowed: readonly string[], media: string): boolean {
  return allowed.some((pattern) => fits(pattern, media));
}
