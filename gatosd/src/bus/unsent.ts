/** What remotes hold of a topic, as of the last exchange with them. */
import type { GitBackend, SegmentRef } from 'gatos-core';

const REMOTES = 'refs/gatos-remote/';
const FOUNDED = '/trust';

/** Asks which remotes, of those that were ever exchanged with, do not hold a segment as it is here. */
export async function unsentTo({ refs }: GitBackend): Promise<(segment: SegmentRef) => Promise<readonly string[]>> {
  const known = await refs.list(REMOTES);
  const remotes = known.flatMap(({ name }) =>
    name.endsWith(FOUNDED) ? [name.slice(REMOTES.length, -FOUNDED.length)] : [],
  );
  const heads = new Map(known.map(({ name, oid }) => [name, oid]));
  return async ({ chain, oid }) => remotes.filter((remote) => heads.get(`${REMOTES}${remote}/${chain}`) !== oid);
}
