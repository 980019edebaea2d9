/** The predicates over the document that are called like rules: grant, granted, member. */
import { compareValues, ListVal, RecordVal, type Val } from '../builtins/index.js';
import type { FactName } from '../compile/index.js';
import { Relation } from './relation.js';

export interface Facts {
  readonly relation: Readonly<Record<FactName, Relation>>;
  /** For each row of `grant` and `granted`, the place of the (first) grant in `input.grants`, and its id. */
  readonly grants: Readonly<Record<'grant' | 'granted', readonly { readonly at: number; readonly id: string }[]>>;
}

export const FACT_ARITY: Readonly<Record<FactName, number>> = { grant: 4, granted: 3, member: 2 };

/** A group is written with or without `@`. */
export function groupName(value: Val): Val {
  return typeof value === 'string' && value.startsWith('@') ? value.slice(1) : value;
}

function field(input: Val, name: string): Val {
  return input instanceof RecordVal ? (input.get(name) ?? null) : null;
}

function readGrants(input: Val): Pick<Facts, 'grants'> & { readonly grant: Relation; readonly granted: Relation } {
  const [grant, granted] = [new Relation(FACT_ARITY.grant), new Relation(FACT_ARITY.granted)];
  const places: Record<'grant' | 'granted', { at: number; id: string }[]> = { grant: [], granted: [] };
  const list = field(input, 'grants');
  const items = list instanceof ListVal ? list.items : [];
  // In the order of ids, whatever that of the document.
  const found = items
    .map((item, at) => ({ at, item, id: field(item, 'id') }))
    .sort((a, b) => compareValues(a.id, b.id) || a.at - b.at);
  for (const { at, id, item } of found) {
    const [action, target, approvers] = [field(item, 'action'), field(item, 'target'), field(item, 'approvers')];
    if (typeof id !== 'string' || typeof action !== 'string' || typeof target !== 'string') continue;
    if (!(approvers instanceof ListVal)) continue;
    if (grant.add([id, action, target, approvers], 0)) places.grant.push({ at, id });
    if (granted.add([action, target, approvers], 0)) places.granted.push({ at, id });
  }
  return { grant, granted, grants: places };
}

function readMembers(input: Val): Relation {
  const member = new Relation(FACT_ARITY.member);
  const groups = field(input, 'groups');
  if (!(groups instanceof RecordVal)) return member;
  groups.shape.keys.forEach((group, at) => {
    const members = groups.values[at];
    if (!(members instanceof ListVal)) return;
    for (const actor of members.items) member.add([groupName(group), actor], 0);
  });
  return member;
}

/** `withGrants: false`: the same document, as if nothing had been granted. */
export function readFacts(input: Val, { withGrants }: { readonly withGrants: boolean }): Facts {
  const { grant, granted, grants } = readGrants(withGrants ? input : null);
  return { relation: { grant, granted, member: readMembers(input) }, grants };
}
