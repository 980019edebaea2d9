/** What a sync did, in words. */
import type { ExitName, GatosError } from 'gatos-core';
import type { SyncResult } from 'gatosd';
import { exitNameOf } from '../output/report.js';

export function describeSync(result: SyncResult): string[] {
  const { genesis, pinned, taken, pushed, reEmitted, rolledBack, pruned, refused } = result;
  const lines = [
    ...taken.map(moved('taken  ')),
    ...reEmitted.map(
      (each) =>
        `${moved('signed ')(each)}: ${each.records} ${/^(?:journal|mbus)/.test(each.chain) ? 'events' : 'records'} again, ${each.dropped} were there already`,
    ),
    ...rolledBack.map((each) => `${moved('dropped')(each)}: ours gave way to what is there`),
    ...pushed.map(moved('pushed ')),
    ...pruned.map(
      ({ chain, where }) => `pruned  ${chain} ${where === 'here' ? 'here' : 'at the remote'}: a summary covers it`,
    ),
    ...refused.flatMap(({ chain, error }, i) => [
      `refused ${chain}: ${error.message}`,
      // What a remote says of a push is about all its chains.
      ...(error.hint === refused[i + 1]?.error.hint ? [] : hintOf(error)),
    ]),
  ];
  if (lines.length === 0) lines.push('everything is up to date');
  return [`${pinned ? 'pinned  genesis' : 'genesis'} ${genesis}`, ...lines];
}

/** The same for programs: a refusal by its code. */
export function syncValue<T extends SyncResult>(result: T) {
  const refused = result.refused.map(({ chain, error: { code, message, hint } }) => ({ chain, code, message, hint }));
  return { ...result, refused };
}

function moved(what: string) {
  return ({ chain, from, to }: { readonly chain: string; readonly from: string | null; readonly to: string | null }) =>
    `${what} ${chain} ${from === null ? '(new)' : from.slice(0, 10)} → ${to === null ? '(none)' : to.slice(0, 10)}`;
}

function hintOf({ hint }: GatosError): string[] {
  return hint === undefined ? [] : hint.split('\n').map((line) => `        ${line}`);
}

/** The status of the gravest refusal: altered history before what could not be done, and that before what is only unknown here. */
export function exitOfSync({ refused }: SyncResult): ExitName {
  const errors = refused.map(({ error }) => error);
  const gravest =
    errors.find(({ kind }) => kind === 'integrity') ?? errors.find(({ kind }) => kind !== 'unsupported') ?? errors[0];
  return gravest === undefined ? 'ok' : exitNameOf(gravest.exit);
}
