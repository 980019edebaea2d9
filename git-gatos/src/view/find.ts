/** Finding what an id means: one pass over the chains, newest first where that is cheap. */
import {
  type ChainEntry,
  type Repository as Core,
  chainOfRef,
  EVENT_KIND,
  isGatosError,
  parseUlid,
  REF_PREFIX,
  readChain,
  readEntry,
  recordBytes,
  recordHasher,
} from 'gatos-core';
import { chainNamed } from './chain-named.js';
import { viewError } from './errors.js';
import { type PlacedEvent, placeEvent } from './event.js';

export interface Found {
  readonly entry: ChainEntry;
  /** The event in the envelope that the id names; null when it names the envelope or the chain. */
  readonly event: PlacedEvent | null;
}

interface Search {
  readonly signal: AbortSignal;
}

const SHORTEST = 8;

/** Throws `view/nothing-found`, `view/ambiguous`, `view/too-short`. */
export async function find({ backend }: Core, id: string, { signal }: Search): Promise<Found> {
  const refs = await backend.refs.list(REF_PREFIX);
  const named = refs.find(({ name }) => name === id || chainOfRef(name) === id);
  if (named !== undefined) return { entry: await readEntry(backend, named.oid), event: null };
  const carrying = chainNamed(
    refs.flatMap(({ name }) => chainOfRef(name) ?? []),
    id,
  );
  const carried = refs.find(({ name }) => carrying !== null && chainOfRef(name) === carrying);
  if (carried !== undefined) return { entry: await readEntry(backend, carried.oid), event: null };
  const matcher = matcherOf(id);
  const found: Found[] = [];
  for (const { name, oid } of refs) {
    if (name.startsWith(`${REF_PREFIX}cache/`)) continue;
    for await (const batch of readChain(backend, { head: oid }, { signal }))
      for (const entry of batch) collect(entry, matcher, found);
  }
  const [first, second] = found;
  if (first === undefined) throw viewError('nothing-found', { id });
  if (second !== undefined) throw viewError('ambiguous', { id, count: found.length });
  return first;
}

interface Matcher {
  cid(text: string): boolean;
  ulid(text: string): boolean;
}

function matcherOf(id: string): Matcher {
  if (isUlid(id)) return { cid: () => false, ulid: (text) => text === id };
  if (!/^[a-z2-7]+$/.test(id)) throw viewError('nothing-found', { id });
  if (id.length < SHORTEST) throw viewError('too-short', { id, shortest: SHORTEST });
  return { cid: (text) => text === id || (id.length < text.length && text.endsWith(id)), ulid: () => false };
}

function isUlid(id: string): boolean {
  try {
    parseUlid(id);
    return true;
  } catch (error) {
    if (isGatosError(error)) return false;
    throw error;
  }
}

const hash = recordHasher(EVENT_KIND.kind);

function collect(entry: ChainEntry, { cid, ulid }: Matcher, found: Found[]): void {
  const { envelope } = entry;
  if (cid(String(envelope.cid))) found.push({ entry, event: null });
  if (envelope.kind !== EVENT_KIND.kind) return;
  for (let i = 0; i < envelope.count; i++) {
    const hit = cid(String(hash(recordBytes(envelope, i)))) || ulid(placeEvent(envelope, i).event.ulid);
    if (hit) found.push({ entry, event: placeEvent(envelope, i) });
  }
}
