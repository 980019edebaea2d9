/** For whom a capability is, and when: as it is typed. */
import { formatKey, keysOf, parseKey, parseTime, type TrustHistory } from 'gatos-core';
import { type AgentId, agentOf } from 'gatos-core/mythos';
import { cliError } from '../../errors.js';
import { parseDuration } from '../../view/duration.js';
import { capError } from './errors.js';

export const TERMS_OPTIONS = {
  subject: {
    kind: 'text',
    required: true,
    placeholder: 'WHO',
    summary: 'who may act: user:alice (the key that is valid now), or a key, ed25519:…',
  },
  from: {
    kind: 'parsed',
    parse: parseMoment,
    placeholder: 'TIME',
    summary: 'from when it counts (RFC 3339); else now',
  },
  until: { kind: 'parsed', parse: parseMoment, placeholder: 'TIME', summary: 'until when' },
  for: { kind: 'parsed', parse: parseLength, placeholder: 'LENGTH', summary: 'how long: 90m, 12h, 7d, 2w' },
  delegable: { kind: 'flag', summary: 'let the subject pass on a part of it' },
  out: { kind: 'path', placeholder: 'FILE', summary: 'write the bytes of the capability to this file as well' },
} as const;

function parseMoment(text: string): number {
  return parseTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
}

function parseLength(text: string): number {
  const micros = parseDuration(text);
  if (micros !== undefined) return micros;
  throw new Error('it takes a length such as 90m, 12h, 7d or 2w');
}

interface WindowArguments {
  readonly from: number | undefined;
  readonly until: number | undefined;
  readonly for: number | undefined;
}

export interface Window {
  readonly notBefore: number;
  readonly expiresAt: number;
}

/** From now, or whenever it is said, until the end that was given, or `otherwise`. Throws `cap/no-end`, `cli/together`. */
export function windowOf(given: WindowArguments, { now, otherwise }: { now: number; otherwise?: Window }): Window {
  if (given.until !== undefined && given.for !== undefined)
    throw cliError('together', { first: '--until', second: '--for' });
  const notBefore = given.from ?? Math.max(now, otherwise?.notBefore ?? 0);
  const end = given.until ?? (given.for === undefined ? otherwise?.expiresAt : notBefore + given.for);
  if (end === undefined) throw capError('no-end', {});
  return { notBefore, expiresAt: end };
}

/** A principal by the one key that is valid now, or a key. Throws `cap/no-key`, `cap/several-keys`, `codec/*`. */
export function agentNamed({ state }: Pick<TrustHistory, 'state'>, text: string, now: number): AgentId {
  if (text.startsWith('ed25519:')) return agentOf(parseKey(text));
  const keys = keysOf(state, text).filter(
    ({ revoked, not_before, not_after }) => revoked === null && now >= not_before && now <= not_after,
  );
  const [key, second] = keys;
  if (key === undefined) throw capError('no-key', { actor: text });
  if (second !== undefined)
    throw capError('several-keys', { actor: text, keys: keys.map((each) => formatKey(each.key)) });
  return agentOf(key.key);
}
