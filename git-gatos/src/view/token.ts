/** Tokens of the HTTP API, for people and for programs. Never with what is secret. */
import { formatTime } from 'gatos-core';
import type { TokenInfo } from 'gatosd';

function stateOf({ revoked, expires }: TokenInfo, now: number): 'good' | 'expired' | 'revoked' {
  if (revoked !== null) return 'revoked';
  return now >= expires ? 'expired' : 'good';
}

export function tokenValue(token: TokenInfo, now: number) {
  return { ...token, state: stateOf(token, now) };
}

export function tokenLine(token: TokenInfo, now: number): string {
  const { id, actor, scopes, capabilities, expires, revoked } = token;
  const state = stateOf(token, now);
  const when =
    state === 'revoked' && revoked !== null
      ? `revoked ${formatTime(revoked)}`
      : `${state === 'expired' ? 'expired' : 'until'} ${formatTime(expires)}`;
  const more =
    capabilities.length === 0 ? '' : `, capabilities ${capabilities.map((each) => `${each.slice(0, 16)}…`).join(' ')}`;
  return `${id} ${actor} ${scopes.join(',')} ${when}${more}`;
}
