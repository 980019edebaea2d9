/** Receipts of reproductions that were signed by a key that nobody knew then: kept in files, and recorded once it is trusted. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  bytesEqual,
  type Finding,
  formatKey,
  isGatosError,
  LIMITS,
  parseReceipt,
  type Receipt,
  readExperiment,
  readReproduction,
  recordReproduction,
  type StoredExperiment,
  type TrustHistory,
  verifyReceipt,
} from 'gatos-core';
import { loadPublicKey } from 'gatos-core/node';
import { handOf, OWN_KEY, type OwnKeyRequest } from '../own-key.js';
import type { Workspace } from '../workspace.js';
import { doctorError } from './errors.js';
import type { Patient } from './patient.js';
import { finding } from './symptoms.js';

/** Files that are looked at. */
const MOST_FILES = 1000;
const SHOWN = 10;

/** A receipt in a file that is true of an experiment here, and not recorded. */
interface Kept {
  readonly path: string;
  readonly receipt: Receipt;
  readonly experiment: StoredExperiment;
}

export async function examineReceipts({ workspace, at, trust }: Patient): Promise<readonly Finding[]> {
  const paths = filesIn(join(workspace.backend.commonDir, 'gatos', 'receipts'));
  if (trust === null || paths.length === 0) return [];
  const hand = await ownHand(workspace, at.env, trust);
  if (hand === null) return [];
  const found: Finding[] = [];
  for (const path of paths) {
    const kept = await readKept(workspace, path);
    if (kept === null || !isBy(kept.receipt, hand.key)) continue;
    const data = { path, actor: hand.actor, experiment: kept.receipt.reproduction.experiment };
    found.push(finding('receipt-unrecorded', { subject: path, data }));
    if (found.length === SHOWN) break;
  }
  return found;
}

/** The key with which this person would sign, where the repository knows it; null: it does not. */
async function ownHand(
  { settings }: Workspace,
  env: Patient['at']['env'],
  { state }: TrustHistory,
): Promise<{ readonly key: Uint8Array; readonly actor: string } | null> {
  const isSet = settings.actor !== undefined && settings.key !== undefined;
  try {
    const key = await loadPublicKey({ source: isSet ? (settings.key as string) : OWN_KEY, env });
    const known = state.keys.get(formatKey(key));
    return known === undefined || known.revoked !== null ? null : { key, actor: known.actor };
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}

function isBy({ signatures }: Receipt, wanted: Uint8Array): boolean {
  return signatures.some(({ key }) => bytesEqual(key, wanted));
}

function filesIn(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
    return names
      .sort()
      .slice(0, MOST_FILES)
      .map((name) => join(folder, name));
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return [];
    throw error;
  }
}

/** Null for what is no valid receipt of an experiment here, or is recorded already: nothing can be done about it. */
async function readKept({ backend, engine }: Workspace, path: string): Promise<Kept | null> {
  try {
    const stats = statSync(path);
    if (!stats.isFile() || stats.size > LIMITS.receiptFileBytes) return null;
    const text = readFileSync(path, 'utf8');
    const receipt = parseReceipt(text);
    const { ulid, experiment: id } = receipt.reproduction;
    if (await isRecorded(backend, ulid)) return null;
    const experiment = await readExperiment(backend, id);
    const { outcome } = await verifyReceipt(text, { engine, pox: experiment.entry.envelope.cid });
    return outcome === 'pass' ? { path, receipt, experiment } : null;
  } catch (error) {
    if (isGatosError(error) || (error instanceof Error && 'syscall' in error)) return null;
    throw error;
  }
}

async function isRecorded(backend: Workspace['backend'], ulid: string): Promise<boolean> {
  try {
    await readReproduction(backend, ulid);
    return true;
  } catch (error) {
    if (isGatosError(error, 'experiments/no-such-receipt')) return false;
    throw error;
  }
}

/**
 * Records a receipt that is kept in a file, by the key that signed it; the file stays. Gives its id. Throws `doctor/gone` when that cannot
 * be done any more, `identity/*`, and as `append`.
 */
export async function recordKeptReceipt(
  workspace: Workspace,
  { path, ...request }: OwnKeyRequest & { readonly path: string },
): Promise<string> {
  const kept = await readKept(workspace, path);
  const { signer, actor } = await handOf(workspace, request);
  if (kept === null || actor === null || !isBy(kept.receipt, signer.key)) throw doctorError('gone', { what: path });
  const { repository } = workspace;
  const { reproduction } = kept.receipt;
  const [trust, policyRoot] = [await repository.trust(), await repository.policyRoot()];
  const seen = kept.experiment.entry.envelope.clock;
  await recordReproduction(repository.ports, { actor, signer, trust, policyRoot, reproduction, seen });
  return reproduction.ulid;
}
