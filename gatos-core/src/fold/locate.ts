/** From an envelope's CID to the commit that holds it. Proofs name envelopes by CID; git finds objects by its own ids. */
import { refOfChain } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import { decodeCommit, type GitBackend, type GitObject, type Oid } from '../git/index.js';
import { actorFromRefComponent } from '../identity/index.js';
import { type JournalHead, journalChain } from '../journal/index.js';
import { type GatosError, isGatosError, type LongCall } from '../kernel/index.js';
import { foldError } from './errors.js';

/** An envelope, by the chain it stands in. */
export interface EnvelopeName {
  readonly chain: string;
  readonly head: Cid;
}

/** How far back from the head to look commit by commit, before reading the chain from its start. */
const NEAR = 1024;

const TRAILER = /^Envelope-CID: ([a-z2-7]+)$/m;

/** Is this the chain of an actor in the namespace? */
export function isJournalOf(ns: string, chain: string): boolean {
  try {
    return journalChain(ns, actorFromRefComponent(chain.slice(chain.lastIndexOf('/') + 1))) === chain;
  } catch (error) {
    if (isGatosError(error)) return false;
    throw error;
  }
}

/** Commits of envelopes, found by one pass over each chain for all envelopes that are looked for together. */
export class Whereabouts {
  readonly #found = new Map<string, Map<string, Oid>>();
  /** Why a chain could not be read to its end. */
  readonly #faults = new Map<string, GatosError>();

  constructor(private readonly backend: GitBackend) {}

  /** Looks for envelopes. What is not there, or cannot be read, is told by `heads`. */
  async look(names: Iterable<EnvelopeName>, options: LongCall = {}): Promise<void> {
    const missing = new Map<string, Set<string>>();
    for (const { chain, head } of names) {
      const cid = String(head);
      if (this.#found.get(chain)?.has(cid) === true) continue;
      missing.set(chain, (missing.get(chain) ?? new Set()).add(cid));
    }
    for (const [chain, wanted] of missing) {
      try {
        await this.#lookIn(chain, wanted, options);
      } catch (error) {
        if (!isGatosError(error)) throw error;
        this.#faults.set(chain, error);
      }
    }
  }

  /** The commits of envelopes that were looked for. Throws `fold/window-missing`, or why a chain could not be read. */
  heads(names: readonly EnvelopeName[]): JournalHead[] {
    return names.map(({ chain, head }) => {
      const oid = this.#found.get(chain)?.get(String(head));
      if (oid === undefined)
        throw this.#faults.get(chain) ?? foldError('window-missing', { chain, head: String(head) });
      return { chain, oid };
    });
  }

  async #lookIn(chain: string, wanted: Set<string>, { signal }: LongCall): Promise<void> {
    const head = await this.backend.refs.read(refOfChain(chain));
    if (head === null) return;
    const found = this.#found.get(chain) ?? new Map<string, Oid>();
    this.#found.set(chain, found);
    const note = (commit: GitObject): Oid | undefined => {
      const { cid, parent } = this.#claim(commit);
      if (wanted.delete(cid)) found.set(cid, commit.oid);
      return parent;
    };
    let oid: Oid | undefined = head;
    for (let i = 0; i < NEAR && oid !== undefined && wanted.size > 0; i++) {
      oid = note(await this.backend.objects.read(oid));
    }
    if (oid === undefined || wanted.size === 0) return;
    for await (const commit of this.backend.objects.history({ head: oid }, { signal })) {
      note(commit);
      if (wanted.size === 0) return;
    }
  }

  /** What a commit message claims. Whoever goes on to read the envelope sees whether it is true. */
  #claim({ content }: GitObject): { cid: string; parent: Oid | undefined } {
    const { message, parents } = decodeCommit(content, this.backend.objects.format);
    return { cid: TRAILER.exec(message)?.[1] ?? '', parent: parents[0] };
  }
}

/** The commits of these envelopes. Throws `fold/window-missing`. */
export async function locate(
  backend: GitBackend,
  names: readonly EnvelopeName[],
  options?: LongCall,
): Promise<JournalHead[]> {
  const places = new Whereabouts(backend);
  await places.look(names, options);
  return places.heads(names);
}
