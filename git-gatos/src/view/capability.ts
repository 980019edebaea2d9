/** Capabilities in words and as data. */
import {
  type Amounts,
  capabilityKindName,
  capabilityLimits,
  formatAgent,
  formatCapabilityTime,
  formatHex,
  formatTime,
  type HeldCapability,
  type ListedCapability,
  type TrustState,
} from 'gatos-core';
import { CAPABILITY, type Scope as CapabilityScope, SCOPE_STRUCTS, type Struct, structJson } from 'gatos-core/mythos';
import type { Style } from '../output/style.js';

/** How a capability stands at a time (µs), with what was used of it. */
export interface CapabilityNow {
  readonly listed: ListedCapability;
  readonly used: Amounts;
  readonly now: number;
  readonly trust: Pick<TrustState, 'keys'>;
}

export type CapabilityState = 'active' | 'not-yet' | 'expired' | 'used-up' | 'revoked';

export function capabilityState({ listed: { held, revocation }, used, now }: CapabilityNow): CapabilityState {
  const { not_before, expires_at } = held.capability;
  if (revocation !== null) return 'revoked';
  if (BigInt(now) >= expires_at) return 'expired';
  if (BigInt(now) < not_before) return 'not-yet';
  const limits = held.scope === null ? {} : capabilityLimits(held.scope);
  const empty = Object.entries(limits).some(([meter, max]) => (used[meter as keyof Amounts] ?? 0n) >= max);
  return empty ? 'used-up' : 'active';
}

/** The principal whose key it is, or the key. */
function whose({ keys }: CapabilityNow['trust'], agent: HeldCapability['capability']['subject']): string {
  const key = formatAgent(agent);
  return keys.get(key)?.actor ?? key;
}

function amountsValue(amounts: Amounts): Readonly<Record<string, number | string>> {
  const plain = (amount: bigint) => (amount <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(amount) : String(amount));
  return Object.fromEntries(Object.entries(amounts).map(([meter, amount]) => [meter, plain(amount)]));
}

export function capabilityValue(view: CapabilityNow) {
  const { listed, used, trust } = view;
  const { held, actor, time, parents, revocation } = listed;
  const { issuer, subject, not_before, expires_at, delegable } = held.capability;
  return {
    id: held.hex,
    kind: capabilityKindName(held.capability.scope.kind),
    state: capabilityState(view),
    issuer: { key: formatAgent(issuer), actor: whose(trust, issuer) },
    subject: { key: formatAgent(subject), actor: whose(trust, subject) },
    scope: held.scope === null ? null : structJson(structOf(held.scope), held.scope.scope),
    not_before: formatCapabilityTime(not_before),
    expires_at: formatCapabilityTime(expires_at),
    delegable,
    parents: parents.map(({ hex }) => hex),
    limits: held.scope === null ? {} : amountsValue(capabilityLimits(held.scope)),
    used: amountsValue(used),
    recorded: { by: actor, time: formatTime(time) },
    revoked:
      revocation === null
        ? null
        : {
            id: formatHex(revocation.cap),
            by: revocation.by,
            reason: revocation.reason,
            time: formatTime(revocation.time),
          },
  };
}

/** As `capabilityValue`, with every field as the specification has it, and the bytes. */
export function capabilityDetails(view: CapabilityNow) {
  const { held } = view.listed;
  return {
    ...capabilityValue(view),
    capability: structJson(CAPABILITY, held.capability),
    bytes: formatHex(held.bytes),
  };
}

function structOf({ kind }: CapabilityScope): Struct<object> {
  return SCOPE_STRUCTS[kind] as unknown as Struct<object>;
}

const SHORT = 16;
const HEX_ID = /^[0-9a-f]{64}$/;

/** `ToolCall tool_id 07070707…, max_calls 5`. */
function scopeText({ capability, scope }: HeldCapability): string {
  const name = capabilityKindName(capability.scope.kind);
  if (scope === null) return name;
  const fields = Object.entries(structJson(structOf(scope), scope.scope) as Readonly<Record<string, unknown>>);
  const shown = (value: unknown): string => {
    if (typeof value === 'string') return HEX_ID.test(value) ? `${value.slice(0, SHORT)}…` : value;
    if (value === 0xffff_ffff || value === String(2n ** 64n - 1n)) return 'unlimited';
    if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(' ');
    if (typeof value === 'object' && value !== null)
      return Object.entries(value)
        .map(([path, pattern]) => `${path}=${pattern}`)
        .join(' ');
    return String(value);
  };
  return `${name} ${fields.map(([field, value]) => `${field} ${shown(value)}`).join(', ')}`;
}

const COLOURS: Readonly<Record<CapabilityState, keyof Style>> = {
  active: 'green',
  'not-yet': 'yellow',
  expired: 'dim',
  'used-up': 'dim',
  revoked: 'red',
};

/** One line of a list. */
export function capabilityLine(view: CapabilityNow, style: Style): string {
  const { listed, trust } = view;
  const { held } = listed;
  const state = capabilityState(view);
  const who = whose(trust, held.capability.subject);
  const id = style.cyan(held.hex.slice(0, SHORT));
  return `${id}  ${style[COLOURS[state]](state)}  ${who}  ${scopeText(held)}`;
}

/** All there is to say of one. */
export function capabilityLines(view: CapabilityNow, style: Style): readonly string[] {
  const { listed, used, trust } = view;
  const { held, actor, time, revocation } = listed;
  const { issuer, subject, not_before, expires_at, delegable } = held.capability;
  const state = capabilityState(view);
  const limits = held.scope === null ? {} : capabilityLimits(held.scope);
  const counters = Object.entries(limits).map(
    ([meter, max]) => `${used[meter as keyof Amounts] ?? 0n} of ${max} ${meter} used`,
  );
  const party = (agent: typeof issuer) => {
    const [name, key] = [whose(trust, agent), formatAgent(agent)];
    return name === key ? key : `${name} ${style.dim(key)}`;
  };
  return [
    `${style.bold(held.hex)} ${style[COLOURS[state]](state)}`,
    `  ${scopeText(held)}`,
    `  for ${party(subject)}${delegable ? ', who may pass on a part of it' : ''}`,
    `  by ${party(issuer)}`,
    `  from ${formatCapabilityTime(not_before)} until ${formatCapabilityTime(expires_at)}`,
    ...(counters.length === 0 ? [] : [`  ${counters.join(', ')}`]),
    ...(revocation === null
      ? []
      : [style.red(`  revoked by ${revocation.by} ${formatTime(revocation.time)}: ${revocation.reason}`)]),
    style.dim(`  recorded by ${actor} ${formatTime(time)}`),
  ];
}

/** The chain as a tree, the root on top, the one that was asked for marked, and what rests on it below. */
export function capabilityTree(
  line: readonly CapabilityNow[],
  { below, style }: { readonly below: readonly CapabilityNow[]; readonly style: Style },
): readonly string[] {
  const depth = line.length;
  const rows = line.map((view, level) => {
    const branch = level === 0 ? '' : `${'   '.repeat(level - 1)}└─ `;
    return `${branch}${capabilityLine(view, style)}${level === depth - 1 ? style.bold('  ←') : ''}`;
  });
  const own = (view: CapabilityNow) => view.listed.parents.length;
  return [...rows, ...below.map((view) => `${'   '.repeat(own(view) - 1)}└─ ${capabilityLine(view, style)}`)];
}
