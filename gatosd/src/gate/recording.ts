/** What a gate writes: the uses of grants before a push is accepted, and refusals after the verdict. Always outside of the quarantine. */
import { createHash } from 'node:crypto';
import {
  type Author,
  GatosError,
  type GitBackend,
  type Judgement,
  openTrust,
  type Push,
  recordDenial,
  recordUse,
  type TrustHistory,
} from 'gatos-core';
import { systemClock, systemRandom } from 'gatos-core/node';
import { FLOOD_BOUNDS, type FloodBounds, recorded, unrecorded, weigh } from './flood.js';
import { FloodFile } from './flood-file.js';
import { gateAuthor, gateFolder, requireTrusted } from './gate-key.js';
import type { GateRepository } from './gate-repository.js';
import { refusedBy } from './judging.js';

export interface Judged {
  readonly push: Push;
  readonly judgement: Judgement;
}

/** Where a gate writes, and what it may write. */
export interface Recording {
  readonly repository: GateRepository;
  /** The repository without the quarantine, in the namespace of the push. */
  readonly backend: GitBackend;
  readonly bounds?: FloodBounds | undefined;
}

/**
 * The judgement once every grant that it rests on is recorded as used: a use that cannot be recorded, because another push was first or
 * the gate may not write, refuses. The same move is one use, so whoever repeats a push that broke off loses nothing.
 */
export async function recordUses(recording: Recording, { push, judgement }: Judged): Promise<Judgement> {
  if (judgement.verdict === 'deny' || judgement.uses.length === 0) return judgement;
  try {
    const author = await trustedAuthor(recording);
    const { backend, repository } = recording;
    const ports = { backend, engine: repository.engine, clock: systemClock, random: systemRandom };
    for (const { grant, ref, old, new: next, decision } of judgement.uses) {
      const use = { grant, ref, old, new: next, decision, time: push.received };
      await recordUse(ports, { ...author, policyRoot: judgement.policyRoot, ...use });
    }
    return judgement;
  } catch (error) {
    return { ...refusedBy(error, 'gate/governance'), policyRoot: judgement.policyRoot };
  }
}

const LOST_RACE = '  note: another push was first; a lost race is not recorded';

export interface Audited {
  /** Id of the record; null: there is none. */
  readonly audit: string | null;
  /** Lines on why there is none, or why it is one of before. */
  readonly notes: readonly string[];
}

/** Records a refusal, within its bounds. Never throws: the refusal stands, and the notes say why it was not recorded. */
export async function recordRefusal(recording: Recording, judged: Judged): Promise<Audited> {
  // Whoever was first is right and whoever was second tries again: many workers on one queue would fill the audit with it.
  if (judged.judgement.refusals.every(({ rule }) => rule === 'gate/moved')) return { audit: null, notes: [LOST_RACE] };
  try {
    return await audit(recording, judged);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'an unknown fault';
    const hint = error instanceof GatosError ? error.hint : undefined;
    return { audit: null, notes: [`  why:  ${why}`, ...(hint === undefined ? [] : [`  next: ${hint}`])] };
  }
}

async function audit(recording: Recording, judged: Judged): Promise<Audited> {
  const { repository, backend, bounds = FLOOD_BOUNDS } = recording;
  // A gate that may not record spends nothing of what it may.
  const author = await trustedAuthor(recording);
  const flood = new FloodFile(gateFolder(repository.own));
  const digest = digestOf(judged);
  const now = Math.floor(systemClock.now() / 1000);
  const refusal = { now, digest, bytes: bytesOf(judged) };
  const verdict = await flood.update((state) => {
    const weighed = weigh(state, refusal, bounds);
    return { state: weighed.state, answer: weighed.verdict };
  });
  if (verdict.what === 'same') return { audit: verdict.id, notes: [SAME] };
  if (verdict.what !== 'record') return { audit: null, notes: [boundNote(verdict.what, bounds)] };
  const { suppressed } = verdict;
  try {
    const ports = { backend, clock: systemClock, random: systemRandom };
    const { id } = await recordDenial(ports, author, { ...judged, suppressed });
    await flood.update((state) => ({ state: recorded(state, { digest, id }), answer: null }));
    return { audit: id, notes: [] };
  } catch (error) {
    await flood.update((state) => ({ state: unrecorded(state, { digest, suppressed }), answer: null }));
    throw error;
  }
}

const SAME = '  note: that is the record of the same refusal a moment ago; this one is counted in the next';

function boundNote(what: 'too-many' | 'too-much', { perMinute, bytesPerDay }: FloodBounds): string {
  const bound = what === 'too-many' ? `${perMinute} in a minute` : `${bytesPerDay} bytes in a day`;
  return `  why:  no more than ${bound} are recorded; the next record says how many were left out`;
}

interface TrustedAuthor extends Author {
  readonly trust: TrustHistory;
}

/** Who records, by the trust that was accepted. Throws `door/no-key`, `door/key-not-trusted`, `trust/*`. */
async function trustedAuthor({ repository, backend }: Recording): Promise<TrustedAuthor> {
  const author = await gateAuthor(repository.own);
  const trust = await openTrust({ backend, engine: repository.engine, pin: repository.pin });
  requireTrusted(author, trust);
  return { ...author, trust };
}

/** Two refusals are the same when the same person was refused the same refs by the same rules. */
function digestOf({ push, judgement }: Judged): string {
  const refs = push.updates.map(({ name }) => name).sort();
  const rules = [...new Set(judgement.refusals.map(({ ref, rule }) => `${rule} ${ref}`))].sort();
  return createHash('sha256')
    .update(JSON.stringify([refs, push.pusher, rules]))
    .digest('hex');
}

/** What a record without attachments takes at most, in round numbers: envelope, tree, commit and ref. */
const RECORD_BYTES = 64 * 1024;

function bytesOf({ judgement }: Judged): number {
  return RECORD_BYTES + (judgement.input?.length ?? 0) + (judgement.decision?.length ?? 0);
}
