/**
 * Quorum expressions: who has to agree. `2 of @leads and 1 of @security`, `all of @owners or user:alice`. This file holds their
 * tree and its one canonical text; `quorum-parse.ts` reads them, `quorum-evaluate.ts` counts.
 */

/** Whose voices are counted together: `@leads` or `user:alice`. */
export type Member = { readonly group: string } | { readonly actor: string };

/** `2 of @leads`, `all of (@leads, user:alice)`; a principal alone is `1 of` it. */
export interface CountTerm {
  readonly kind: 'count';
  readonly need: number | 'all';
  /** At least one, none twice. Together they are one set of principals. */
  readonly of: readonly Member[];
}

export interface JoinTerm {
  readonly kind: 'and' | 'or';
  /** At least two, none of the same kind. */
  readonly parts: readonly Quorum[];
}

export type Quorum = CountTerm | JoinTerm;

export function formatMember(member: Member): string {
  return 'group' in member ? `@${member.group}` : member.actor;
}

/** The term as it stands in the canonical text. */
export function formatCount({ need, of }: CountTerm): string {
  const [first] = of;
  const alone = of.length === 1 && first !== undefined;
  // One principal is one voice, however many of him are asked for.
  if (alone && 'actor' in first && need === 1) return first.actor;
  const set = alone && 'group' in first ? formatMember(first) : `(${of.map(formatMember).join(', ')})`;
  return `${need} of ${set}`;
}

/**
 * The canonical text: single spaces, no brackets but where `and` and `or` meet, `1 of` for `any of`, and a single principal by his
 * name. Parsing it gives a tree with the same text.
 */
export function formatQuorum(quorum: Quorum): string {
  if (quorum.kind === 'count') return formatCount(quorum);
  const parts = quorum.parts.map((part) => (part.kind === 'count' ? formatCount(part) : `(${formatQuorum(part)})`));
  return parts.join(` ${quorum.kind} `);
}
