/** The checks of one envelope at its place in a chain. Each throws the fault it finds. */
import { GatosError } from '../kernel/index.js';
import type { Envelope } from './envelope.js';
import { chainError } from './errors.js';
import type { AnyRecordKind } from './kind.js';
import type { ChainHead } from './read.js';
import { recordBody } from './record.js';
import type { Rule } from './rule.js';
import type { TreePlace } from './tree-files.js';

/** Was this envelope made for this chain of this repository, by someone whose chain it is? */
export function checkPlace(
  envelope: Envelope,
  { at, repo, rule }: { at: TreePlace; repo: Envelope['repo']; rule: Rule },
): void {
  if (envelope.chain !== at.chain) throw chainError('other-chain', { ...at, found: envelope.chain });
  if (!isOfRepository(envelope, repo)) {
    throw chainError('other-repository', {
      ...at,
      found: String(envelope.repo ?? envelope.cid),
      want: String(repo ?? 'none'),
    });
  }
  const refusal = rule.admit?.(envelope, at.chain) ?? null;
  if (refusal !== null) throw refusal;
}

/** A genesis names no repository: its own CID is the name. */
function isOfRepository(envelope: Envelope, repo: Envelope['repo']): boolean {
  if (repo === null) return envelope.repo === null;
  if (envelope.repo !== null) return repo.equals(envelope.repo);
  return envelope.prev === null && envelope.seq === 0 && repo.equals(envelope.cid);
}

/** May the chain move from its predecessor to this envelope? */
export function checkMovement(
  { at, rule: { movement } }: { at: TreePlace; rule: Rule },
  previous: ChainHead | null,
): void {
  if (movement === 'create-once' && previous !== null) throw chainError('written-again', at);
}

/** Does it follow its predecessor: `seq`, `prev` and clock? */
export function checkSequence(
  envelope: Envelope,
  { at, previous }: { at: TreePlace; previous: ChainHead | null },
): void {
  const want = previous?.next ?? 0;
  if (envelope.seq !== want) throw chainError('broken-sequence', { ...at, want, got: envelope.seq });
  const linked = previous === null ? envelope.prev === null : envelope.prev?.equals(previous.cid) === true;
  if (!linked) {
    throw chainError('broken-link', {
      ...at,
      want: previous === null ? null : String(previous.cid),
      got: envelope.prev === null ? null : String(envelope.prev),
    });
  }
  if (previous !== null && envelope.clock <= previous.clock) {
    throw chainError('clock-not-rising', { ...at, clock: envelope.clock, previous: previous.clock });
  }
}

/** Is its kind at home here, and does every record have that kind's shape? Returns the kind. */
export function checkRecords(envelope: Envelope, { at, rule }: { at: TreePlace; rule: Rule }): AnyRecordKind {
  const kind = rule.kinds.find((candidate) => candidate.kind === envelope.kind);
  if (kind === undefined) {
    throw chainError('unknown-kind', {
      ...at,
      kind: envelope.kind,
      want: rule.kinds.map((candidate) => candidate.kind),
    });
  }
  for (let i = 0; i < envelope.count; i++) {
    if (kind.accepts?.(envelope, i) !== true) checkRecord(envelope, i, { at, kind });
  }
  return kind;
}

function checkRecord(envelope: Envelope, index: number, { at, kind }: { at: TreePlace; kind: AnyRecordKind }): void {
  try {
    recordBody(envelope, index, kind);
  } catch (error) {
    // What a later version may know is not malformed.
    if (!(error instanceof GatosError) || error.kind === 'unsupported') throw error;
    throw chainError('bad-record', { ...at, seq: envelope.seq + index, why: error.message }, { cause: error });
  }
}
