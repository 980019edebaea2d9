/** The order in which chains are exchanged: trust judges all others, states are made of the rest. */
import { TRUST_CHAIN } from 'gatos-core';

export const LAST_STAGE = 2;

export function stageOf(chain: string): number {
  if (chain === TRUST_CHAIN) return 0;
  return chain.startsWith('state/') ? LAST_STAGE : 1;
}

export function byStage(a: string, b: string): number {
  return stageOf(a) - stageOf(b) || (a < b ? -1 : 1);
}
