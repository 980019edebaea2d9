/** The capability that an argument names. */
import { existsSync } from 'node:fs';
import { LIMITS, type ListedCapability, listCapabilities, parseCapabilityId, parseHex } from 'gatos-core';
import type { Context } from '../../context.js';
import { capError } from './errors.js';

export const ID_POSITIONAL = {
  name: 'id',
  kind: 'text',
  summary: 'id of the capability, or its first eight digits or more',
  complete: 'capabilities',
} as const;

const START = /^[0-9a-f]{8,64}$/;

/** The listed capability whose id this is, or begins like this. Throws `capabilities/name`, `cap/not-found`, `cap/ambiguous`. */
export function pickNamed(all: readonly ListedCapability[], text: string): ListedCapability {
  if (!START.test(text)) parseCapabilityId(text);
  const found = all.filter(({ held }) => held.hex.startsWith(text));
  const [first, second] = found;
  if (first === undefined) throw capError('not-found', { text });
  if (second !== undefined) throw capError('ambiguous', { text, count: found.length });
  return first;
}

/** As `pickNamed`, among all that are here. */
export async function namedCapability(context: Context, text: string): Promise<ListedCapability> {
  const { backend } = (await context.openRepository()).repository;
  return pickNamed(await listCapabilities(backend, { signal: context.signal }), text);
}

/** By id; or else the bytes in a file, as they are or in hexadecimal. Throws `cap/not-found`, and as `readSource`. */
export async function namedOrGiven(
  context: Context,
  text: string,
): Promise<{ readonly id: string } | { readonly bytes: Uint8Array }> {
  if (START.test(text)) {
    const { backend } = (await context.openRepository()).repository;
    const all = await listCapabilities(backend, { signal: context.signal });
    if (text.length === 64 || all.some(({ held }) => held.hex.startsWith(text)))
      return text.length === 64 ? { id: text } : { id: pickNamed(all, text).held.hex };
  }
  if (text !== '-' && !existsSync(text)) throw capError('not-found', { text });
  const source = text === '-' ? ({ from: 'stdin' } as const) : ({ from: 'file', path: text } as const);
  const bytes = await context.readSource(source, { maxBytes: 4 * LIMITS.capabilityBytes });
  const read = new TextDecoder().decode(bytes).trim();
  return { bytes: /^([0-9a-f]{2})+$/.test(read) ? parseHex(read) : bytes };
}
