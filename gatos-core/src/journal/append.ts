/** Recording events: signed in batches, refused when a key was used for another event, a no-op when it was used for the same one. */
import { type Appended, append, type Draft, largestClock, type WriterPorts } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { Signer } from '../identity/index.js';
import { LIMITS } from '../kernel/index.js';
import type { TrustHistory } from '../trust/index.js';
import { type Batchable, EmitBatch, type PreparedEvent, type Recorded } from './emit-batch.js';
import type { KeyIndex } from './key-index.js';
import { JOURNAL_RULE } from './rules.js';
import { EVENT_KIND, JOURNAL_PREFIX, journalChain } from './schema.js';
import type { UlidSource } from './ulid.js';

export interface JournalPorts extends WriterPorts {
  readonly keys: KeyIndex;
  readonly ulids: UlidSource;
}

export interface EmitRequest extends Batchable {
  readonly ns: string;
  readonly actor: string;
  readonly signer: Signer;
  readonly trust: TrustHistory;
  readonly policy: Cid | null;
  /** Records in one envelope; default 1000. */
  readonly perEnvelope?: number | undefined;
}

export interface EmitResult {
  /** In the order of the events, without those that were refused. CIDs are computed when asked for. */
  readonly events: readonly Recorded[];
  readonly appended: readonly Appended[];
}

/**
 * Records events in `journal/<ns>/<actor>`; all of them, or none. Throws `journal/bad-event`, `journal/payload-too-large`,
 * `journal/duplicate-key`, `journal/repeated-key`, `journal/namespace`, `chain/contended`, and the faults of git and keys.
 */
export async function emit(ports: JournalPorts, request: EmitRequest): Promise<EmitResult> {
  const { ns, actor, signer, trust, policy } = request;
  const chain = journalChain(ns, actor);
  const batch = new EmitBatch(request, ports.ulids);
  const appended = await append(ports, {
    chain,
    rule: JOURNAL_RULE,
    repo: trust.repo,
    actor,
    policy,
    signers: [signer],
    authorize: trust.authorize,
    floor: async () => {
      const others = await largestClock(ports.backend, `${JOURNAL_PREFIX}${ns}/`, { except: chain });
      return Math.max(trust.head.clock, others);
    },
    prepare: async () => {
      await batch.settle(ports, ns);
      return draftsOf(batch.fresh(), { perEnvelope: perEnvelopeOf(request), room: roomFor(signer) });
    },
  });
  return { events: batch.results(), appended };
}

function perEnvelopeOf({ perEnvelope = 1000 }: EmitRequest): number {
  return Math.max(1, Math.min(perEnvelope, LIMITS.envelopeRecords));
}

/** More than a header and the encoding around it take. */
const HEADER_BYTES = 4096;

/** Bytes of records that one envelope may hold: some signers, such as ssh-agent, take short messages only. */
function roomFor({ maxMessageBytes = LIMITS.envelopeBytes }: Signer): number {
  return Math.min(LIMITS.envelopeBytes, maxMessageBytes) - HEADER_BYTES;
}

function draftsOf(
  items: readonly PreparedEvent[],
  { perEnvelope, room }: { perEnvelope: number; room: number },
): Draft[] {
  const drafts: Draft[] = [];
  let start = 0;
  let bytes = 0;
  const flush = (end: number): void => {
    const part = items.slice(start, end);
    const [first] = part;
    if (first === undefined) return;
    drafts.push({
      kind: EVENT_KIND.kind,
      bodies: part.map(({ body }) => body),
      description: EVENT_KIND.describe(first.event, part.length),
    });
    start = end;
    bytes = 0;
  };
  items.forEach(({ body }, i) => {
    if (i - start >= perEnvelope || bytes + body.length > room) flush(i);
    bytes += body.length;
  });
  flush(items.length);
  return drafts;
}
