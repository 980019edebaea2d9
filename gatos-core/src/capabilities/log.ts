/** Where capabilities are looked up: the log of a repository. */
import { type IndexView, indexedBody, lookupIndexed, refOfChain } from '../chain/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import type { Amounts, Meter } from './kinds.js';
import { ISSUED_CHAIN, REVOKED_CHAIN, usedChain } from './names.js';
import { ISSUED_KIND, REVOKED_KIND, type Revocation, USED_KIND, usedKey } from './schema.js';

/** What a check needs to know of capabilities. Ids are in hexadecimal. */
export interface CapabilitySource {
  /** The same text as long as what was issued and revoked stands as it does. */
  heads(): Promise<string>;
  /** The bytes of a capability, or null. */
  issued(id: string): Promise<Uint8Array | null>;
  revocation(id: string): Promise<Revocation | null>;
  /** What was used of a capability, and of all that rests on it. `root`: the one on which it rests itself. */
  used(root: string, id: string): Promise<Amounts>;
  /** Was this use of a capability counted? */
  isCounted(root: string, use: { readonly id: string; readonly idem: string }): Promise<boolean>;
}

export function amountsOf(body: Readonly<Partial<Record<Meter, number | undefined>>>): Amounts {
  const out: Partial<Record<Meter, bigint>> = {};
  for (const [meter, amount] of Object.entries(body)) if (amount !== undefined) out[meter as Meter] = BigInt(amount);
  return out;
}

/** The sum that stands for a capability, and the record that says so. */
export async function sumIn(view: IndexView, id: string) {
  const found = await view.find(usedKey(id, null));
  if (found === null) return { cid: null, amounts: {} as Amounts };
  return { cid: found.cid, amounts: amountsOf(indexedBody(found, USED_KIND).amounts) };
}

/** Sums of one chain of uses, as far as they were asked for; forgotten when it moves. */
class Sums {
  readonly #known = new Map<string, Amounts>();

  constructor(
    readonly head: Oid | null,
    private readonly view: IndexView,
  ) {}

  async of(id: string): Promise<Amounts> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const { amounts } = await sumIn(this.view, id);
    this.#known.set(id, amounts);
    return amounts;
  }
}

/** The log of a repository. What it says is as good as its chains, which verification checks. */
export function capabilityLog(backend: GitBackend): CapabilitySource {
  const sums = new Map<string, Sums>();
  const read = (chain: string) => backend.refs.read(refOfChain(chain));
  const find = (chain: string) => ({ find: (key: string) => lookupIndexed(backend, chain, key) });
  return {
    heads: async () => {
      const [issued, revoked] = await Promise.all([read(ISSUED_CHAIN), read(REVOKED_CHAIN)]);
      return `${issued} ${revoked}`;
    },
    issued: async (id) => {
      const found = await lookupIndexed(backend, ISSUED_CHAIN, id);
      return found === null ? null : indexedBody(found, ISSUED_KIND).cap;
    },
    revocation: async (id) => {
      const found = await lookupIndexed(backend, REVOKED_CHAIN, id);
      return found === null ? null : indexedBody(found, REVOKED_KIND);
    },
    used: async (root, id) => {
      const chain = usedChain(root);
      const head = await read(chain);
      let known = sums.get(chain);
      if (known?.head !== head || known === undefined) {
        known = new Sums(head, find(chain));
        sums.set(chain, known);
      }
      return known.of(id);
    },
    isCounted: async (root, { id, idem }) => (await find(usedChain(root)).find(usedKey(id, idem))) !== null,
  };
}
