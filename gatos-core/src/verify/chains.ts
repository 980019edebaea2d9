/** The chains of a repository, and which of them are to be looked at. */
import { chainError, chainOfRef, isAmong, REF_PREFIX, type Rule, ruleFor } from '../chain/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { type Check, failed, type GatosError } from '../kernel/index.js';
import { TRUST_CHAIN } from '../trust/index.js';
import { RULES } from './rules.js';

export interface FoundChain {
  readonly chain: string;
  readonly rule: Rule;
  readonly head: Oid;
}

export interface FoundChains {
  /** Every chain but trust, by name, in the order of names. */
  readonly all: ReadonlyMap<string, FoundChain>;
  /** Those that were asked for. */
  readonly wanted: readonly FoundChain[];
  /** Refs without a place, damaged refs, names that were asked for and are not there. */
  readonly checks: readonly Check[];
}

/** Lists the chains. A ref without a place, or a damaged one, is told, and the others are listed all the same. */
export async function findChains(backend: GitBackend, only: readonly string[] | undefined): Promise<FoundChains> {
  const all = new Map<string, FoundChain>();
  const checks: Check[] = [];
  const seen: string[] = [];
  const onDamaged = (error: GatosError): void => {
    const ref = String(error.data.ref);
    const chain = chainOfRef(ref) ?? ref;
    seen.push(chain);
    if (isAmong(chain, only) && chain !== TRUST_CHAIN) checks.push(failed('ref', chain, error));
  };
  for (const { name, oid } of await backend.refs.list(REF_PREFIX, { onDamaged })) {
    const chain = chainOfRef(name) ?? name;
    seen.push(chain);
    const rule = ruleFor(RULES, chain);
    if (rule === null && isAmong(chain, only))
      checks.push(failed('place', chain, chainError('foreign-ref', { ref: name })));
    if (rule !== null && rule.movement !== 'local' && chain !== TRUST_CHAIN) all.set(chain, { chain, rule, head: oid });
  }
  for (const name of only ?? []) {
    if (seen.some((chain) => isAmong(chain, [name]))) continue;
    checks.push(failed('ref', name, chainError('no-such-chain', { chain: name })));
  }
  return { all, wanted: [...all.values()].filter(({ chain }) => isAmong(chain, only)), checks };
}
