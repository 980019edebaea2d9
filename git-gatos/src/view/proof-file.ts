/** Proofs that somebody handed over in a file: what it is, its content says. */
import {
  BLOB_PROOF_TYPE,
  type Check,
  compareReceipt,
  decode,
  formatKey,
  type HeldExperiment,
  isGatosError,
  LIMITS,
  parseReceipt,
  type Receipt,
  report,
  type Value,
  verifyBlobProof,
  verifyMessageProof,
  verifyProofFile,
  verifyReceipt,
} from 'gatos-core';
import { nativeEngine } from 'gatos-core/node';
import type { Context } from '../context.js';
import type { Answer } from '../output/outcome.js';
import { reportOutcome } from '../output/report.js';
import { viewError } from './errors.js';

/**
 * Checks a proof of a state or an event, the receipt of a reproduction, or, in a repository, the proof of a message. Throws
 * `view/not-a-proof`, and what opening the repository throws where one is needed.
 */
export async function verifyFile(context: Context, path: string): Promise<Answer> {
  const bytes = await context.readSource({ from: 'file', path }, { maxBytes: LIMITS.blockBytes * 2 });
  try {
    if (isJson(bytes)) return await ofReceipt(context, textOf(bytes));
    const type = typeOf(bytes);
    if (type === BLOB_PROOF_TYPE) return await ofChunk(context, bytes);
    return type === 'bus-message' ? await ofMessage(context, bytes) : await ofState(context, bytes);
  } catch (cause) {
    if (isGatosError(cause) && NO_PROOF.test(cause.code)) throw viewError('not-a-proof', { path, why: cause.message });
    throw cause;
  }
}

const NO_PROOF = /^(?:codec\/|fold\/|bus\/bad-proof$|blobs\/bad-proof$|experiments\/receipt$|chain\/malformed)/;

/** DAG-CBOR of a map starts with a byte that is no ASCII. */
function isJson(bytes: Uint8Array): boolean {
  return (bytes[0] ?? 0) < 0x80;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function typeOf(bytes: Uint8Array): unknown {
  const value: Value = decode(bytes, { maxBytes: LIMITS.blockBytes * 2 });
  return typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
}

async function ofChunk({ colour }: Context, bytes: Uint8Array): Promise<Answer> {
  const { report: checked, proved } = await verifyBlobProof(bytes);
  const next =
    proved === null ? [] : [`the chunk is the one with SHA-256 ${proved.hash}: hold the id against the one you know`];
  return reportOutcome(checked, { style: colour, value: { proved: { ...proved, ref: undefined } }, next });
}

async function ofState({ colour }: Context, bytes: Uint8Array): Promise<Answer> {
  const { report: checked, fact } = await verifyProofFile(nativeEngine(), bytes);
  return reportOutcome(checked, {
    style: colour,
    value: { fact },
    next: [`${fact.actor} signed with ${fact.signers.join(', ')}: whether to trust that key is yours to know`],
  });
}

async function ofMessage(context: Context, bytes: Uint8Array): Promise<Answer> {
  const { repository } = await context.openRepository();
  const { report: checked, fact } = await verifyMessageProof(repository.backend, bytes);
  const next = [
    `who signed the ${fact.against ?? 'segment'} is for verification to say: git gatos bus verify ${fact.topic}`,
  ];
  return reportOutcome(checked, { style: context.colour, value: { fact }, next });
}

type Held = HeldExperiment | 'no-repository';

const HELD: Readonly<Record<Held, string>> = {
  same: 'this repository holds it',
  other: 'this repository holds another one of that id',
  absent: 'this repository does not hold it',
  'no-repository': 'there is no repository here that could hold it',
};

async function ofReceipt(context: Context, text: string): Promise<Answer> {
  const receipt = parseReceipt(text);
  const own = await verifyReceipt(text, { engine: nativeEngine() });
  const { checks, held } = await besideRepository(context, receipt);
  const keys = receipt.signatures.map(({ key }) => formatKey(key));
  const { experiment, pox, verdict } = receipt.reproduction;
  const outcome = reportOutcome(report('receipt', [...own.checks, ...checks]), {
    style: context.colour,
    value: { receipt: { experiment, pox: String(pox), verdict, keys, held } },
    next: keys.map((key) => `signed with ${key}: whether to trust that key is yours to know`),
  });
  const what = [`reproduction receipt of experiment ${experiment}: ${verdict}`, HELD[held]];
  return { ...outcome, text: [...what, ...[outcome.text].flat()] };
}

interface Beside {
  readonly held: Held;
  readonly checks: readonly Check[];
}

/** A receipt needs no repository; where there is one, it says more. */
async function besideRepository(context: Context, receipt: Receipt): Promise<Beside> {
  try {
    const { backend } = (await context.openRepository()).repository;
    return await compareReceipt(backend, receipt);
  } catch (error) {
    if (isGatosError(error, 'git/not-a-repository')) return { held: 'no-repository', checks: [] };
    throw error;
  }
}
