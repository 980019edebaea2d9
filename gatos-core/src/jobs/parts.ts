/** The four chains of a job as they stood at one moment, each read once. */
import { type ChainEntry, readEntry, recordBody, refOfChain } from '../chain/index.js';
import type { Cid, Schema } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { GatosError } from '../kernel/index.js';
import { claimChain, executionChain, manifestChain, resultChain } from './names.js';
import type { StoredExecution, StoredManifest, StoredResult } from './read.js';
import { EXECUTION_KIND, MANIFEST_KIND, RESULT_KIND } from './schema.js';

const CHAINS = { manifest: manifestChain, claim: claimChain, execution: executionChain, result: resultChain } as const;
export type Part = keyof typeof CHAINS;

/** Where each part ends; null: it is not there. A fault is that of its ref. */
export type Heads = Readonly<Record<Part, Oid | null | GatosError>>;

export async function headsOf({ refs }: GitBackend, job: Cid): Promise<Heads> {
  const head = async (part: Part) => {
    try {
      return await refs.read(refOfChain(CHAINS[part](job)));
    } catch (error) {
      if (error instanceof GatosError) return error;
      throw error;
    }
  };
  const [manifest, claim, execution, result] = await Promise.all([
    head('manifest'),
    head('claim'),
    head('execution'),
    head('result'),
  ]);
  return { manifest, claim, execution, result };
}

/** Do both say the same, as far as can be told? */
export function sameHeads(one: Heads, two: Heads): boolean {
  const id = (head: Heads[Part]) => (head instanceof GatosError ? head.code : head);
  return (Object.keys(CHAINS) as Part[]).every((part) => id(one[part]) === id(two[part]));
}

/** Reads the parts, each when it is asked for first. Errors as `readEntry`, `codec/schema`. */
export class JobParts {
  readonly #read = new Map<Part, Promise<unknown>>();

  constructor(
    private readonly backend: GitBackend,
    readonly job: Cid,
    private readonly heads: Heads,
  ) {}

  /** Throws the fault of the ref. */
  head(part: Part): Oid | null {
    const head = this.heads[part];
    if (head instanceof GatosError) throw head;
    return head;
  }

  manifest(): Promise<StoredManifest | null> {
    return this.#stored('manifest', MANIFEST_KIND);
  }

  execution(): Promise<StoredExecution | null> {
    return this.#stored('execution', EXECUTION_KIND);
  }

  result(): Promise<StoredResult | null> {
    return this.#stored('result', RESULT_KIND);
  }

  #stored<T>(part: Part, kind: { readonly schema: Schema<T> }): Promise<{ entry: ChainEntry; body: T } | null> {
    const known = this.#read.get(part) as Promise<{ entry: ChainEntry; body: T } | null> | undefined;
    if (known !== undefined) return known;
    const read = (async () => {
      const head = this.head(part);
      if (head === null) return null;
      const entry = await readEntry(this.backend, head);
      return { entry, body: recordBody(entry.envelope, 0, kind) };
    })();
    this.#read.set(part, read);
    return read;
  }
}
