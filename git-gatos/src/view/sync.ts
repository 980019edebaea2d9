/** What a sync did, in words. */
import type { ExitName } from 'gatos-core';
import type { Movement, SyncResult } from 'gatosd';
import { exitNameOf } from '../output/report.js';

export function describeSync({ genesis, pinned, taken, pushed, refused }: SyncResult): string[] {
  const moved = (what: string) => (movement: Movement) =>
    `${what} ${movement.chain} ${movement.from === null ? '(new)' : movement.from.slice(0, 10)} → ${movement.to.slice(0, 10)}`;
  return [
    `${pinned ? 'pinned  genesis' : 'genesis'} ${genesis}`,
    ...taken.map(moved('taken  ')),
    ...pushed.map(moved('pushed ')),
    ...refused.map(({ chain, error }) => `refused ${chain}: ${error.message}`),
    ...(taken.length + pushed.length + refused.length === 0 ? ['everything is up to date'] : []),
  ];
}

export function exitOfSync({ refused }: SyncResult): ExitName {
  const [first] = refused;
  return first === undefined ? 'ok' : exitNameOf(first.error.exit);
}
