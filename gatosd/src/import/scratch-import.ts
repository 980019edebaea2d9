/** For tests: a repository in memory to import into, and what it then holds. Nothing of it is exported from this package. */
import {
  EVENT_KIND,
  type Event,
  foundTrust,
  journalHeads,
  memoryBackend,
  nobleEngine,
  nobleSigner,
  openRepository,
  type Repository,
  readOrdered,
  recordBody,
} from 'gatos-core';
import { type ImportRequest, type ImportResult, importRows, type RejectedRow } from './importer.js';

const START = 1_700_000_000_000_000;
const actor = 'user:alice';
const signer = nobleSigner({ seed: new Uint8Array(32).fill(7), source: 'test' });

export interface ImportWorld {
  readonly repository: Repository;
  /** Events of the namespace `default`, in order. */
  events(): Promise<readonly Event[]>;
}

export async function importWorld(): Promise<ImportWorld> {
  let now = START;
  let seed = 0;
  const clock = { now: () => now++, sleep: async () => undefined };
  const random = { bytes: (length: number) => Uint8Array.from({ length }, () => (seed++ * 37) & 0xff) };
  const backend = memoryBackend();
  const engine = nobleEngine();
  await foundTrust({ backend, engine, clock, random }, { profile: 'default', actor, signer });
  const sandbox = () => Promise.reject(new RangeError('nothing is folded here'));
  const author = async () => ({ actor, signer });
  const repository = openRepository({ backend, engine, clock, random, author, sandbox });
  return { repository, events: () => eventsOf(repository) };
}

async function eventsOf({ backend }: Repository): Promise<readonly Event[]> {
  const events: Event[] = [];
  for await (const batch of readOrdered(backend, { heads: await journalHeads(backend, 'default') })) {
    for (const { envelope } of batch) {
      for (let i = 0; i < envelope.count; i++) events.push(recordBody(envelope, i, EVENT_KIND));
    }
  }
  return events;
}

/** Bytes in chunks of `size`. */
export async function* chunksOf(content: string | Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

type FileRequest = Extract<ImportRequest, { readonly chunks: unknown }>;

export interface Imported extends ImportResult {
  readonly rejects: readonly RejectedRow[];
}

/** Imports a file's content as events of type `row`, by default a CSV file that goes on after bad rows. */
export async function importContent(
  repository: Pick<Repository, 'emit'>,
  content: string | Uint8Array,
  options: Partial<FileRequest> & { readonly chunkSize?: number } = {},
): Promise<Imported> {
  const rejects: RejectedRow[] = [];
  const result = await importRows(repository, {
    chunks: chunksOf(content, options.chunkSize),
    source: 'file',
    format: 'csv',
    ns: 'default',
    type: { constant: 'row' },
    keyColumns: [],
    cells: 'auto',
    onError: 'skip',
    reject: async (row) => {
      rejects.push(row);
    },
    ...options,
  });
  return { ...result, rejects };
}
