/** What simulations of several planes ask of every run. */
import { type ChainHead, chainOfRef, type Rule, ruleFor, verifyChain } from '../src/chain/index.js';
import type { Cid } from '../src/codec/index.js';
import type { SignatureEngine } from '../src/identity/index.js';
import type { Invariant, SeedsResult } from './simulation.js';

export interface ChainsGrowRequest {
  /** Of the planes in the simulation: a chain under no rule is a violation. */
  readonly rules: readonly Rule[];
  readonly engine: SignatureEngine;
  readonly repo: Cid;
}

/** After every move of a ref: each chain is still there, extends what it was, and is valid up to its head. */
export function chainsGrow({ rules, engine, repo }: ChainsGrowRequest): Invariant {
  const verified = new Map<string, ChainHead>();
  return {
    name: 'chains only grow, and verify',
    when: 'always',
    async check({ backend }) {
      const refs = await backend.refs.list('refs/gatos/');
      const found = new Set(refs.map(({ name }) => chainOfRef(name)));
      for (const chain of verified.keys()) if (!found.has(chain)) return `${chain} is gone`;
      for (const { name, oid } of refs) {
        const chain = chainOfRef(name) ?? name;
        const from = verified.get(chain);
        if (from?.oid === oid) continue;
        const rule = ruleFor(rules, chain);
        if (rule === null) return `${chain} has no rule`;
        const context = { backend, engine, repo, authorize: () => null };
        const { fault, head } = await verifyChain(context, { chain, rule, head: oid, from });
        if (fault !== null) return `${fault.code}: ${fault.message}`;
        if (head !== null) verified.set(chain, head);
      }
      return null;
    },
  };
}

/** The first failure with the end of its trace; empty when there is none. */
export function storyOf({ failures: [failure] }: SeedsResult): string {
  if (failure === undefined) return '';
  return `seed ${failure.seed}: ${JSON.stringify(failure.violations)}\n${failure.trace.slice(-60).join('\n')}`;
}
