/** What an id means: where it stands in the repository, whatever sort of id it is. */
import {
  type AnyRecordKind,
  type ChainEntry,
  type Check,
  Cid,
  type Repository as Core,
  chainOfRef,
  decode,
  formatHex,
  GatosError,
  isGatosError,
  isOid,
  type Oid,
  parseHex,
  parseUlid,
  REF_PREFIX,
  RULES,
  readChain,
  readEntry,
  recordBytes,
  recordCid,
  ruleFor,
  utf8,
} from 'gatos-core';
import { decodeStruct, findStruct, structId } from 'gatos-core/mythos';
import { chainNamed } from '../view/chain-named.js';
import { MEANINGS } from './meanings/index.js';
import { leavesOf } from './values.js';

/** How an id was found, the best first. */
const WAYS = ['ref', 'commit', 'itself', 'key', 'record', 'envelope', 'object', 'name', 'mention'] as const;
export type Way = (typeof WAYS)[number];

export interface Hit {
  readonly way: Way;
  readonly entry: ChainEntry;
  /** The record in its envelope; absent: the envelope as a whole. */
  readonly index?: number | undefined;
}

interface Search {
  readonly signal: AbortSignal;
}

/** Everything that has or names this id, the best first; of one way the newest first. */
export async function findAll({ backend }: Core, id: string, { signal }: Search): Promise<readonly Hit[]> {
  const refs = (await backend.refs.list(REF_PREFIX)).filter(({ name }) => !name.startsWith(`${REF_PREFIX}cache/`));
  const named = refs.find(({ name }) => name === id || chainOfRef(name) === id);
  if (named !== undefined) return [{ way: 'ref', entry: await readEntry(backend, named.oid) }];
  const commit = await commitOf(backend, id);
  if (commit !== null) return [{ way: 'commit', entry: commit }];
  const hits: Hit[] = [];
  const chains = refs.flatMap(({ name }) => chainOfRef(name) ?? []);
  const carrying = namedChain(chains, id);
  const wanted = wantedOf(id);
  for (const { name, oid } of refs) {
    if (chainOfRef(name) === carrying) hits.push({ way: 'name', entry: await readEntry(backend, oid) });
    if (wanted === null) continue;
    for await (const batch of readChain(backend, { head: oid }, { signal }))
      for (const entry of batch) collect(entry, wanted, hits);
  }
  return hits.reverse().sort((a, b) => WAYS.indexOf(a.way) - WAYS.indexOf(b.way));
}

function namedChain(chains: readonly string[], id: string): string | null {
  try {
    return chainNamed(chains, id);
  } catch (error) {
    // Several carry the end of it: what follows says which there are.
    if (isGatosError(error, 'view/ambiguous')) return null;
    throw error;
  }
}

async function commitOf(backend: Core['backend'], id: string): Promise<ChainEntry | null> {
  if (!isOid(id, backend.objects.format)) return null;
  try {
    return await readEntry(backend, id as Oid);
  } catch (error) {
    // In a repository of SHA-256 an id of MYTHOS looks the same.
    if (error instanceof GatosError) return null;
    throw error;
  }
}

/** An id as it can be stored: as text, and as bytes. */
interface Wanted {
  readonly text: string;
  readonly hex: string | null;
  readonly cid: string | null;
  readonly ulid: boolean;
  /** Any of these in the bytes of a record mentions it. */
  readonly needles: readonly Uint8Array[];
}

const SHORTEST = 8;

function wantedOf(given: string): Wanted | null {
  // As ids and keys are written elsewhere.
  const id = given.replace(/^(?:sha256:|0x)(?=[0-9a-f]{8})/i, '');
  const lower = id.toLowerCase();
  const none = { text: id, hex: null, cid: null, ulid: false };
  if (/^[0-9a-f]{64}$/.test(lower)) return { ...none, hex: lower, needles: [parseHex(lower), utf8(lower)] };
  if (isUlid(id)) return { ...none, ulid: true, needles: [utf8(id)] };
  if (/^baf[a-z2-7]{56}$/.test(id)) {
    const cid = attempt(() => Cid.parse(id));
    return cid === null ? null : { ...none, cid: id, needles: [cid.bytes, utf8(id)] };
  }
  if (/^[0-9a-f]+$/.test(lower) && lower.length >= SHORTEST) return { ...none, hex: lower, cid: id, needles: [] };
  if (/^[a-z2-7]+$/.test(id) && id.length >= SHORTEST) return { ...none, cid: id, needles: [] };
  // The name of a tool.
  return /^[A-Za-z0-9][\w.-]*$/.test(id) ? { ...none, needles: [] } : null;
}

function attempt<T>(body: () => T): T | null {
  try {
    return body();
  } catch (error) {
    if (error instanceof GatosError) return null;
    throw error;
  }
}

function isUlid(id: string): boolean {
  return attempt(() => parseUlid(id)) !== null;
}

function collect(entry: ChainEntry, wanted: Wanted, hits: Hit[]): void {
  const { envelope } = entry;
  if (sameCid(String(envelope.cid), wanted)) hits.push({ way: 'envelope', entry });
  const kind = ruleFor(RULES, envelope.chain)?.kinds.find((each) => each.kind === envelope.kind);
  for (let index = 0; index < envelope.count; index++) {
    const bytes = recordBytes(envelope, index);
    const way = wayOf({ bytes, kind, name: envelope.kind }, wanted);
    if (way !== null) hits.push({ way, entry, index });
  }
}

interface Looked {
  readonly bytes: Uint8Array;
  readonly kind: AnyRecordKind | undefined;
  readonly name: string;
}

function wayOf({ bytes, kind, name }: Looked, wanted: Wanted): Way | null {
  const { hex, needles } = wanted;
  const body = kind?.indexKey === undefined ? null : attempt(() => kind.schema.read(decode(bytes)));
  const key = body === null ? null : (kind?.indexKey?.(body) ?? null);
  if (hex === null && key === wanted.text) return 'key';
  if (hex !== null && definesId(name, bytes, hex)) return 'itself';
  if (key !== null && hex !== null && key.startsWith(hex))
    // What is counted or taken back stands under the id of a capability too: the capability itself comes first.
    return key.length === ID_DIGITS && holdsObject(name, bytes, key) ? 'itself' : 'key';
  if (sameCid(String(recordCid(name, bytes)), wanted)) return 'record';
  if (hex !== null && holdsObject(name, bytes, hex)) return 'object';
  return needles.some((needle) =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(Buffer.from(needle)),
  )
    ? 'mention'
    : null;
}

const ID_DIGITS = 64;

/** Kinds that say what an id means, with the field that has it, as bytes or in hexadecimal: what else speaks of the id comes after them. */
const DEFINING: ReadonlyMap<string, string> = new Map([
  ['tool.declared', 'tool_id'],
  ['blob.manifest', 'cid'],
]);

function definesId(kind: string, bytes: Uint8Array, hex: string): boolean {
  const field = DEFINING.get(kind);
  if (field === undefined) return false;
  const value = decode(bytes);
  const id =
    value !== null && typeof value === 'object' && field in value ? (value as Record<string, unknown>)[field] : null;
  return (id instanceof Uint8Array ? formatHex(id) : String(id)).startsWith(hex);
}

function sameCid(text: string, { cid }: Wanted): boolean {
  return cid !== null && (text === cid || (cid.length < text.length && text.endsWith(cid)));
}

/** Is it the id of a MYTHOS object in the record, or the start of one? Not all of them state theirs. */
function holdsObject(kind: string, bytes: Uint8Array, hex: string): boolean {
  const objects = MEANINGS.get(kind)?.objects;
  if (objects === undefined || objects.size === 0) return false;
  for (const { path, value } of leavesOf(decode(bytes), () => true)) {
    const struct = findStruct(objects.get(path.replaceAll(/\[\d+\]/g, '[]')) ?? '');
    if (struct === undefined || !(value instanceof Uint8Array)) continue;
    if (attempt(() => formatHex(structId(struct, decodeStruct(struct, value))))?.startsWith(hex)) return true;
  }
  return false;
}

/** What verification says of a chain, without recomputing states. */
export async function checksOfChain(repository: Core, chain: string, { signal }: Search): Promise<readonly Check[]> {
  const { report } = await repository.verify({ only: [chain], proofs: false, signal });
  return report.checks.filter(({ subject }) => subject === chain);
}
