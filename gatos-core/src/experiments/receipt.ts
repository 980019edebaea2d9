/**
 * A reproduction receipt in a file of its own: DSSE JSON that whoever reproduced an experiment signs with a key of their own, known
 * to the repository or not, and hands back by whatever way.
 */

import type { Cid } from '../codec/index.js';
import { decode, encode, formatKey, parseKey, type Value } from '../codec/index.js';
import { type DsseEnvelope, formatDsse, pae, parseDsse, type SignatureEngine, type Signer } from '../identity/index.js';
import { bytesEqual, type Check, isGatosError, LIMITS, type Report, report, runCheck } from '../kernel/index.js';
import { experimentError } from './errors.js';
import { REPRODUCTION_SCHEMA, type Reproduction } from './schema.js';

export const RECEIPT_TYPE = 'application/vnd.gatos.reproduction+dag-cbor;v=1';

export interface ReceiptSignature {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 64 bytes. */
  readonly sig: Uint8Array;
}

export interface Receipt {
  readonly reproduction: Reproduction;
  /** The DAG-CBOR that is signed. */
  readonly payload: Uint8Array;
  readonly signatures: readonly ReceiptSignature[];
}

/** Signs a receipt and gives the text of its file, one line with a line feed. Throws `codec/schema`, `identity/*`. */
export async function signReceipt(reproduction: Reproduction, signer: Signer): Promise<string> {
  const payload = encode(REPRODUCTION_SCHEMA.read(reproduction, 'reproduction') as unknown as Value);
  const sig = await signer.sign(pae(RECEIPT_TYPE, payload));
  const signatures = [{ keyid: formatKey(signer.key), sig }];
  return `${formatDsse({ payloadType: RECEIPT_TYPE, payload, signatures })}\n`;
}

/** Reads the file; nothing in it is believed yet. Throws `experiments/receipt`. */
export function parseReceipt(text: string): Receipt {
  if (text.length > LIMITS.receiptFileBytes)
    throw experimentError('receipt', { why: `it is larger than ${LIMITS.receiptFileBytes} bytes` });
  try {
    const { payloadType, payload, signatures }: DsseEnvelope = parseDsse(text);
    if (payloadType !== RECEIPT_TYPE) throw experimentError('receipt', { why: 'its payload is of another type' });
    return {
      reproduction: REPRODUCTION_SCHEMA.read(decode(payload), 'reproduction'),
      payload,
      signatures: signatures.map(({ keyid, sig }) => ({ key: parseKey(keyid), sig })),
    };
  } catch (error) {
    if (!isGatosError(error) || error.code === 'experiments/receipt') throw error;
    throw experimentError('receipt', { why: error.message }, { cause: error });
  }
}

export interface ReceiptExpectations {
  readonly engine: SignatureEngine;
  /** Envelope of the Proof-of-Experiment that the receipt has to be about. */
  readonly pox?: Cid | undefined;
  /** A key that has to be among those that signed. */
  readonly key?: Uint8Array | undefined;
}

function checkKey({ signatures }: Receipt, wanted: Uint8Array): string {
  if (signatures.some(({ key }) => bytesEqual(key, wanted))) return `signed by \`${formatKey(wanted)}\``;
  const keys = signatures.map(({ key }) => `\`${formatKey(key)}\``).join(', ');
  throw experimentError('receipt-key', { keys, wanted: formatKey(wanted) });
}

function checkSignatures({ payload, signatures }: Receipt, engine: SignatureEngine): string {
  if (signatures.length === 0) throw experimentError('receipt-unsigned', {});
  const message = pae(RECEIPT_TYPE, payload);
  for (const { key, sig } of signatures)
    if (!engine.verify({ key, message, signature: sig }))
      throw experimentError('receipt-signature', { key: formatKey(key) });
  return `signed by ${signatures.map(({ key }) => `\`${formatKey(key)}\``).join(', ')}`;
}

/**
 * Checks the file of a receipt: its form, every signature in it, and what is expected of it. Whose key it is, is not asked: that a
 * stranger found the same is what a receipt is for.
 */
export async function verifyReceipt(text: string, { engine, pox, key }: ReceiptExpectations): Promise<Report> {
  const subject = 'receipt';
  let receipt: Receipt | undefined;
  const form = await runCheck('form', subject, () => {
    receipt = parseReceipt(text);
    return `a receipt of experiment \`${receipt.reproduction.experiment}\`: ${receipt.reproduction.verdict}`;
  });
  if (receipt === undefined) return report(subject, [form]);
  const read = receipt;
  const checks: Check[] = [form, await runCheck('signature', subject, () => checkSignatures(read, engine))];
  if (key !== undefined) checks.push(await runCheck('signer', subject, () => checkKey(read, key)));
  if (pox !== undefined)
    checks.push(
      await runCheck('proof', subject, () => {
        if (read.reproduction.pox.equals(pox)) return `about the Proof-of-Experiment \`${pox}\``;
        throw experimentError('receipt-other', { pox: String(read.reproduction.pox), wanted: String(pox) });
      }),
    );
  return report(subject, checks);
}
