/** The order in which chains are exchanged: trust judges all others, states are made of the rest, experiments name jobs and states. */
import { jobOfChain, TRUST_CHAIN } from 'gatos-core';

export const LAST_STAGE = 3;

export function stageOf(chain: string): number {
  if (chain === TRUST_CHAIN) return 0;
  if (isState(chain)) return 2;
  return chain.startsWith('audit/proofs/experiments/') || chain.startsWith('audit/proofs/reproductions/')
    ? LAST_STAGE
    : 1;
}

export function isState(chain: string): boolean {
  return chain.startsWith('state/');
}

export function byStage(a: string, b: string): number {
  return stageOf(a) - stageOf(b) || (a < b ? -1 : 1);
}

/**
 * Chains in portions of no more than `limit`, in their order, but for what belongs together: the chains of a job move in one step, and
 * a gate refuses a result without its proof, or a proof without its claim.
 */
export function portionsOf(chains: Iterable<string>, limit: number): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>();
  for (const chain of chains) {
    const job = jobOfChain(chain);
    const name = job === null ? chain : `job ${job}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [chain]);
    else group.push(chain);
  }
  const portions: string[][] = [];
  let portion: string[] | undefined;
  for (const group of groups.values()) {
    if (portion === undefined || portion.length + group.length > limit) {
      portion = [];
      portions.push(portion);
    }
    portion.push(...group);
  }
  return portions;
}
