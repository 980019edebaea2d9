/** Trust in words: keys, groups, changes. */
import {
  formatFingerprint,
  formatKey,
  formatTime,
  type KeyState,
  keysOf,
  type PendingChange,
  principalsOf,
  type TrustChange,
  type TrustHistory,
} from 'gatos-core';
import type { Style } from '../output/style.js';

export function trustValue({ repo, state, head }: TrustHistory) {
  return {
    genesis: String(repo),
    head: String(head.cid),
    profile: state.profile,
    threshold: state.threshold,
    roots: state.roots,
    groups: Object.fromEntries(state.groups),
    principals: principalsOf(state).map((actor) => ({ actor, keys: keysOf(state, actor).map(keyValue) })),
  };
}

function keyValue({ key, added, not_before, not_after, revoked }: KeyState) {
  return {
    key: formatKey(key),
    fingerprint: formatFingerprint(key),
    added,
    not_before: not_before === 0 ? undefined : formatTime(not_before),
    not_after: not_after === Number.MAX_SAFE_INTEGER ? undefined : formatTime(not_after),
    revoked: revoked ?? undefined,
  };
}

export function describeTrust({ repo, state }: TrustHistory, style: Style): string[] {
  const lines = [
    `genesis   ${repo}`,
    `profile   ${state.profile}`,
    `threshold ${state.threshold} of ${state.roots.join(', ')}`,
  ];
  for (const actor of principalsOf(state)) {
    lines.push(`${style.bold(actor)}${state.roots.includes(actor) ? ' (root)' : ''}`);
    for (const key of keysOf(state, actor)) lines.push(`  ${formatKey(key.key)}${validity(key)}`);
  }
  for (const [name, members] of state.groups) lines.push(`@${name}: ${members.join(', ')}`);
  return lines;
}

function validity({ revoked, not_before, not_after }: KeyState): string {
  if (revoked !== null) return ` revoked from place ${revoked.from} (${revoked.reason})`;
  const from = not_before === 0 ? '' : ` from ${formatTime(not_before)}`;
  return not_after === Number.MAX_SAFE_INTEGER ? from : `${from} until ${formatTime(not_after)}`;
}

export function describeChange(change: TrustChange): string {
  switch (change.op) {
    case 'add-key':
      return `add key ${formatKey(change.key)} for ${change.actor}`;
    case 'revoke-key':
      return `revoke key ${formatKey(change.key)} (${change.reason})${change.since === undefined ? '' : ` from place ${change.since}`}`;
    case 'rotate-key':
      return `rotate key ${formatKey(change.old)} to ${formatKey(change.key)}`;
    case 'set-group':
      return change.members.length === 0
        ? `dissolve @${change.name}`
        : `@${change.name} is ${change.members.join(', ')}`;
    case 'set-roots':
      return `roots are ${change.threshold} of ${change.roots.join(', ')}`;
  }
}

export function pendingValue({ cid, changes, missing }: PendingChange) {
  return { cid: String(cid), changes: changes.map(describeChange), missing: missing?.message ?? null };
}
