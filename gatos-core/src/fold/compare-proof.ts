/** What a checkpoint claims against what recomputing gives, field by field. */
import { Cid, encode, formatDigest, formatJson, type Value } from '../codec/index.js';
import { bytesEqual } from '../kernel/index.js';
import type { Departure, Roots } from './errors.js';
import type { Checkpoint } from './schema.js';

/** One field of a checkpoint as text, under the name by which a difference is told. */
type Field = readonly [name: string, value: string];

export interface Difference {
  readonly field: string;
  readonly claimed: string;
  readonly computed: string;
}

const text = (value: unknown): string => (value === null ? 'none' : String(value));

const PLAIN = /^[!#-~]+$/;
/** A list as one text; no two lists have the same, whatever a forged one puts into its items. */
const listed = (items: readonly string[]): string =>
  items.map((item) => (PLAIN.test(item) ? item : formatJson(item))).join(' ');

/** What is known before anything is folded. */
export type Given = Pick<
  Checkpoint,
  'name' | 'ns' | 'fold_version' | 'policy_root' | 'policy_code_root' | 'prev_state'
>;

function givenFields(body: Given): Field[] {
  return [
    ['name', body.name],
    ['ns', body.ns],
    ['fold_version', text(body.fold_version)],
    ['policy_root', text(body.policy_root)],
    ['policy_code_root', body.policy_code_root === null ? 'none' : formatDigest(body.policy_code_root)],
    ['prev_state', text(body.prev_state)],
  ];
}

/** In the order in which a difference is told: what was folded, then what came of it. */
function foldedFields(body: Checkpoint): Field[] {
  const { windows, base, attachments } = body;
  return [
    ...windows.flatMap(({ chain, first_seq, last_seq, head }): Field[] => [
      [`windows[${chain}].first_seq`, text(first_seq)],
      [`windows[${chain}].last_seq`, text(last_seq)],
      [`windows[${chain}].head`, text(head)],
    ]),
    ['windows', listed(windows.map(({ chain }) => chain))],
    ['events', text(body.events)],
    ['history_root', formatDigest(body.history_root)],
    ['state_root', text(body.state_root)],
    ['gas_used', text(body.gas_used)],
    ['base.events', text(base.events)],
    ['base.skip', text(base.skip)],
    ['base.heads', listed(base.heads.map(({ chain, head }) => `${chain}@${head}`))],
    ['base.frontier', listed(base.frontier.map(formatDigest))],
    ['base.state_root', text(base.state_root)],
    ['base.gas_used', text(base.gas_used)],
    ...attachments.map(({ path, size, cid }): Field => [`attachments[${path}]`, `${size} bytes, ${cid}`]),
    ['attachments', listed(attachments.map(({ path }) => path))],
  ];
}

function firstDifference(claimed: readonly Field[], computed: readonly Field[]): Difference | null {
  const have = new Map(computed);
  for (const [field, value] of claimed) {
    const recomputed = have.get(field);
    // Parts of a list that only one side has are told by the list as a whole.
    if (recomputed === undefined || recomputed === value) continue;
    return { field, claimed: value, computed: recomputed };
  }
  return null;
}

export function compareGiven(claimed: Given, want: Given): Difference | null {
  return firstDifference(givenFields(claimed), givenFields(want));
}

/** Null only when both are the same, byte for byte: the texts of fields tell what differs, they do not decide whether. */
export function compareFolded(claimed: Checkpoint, computed: Checkpoint): Difference | null {
  const found = firstDifference(foldedFields(claimed), foldedFields(computed));
  if (found !== null) return found;
  const [have, want] = [claimed, computed].map((body) => encode(body as unknown as Value)) as [Uint8Array, Uint8Array];
  if (bytesEqual(have, want)) return null;
  const cid = (bytes: Uint8Array): string => String(Cid.hash('dag-cbor', bytes));
  return { field: 'checkpoint', claimed: cid(have), computed: cid(want) };
}

export function rootsOf(claimed: Checkpoint, computed: Checkpoint): Roots {
  return {
    state_root: { claimed: String(claimed.state_root), computed: String(computed.state_root) },
    history_root: { claimed: formatDigest(claimed.history_root), computed: formatDigest(computed.history_root) },
  };
}

/**
 * Between which events the claimed fold departs from the recomputed one. Known are the states at the end of the last checkpoint
 * that held and is a prefix (`agreed` events), at the base, and at the end. Undefined when the states do not differ, or when
 * different events were folded.
 */
export function departureOf(claimed: Checkpoint, computed: Checkpoint, agreed: number): Departure | undefined {
  const roots = rootsOf(claimed, computed);
  if (roots.history_root.claimed !== roots.history_root.computed || claimed.events !== computed.events)
    return undefined;
  const sameEnd = claimed.state_root.equals(computed.state_root) && claimed.gas_used === computed.gas_used;
  const { base } = computed;
  // A base that is no further than what is known to agree tells nothing more.
  if (claimed.base.events !== base.events || base.events <= agreed) {
    return sameEnd ? undefined : { agrees_after: agreed, differs_after: claimed.events };
  }
  const sameBase = claimed.base.state_root.equals(base.state_root) && claimed.base.gas_used === base.gas_used;
  if (!sameBase) return { agrees_after: agreed, differs_after: base.events };
  return sameEnd ? undefined : { agrees_after: Math.max(agreed, base.events), differs_after: claimed.events };
}
