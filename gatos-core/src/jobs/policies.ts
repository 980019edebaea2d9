/** The policies that were adopted here: what proofs may name. */
import type { Cid } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { bytesEqual } from '../kernel/index.js';
import { type Adoption, adoptions } from '../policy/index.js';

/** Looks adoptions up by `policy_root`, newest first, and each adoption once. */
export class KnownPolicies {
  readonly #known = new Map<string, Uint8Array>();
  #rest: AsyncGenerator<Adoption, void, undefined> | undefined;

  constructor(private readonly backend: GitBackend) {}

  /** `policy_code_root` of the policy with this root, or null when it was never adopted. Throws as `adoptions`. */
  async codeRoot(root: Cid): Promise<Uint8Array | null> {
    const wanted = String(root);
    const known = this.#known.get(wanted);
    if (known !== undefined) return known;
    this.#rest ??= adoptions(this.backend);
    for (;;) {
      const step = await this.#next(this.#rest);
      if (step.done === true) return null;
      const code = step.value.body.policy_code_root;
      this.#known.set(String(step.value.root), code);
      if (step.value.root.equals(root)) return code;
    }
  }

  async #next(rest: AsyncGenerator<Adoption, void, undefined>): Promise<IteratorResult<Adoption, void>> {
    try {
      return await rest.next();
    } catch (error) {
      // A generator that threw would say that there are no more: what could not be read is asked for again.
      this.#rest = undefined;
      throw error;
    }
  }

  /** Throws what `bad` makes unless a record names a policy that was adopted, and its code, or none. */
  async check(
    { policy_root: root, policy_code_root: code }: { policy_root: Cid | null; policy_code_root: Uint8Array | null },
    bad: (why: string) => Error,
  ): Promise<void> {
    if ((root === null) !== (code === null)) throw bad('it names half a policy');
    if (root === null || code === null) return;
    const adopted = await this.codeRoot(root);
    if (adopted === null) throw bad(`its policy \`${root}\` was never adopted here`);
    if (!bytesEqual(adopted, code)) throw bad('its policy_code_root is not that of its policy_root');
  }
}
