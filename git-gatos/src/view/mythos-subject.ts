/** What an id in hexadecimal is that somebody wants verified: a capability, an effect, a receipt or a blob, by all of it or by its start. */
import {
  blobChain,
  type Repository as Core,
  effectShard,
  formatHex,
  ISSUED_CAPABILITIES,
  isEffect,
  listCapabilities,
  listEffects,
  REVOKED_CAPABILITIES,
  readBlobShard,
  usedCapabilities,
} from 'gatos-core';
import { viewError } from './errors.js';

/** Fewer digits of an id are no id. */
const START = /^[0-9a-f]{8,64}$/;
const ID_DIGITS = 64;

interface Search {
  readonly signal: AbortSignal;
}

export interface MythosSubject {
  /** One thing may be found in several ways. */
  readonly id: string;
  /** For people: `capability 3f9a…`. */
  readonly what: string;
  /** Also such as are not there. */
  readonly chains: readonly string[];
}

/** All 64 digits of the id that begins like this; what is no start of one here is left as it is. Throws `view/ambiguous-start`. */
export async function wholeId(repository: Core, text: string, search: Search): Promise<string> {
  if (text.length === ID_DIGITS) return text;
  return (await mythosSubject(repository, text, search))?.id ?? text;
}

/** Null when nothing here has an id that begins like this. Throws `view/ambiguous-start`, and as reading the chains. */
export async function mythosSubject({ backend }: Core, text: string, search: Search): Promise<MythosSubject | null> {
  if (!START.test(text)) return null;
  const capabilities = await listCapabilities(backend, search);
  const rootOf = (id: string): string => capabilities.find(({ held }) => held.hex === id)?.parents.at(-1)?.hex ?? id;
  const resting = (id: string): readonly string[] => [
    ISSUED_CAPABILITIES,
    REVOKED_CAPABILITIES,
    usedCapabilities(rootOf(id)),
  ];
  const found: MythosSubject[] = [];
  for (const { held } of capabilities)
    if (held.hex.startsWith(text))
      found.push({ id: held.hex, what: `capability ${held.hex}`, chains: resting(held.hex) });
  for (const { record } of await listEffects(backend, search)) {
    const id = formatHex(record.body.id);
    const receipt = isEffect(record) ? record.outcome?.receipt : record.receipt;
    const chains = [effectShard(record.body.id), ...resting(formatHex(record.body.capability))];
    const receiptId = receipt === undefined ? '' : formatHex(receipt.receipt_id);
    if (isEffect(record) && id.startsWith(text)) found.push({ id, what: `effect ${id}`, chains });
    else if (receiptId.startsWith(text)) found.push({ id: receiptId, what: `receipt ${receiptId}`, chains });
  }
  const chain = blobChain(text);
  for (const id of (await readBlobShard(backend, { chain }, search)).blobs.keys())
    if (id.startsWith(text)) found.push({ id, what: `blob ${id}`, chains: [chain] });
  const [first] = found;
  if (first === undefined) return null;
  const count = new Set(found.map(({ id }) => id)).size;
  if (count > 1) throw viewError('ambiguous-start', { id: text, count });
  return first;
}
