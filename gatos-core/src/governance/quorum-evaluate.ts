/** Is a quorum met, and if not, by whom can it be? Voices are principals; how many keys one of them has does not matter. */
import { compareText } from '../kernel/index.js';
import { type CountTerm, formatCount, formatQuorum, type Quorum } from './quorum.js';

/** Actors by group name, as `TrustState.groups`. */
export type Groups = ReadonlyMap<string, readonly string[]>;

export interface CountAnswer {
  readonly kind: 'count';
  /** Canonical text of the term. */
  readonly term: string;
  readonly met: boolean;
  /** Who of those that count here approved, sorted. */
  readonly have: readonly string[];
  /** How many it takes. */
  readonly need: number;
  /** Who counts here and has not approved, sorted. Empty when the term is met, and when it cannot be. */
  readonly may: readonly string[];
  /** Why it can never be met as things are; null when it can. */
  readonly never: string | null;
}

export interface JoinAnswer {
  readonly kind: 'and' | 'or';
  readonly term: string;
  readonly met: boolean;
  readonly parts: readonly QuorumAnswer[];
}

/** An expression with the count at each of its terms. */
export type QuorumAnswer = CountAnswer | JoinAnswer;

export interface QuorumVerdict {
  readonly met: boolean;
  /** Of every term how many it has, needs, and who may still approve. */
  readonly missing: QuorumAnswer;
}

/** Counts the voices of `approvers`. A principal in two groups counts in each term; a group nobody knows is never enough. */
export function evaluateQuorum(
  quorum: Quorum,
  { groups, approvers }: { groups: Groups; approvers: ReadonlySet<string> },
): QuorumVerdict {
  const missing = answer(quorum, { groups, approvers });
  return { met: missing.met, missing };
}

interface Voices {
  readonly groups: Groups;
  readonly approvers: ReadonlySet<string>;
}

// As deep as the parser lets expressions be.
function answer(quorum: Quorum, voices: Voices): QuorumAnswer {
  if (quorum.kind === 'count') return count(quorum, voices);
  const parts = quorum.parts.map((part) => answer(part, voices));
  const met = quorum.kind === 'and' ? parts.every((part) => part.met) : parts.some((part) => part.met);
  return { kind: quorum.kind, term: formatQuorum(quorum), met, parts };
}

function count(term: CountTerm, { groups, approvers }: Voices): CountAnswer {
  const set = new Set<string>();
  let never: string | null = null;
  for (const member of term.of) {
    const actors = 'actor' in member ? [member.actor] : (groups.get(member.group) ?? []);
    if (actors.length === 0 && 'group' in member) never ??= `nobody is in group \`@${member.group}\``;
    for (const actor of actors) set.add(actor);
  }
  const have = [...set].filter((actor) => approvers.has(actor)).sort(compareText);
  const need = term.need === 'all' ? Math.max(set.size, 1) : term.need;
  if (need > set.size) never ??= `it takes ${need}, and only ${set.size} can`;
  const met = never === null && have.length >= need;
  const may = met || never !== null ? [] : [...set].filter((actor) => !approvers.has(actor)).sort(compareText);
  return { kind: 'count', term: formatCount(term), met, have, need, may, never };
}

/** Whose approval would still count, sorted. */
export function mayStillApprove(node: QuorumAnswer): readonly string[] {
  const actors = new Set<string>();
  const visit = (each: QuorumAnswer): void => {
    if (each.met || (each.kind === 'and' && isHopeless(each))) return;
    if (each.kind === 'count') for (const actor of each.may) actors.add(actor);
    else each.parts.forEach(visit);
  };
  visit(node);
  return [...actors].sort(compareText);
}

/** Can no approval that is still to come make it met? */
function isHopeless(node: QuorumAnswer): boolean {
  if (node.met) return false;
  if (node.kind === 'count') return node.never !== null;
  return node.kind === 'and' ? node.parts.some(isHopeless) : node.parts.every(isHopeless);
}

/** Everyone who approved and counts somewhere, sorted. */
export function voicesIn(node: QuorumAnswer): readonly string[] {
  const actors = new Set<string>();
  const visit = (each: QuorumAnswer): void => {
    if (each.kind === 'count') for (const actor of each.have) actors.add(actor);
    else each.parts.forEach(visit);
  };
  visit(node);
  return [...actors].sort(compareText);
}

/** Does this principal count in some term? */
export function hasVoice(quorum: Quorum, { groups, actor }: { groups: Groups; actor: string }): boolean {
  const { missing } = evaluateQuorum(quorum, { groups, approvers: new Set([actor]) });
  return voicesIn(missing).length > 0;
}

/** What is missing in one line: `2 of @leads has 1 (user:alice)`. */
export function formatMissing(node: QuorumAnswer): string {
  if (node.met) return 'nothing';
  if (node.kind !== 'count') {
    const lacking = node.parts.filter(({ met }) => !met).map(formatMissing);
    return lacking.join(node.kind === 'and' ? '; ' : ', or ');
  }
  const { term, have, never } = node;
  if (never !== null) return `\`${term}\` cannot be met: ${never}`;
  return `\`${term}\` has ${have.length === 0 ? 'none' : `${have.length} (${have.join(', ')})`}`;
}
