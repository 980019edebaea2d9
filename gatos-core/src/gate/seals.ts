/**
 * Seals (design 2.4, ADR-0006): under `seal_windows` a checkpoint fixes which envelopes come before its end. Nothing is admitted at
 * or below that place any more, and no checkpoint is that would leave out what was admitted before.
 */
import { chainOfRef, REF_PREFIX, readBackwards, refOfChain } from '../chain/index.js';
import { readCheckpoint, type StoredCheckpoint } from '../fold/index.js';
import type { GitBackend } from '../git/index.js';
import type { GatosError } from '../kernel/index.js';
import type { ChainJudges } from './chains.js';
import { gateError } from './errors.js';
import type { Arrival } from './facts.js';
import type { ChainUpdate } from './read-push.js';
import type { Seal } from './state.js';

/** The largest clock among what a checkpoint folded. Windows end near the heads of their chains. */
async function sealedBy(backend: GitBackend, { body, entry }: StoredCheckpoint): Promise<number> {
  let largest = 0;
  for (const window of body.windows) {
    // What is not there any more came before the checkpoint, wherever that was.
    largest = Math.max(largest, (await clockAt(backend, window)) ?? entry.envelope.clock - 1);
  }
  return largest;
}

type Window = StoredCheckpoint['body']['windows'][number];

/** The clock of the last envelope of a window; null when it is not in the chain. */
async function clockAt(backend: GitBackend, { chain, head, last_seq }: Window): Promise<number | null> {
  const tip = await backend.refs.read(refOfChain(chain));
  if (tip === null) return null;
  for await (const { envelope } of readBackwards(backend, tip)) {
    if (envelope.cid.equals(head)) return envelope.clock;
    if (envelope.seq <= last_seq) return null;
  }
  return null;
}

async function acceptedSeals({ ports, state }: Pick<ChainJudges, 'ports' | 'state'>): Promise<readonly Seal[]> {
  const { backend } = ports;
  const seals: Seal[] = [];
  for (const { name, oid } of await backend.refs.list(`${REF_PREFIX}state/`)) {
    const seal = await state.seals.get(oid, async () => {
      const checkpoint = await readCheckpoint(backend, oid);
      const clock = await sealedBy(backend, checkpoint);
      return { state: chainOfRef(name) ?? name, ns: checkpoint.body.ns, clock };
    });
    seals.push(seal);
  }
  return seals;
}

/** The first envelope of each journal that comes too late. */
export async function refuseSealed(
  judges: Pick<ChainJudges, 'ports' | 'state'>,
  arrivals: readonly Arrival[],
): Promise<ReadonlyMap<ChainUpdate, GatosError>> {
  const faults = new Map<ChainUpdate, GatosError>();
  const journals = arrivals.filter(({ update }) => update.rule.plane === 'journal');
  if (journals.length === 0) return faults;
  const seals = await acceptedSeals(judges);
  for (const { update, envelope } of journals) {
    const { chain, clock, cid } = envelope;
    const ns = chain.split('/')[1];
    const seal = seals.find((each) => each.ns === ns && clock <= each.clock);
    if (seal === undefined || faults.has(update)) continue;
    faults.set(update, gateError('sealed', { cid, chain, clock, sealed: seal.clock, state: seal.state }));
  }
  return faults;
}
