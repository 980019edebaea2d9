/** The newest checkpoint of each state: can its proof be recomputed, and is it the state of the present history? */
import { REF_PREFIX, readEntry } from '../chain/index.js';
import {
  type FoldPorts,
  openFoldByRoot,
  readCheckpoint,
  type SandboxEngine,
  type StoredCheckpoint,
  stillHolds,
} from '../fold/index.js';
import type { ProfileTerms } from '../gate/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { type JournalHead, journalHeads } from '../journal/index.js';
import { GatosError, isGatosError, type LongCall } from '../kernel/index.js';
import type { Finding } from './finding.js';
import { finding } from './symptoms.js';

interface StatePorts {
  readonly backend: GitBackend;
  readonly sandbox?: FoldPorts['sandbox'] | undefined;
}

interface StateRequest extends LongCall {
  /** Null: the profile is not known. */
  readonly terms: ProfileTerms | null;
  /** Refs on which something is wrong already. */
  readonly broken: ReadonlySet<string>;
}

/** Refs that cannot be read are told by whoever verifies them. */
export async function examineStates(ports: StatePorts, request: StateRequest): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  let engine: SandboxEngine | null | undefined;
  for (const { name: ref, oid } of await ports.backend.refs.list(`${REF_PREFIX}state/`, {
    onDamaged: () => undefined,
  })) {
    if (request.broken.has(ref)) continue;
    engine ??= await engineOf(ports);
    const one = await examineState(ports.backend, { ref, oid, terms: request.terms, engine });
    if (one !== null) found.push(one);
    request.signal?.throwIfAborted();
  }
  return found;
}

/** Null where none can be had: then nobody can tell whether a proof is of this one. */
async function engineOf({ sandbox }: StatePorts): Promise<SandboxEngine | null> {
  try {
    return (await sandbox?.()) ?? null;
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}

interface Head {
  readonly ref: string;
  readonly oid: Oid;
  readonly terms: ProfileTerms | null;
  readonly engine: SandboxEngine | null;
}

async function examineState(backend: GitBackend, { ref, oid, terms, engine }: Head): Promise<Finding | null> {
  try {
    const checkpoint = await readCheckpoint(backend, oid);
    const { body } = checkpoint;
    const subject = ref;
    if (engine !== null && engine.id !== body.engine)
      return finding('other-engine', { subject, data: { ref, name: body.name, made: body.engine, have: engine.id } });
    await openFoldByRoot(backend, body.name, body.fold_root);
    const heads = await journalHeads(backend, body.ns);
    if (await stillHolds(backend, checkpoint, heads)) return await staleness(backend, { ref, checkpoint, heads });
    const data = { ref, name: body.name };
    const isSealed = terms?.sealWindows === true;
    return isSealed ? finding('broken-seal', { subject, data }) : finding('shifted-checkpoint', { subject, data });
  } catch (error) {
    if (!(error instanceof GatosError)) throw error;
    const isProof = error.code === 'fold/definition-missing' || error.code === 'fold/window-missing';
    return isProof ? finding('unproved-checkpoint', { subject: ref, data: { ref, why: error.message } }) : null;
  }
}

interface Folded {
  readonly ref: string;
  readonly checkpoint: StoredCheckpoint;
  readonly heads: readonly JournalHead[];
}

async function staleness(backend: GitBackend, { ref, checkpoint, heads }: Folded): Promise<Finding | null> {
  const { windows, name } = checkpoint.body;
  const folded = new Map(windows.map(({ chain, last_seq }) => [chain, last_seq + 1]));
  let events = 0;
  for (const { chain, oid } of heads) {
    const { envelope } = await readEntry(backend, oid);
    events += Math.max(0, envelope.seq + envelope.count - (folded.get(chain) ?? 0));
  }
  return events === 0 ? null : finding('stale-checkpoint', { subject: ref, data: { ref, name, events } });
}
