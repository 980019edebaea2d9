/** Runs the golden vectors of `conformance/vectors/capabilities`: bytes, parts of scopes, requests, and whole checks. */
import {
  type Amounts,
  beyond,
  type CapabilityRequest,
  type CapabilitySource,
  checkCapability,
  coverFault,
  decodeCapability,
  formatAgent,
  kindName,
  readCapability,
  readCapabilityRequest,
  scopeOf,
} from '../src/capabilities/index.js';
import { formatHex, type JsonValue, parseHex, parseKey } from '../src/codec/index.js';
import { nobleEngine } from '../src/identity/index.js';
import { GatosError } from '../src/kernel/index.js';
import { agentOf, CAPABILITY, type Scope, structJson } from '../src/mythos/index.js';
import { trustAll } from './journal-world.js';
import { Refusal, type VectorAnswer, vectorRunner } from './vector-runner.js';

/** Input: MYTHOS-CAN of a capability in hex. */
function runCapability({ capability }: { readonly capability: string }): VectorAnswer {
  const held = decodeCapability(parseHex(capability));
  const { issuer, subject } = held.capability;
  return {
    id: held.hex,
    kind: kindName(held.scope.kind),
    issuer: formatAgent(issuer),
    subject: formatAgent(subject),
    fields: structJson(CAPABILITY, held.capability),
  };
}

interface RawScope {
  readonly kind: number;
  /** Hex of the payload. */
  readonly payload: string;
}

/** Throws why it is none. */
function scopeIn({ kind, payload }: RawScope): Scope {
  const scope = scopeOf({ scope: { kind, payload: parseHex(payload) } });
  if (scope instanceof GatosError) throw scope;
  return scope;
}

function runAttenuation({ child, parent }: { readonly child: RawScope; readonly parent: RawScope }): VectorAnswer {
  const why = beyond(scopeIn(child), scopeIn(parent));
  return why.length === 0 ? { part: true } : new Refusal('capabilities/broader');
}

function runRequest({ scope, request }: { readonly scope: RawScope; readonly request: JsonValue }): VectorAnswer {
  const fault = coverFault(scopeIn(scope), readCapabilityRequest(request));
  return fault === null ? { covered: true } : new Refusal('capabilities/out-of-scope');
}

interface CheckInput {
  /** Capabilities in the log, hex. */
  readonly log: readonly string[];
  /** Ids of those that are revoked. */
  readonly revoked?: readonly string[];
  /** What was used, by id. */
  readonly used?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Whose keys there are, and members of groups. */
  readonly keys: Readonly<Record<string, { readonly actor: string; readonly revoked?: string }>>;
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** An id, or bytes in hex. */
  readonly capability: { readonly id: string } | { readonly bytes: string };
  readonly agent: string;
  /** µs. */
  readonly now: number;
  readonly request?: JsonValue;
}

async function runCheck(input: CheckInput): Promise<VectorAnswer> {
  const { capability, agent, now, request } = input;
  const named = 'id' in capability ? capability : { bytes: parseHex(capability.bytes) };
  const given = {
    capability: named,
    agent: agentOf(parseKey(agent)),
    now,
    trust: trustIn(input),
    request: request === undefined ? undefined : (readCapabilityRequest(request) as CapabilityRequest),
  };
  const { report, chain } = await checkCapability({ source: logIn(input), engine: nobleEngine() }, given);
  const checks = report.checks.map(({ name, outcome, code }) => [name, outcome, ...(code ? [code] : [])].join(' '));
  return { outcome: report.outcome, checks, chain: chain.map(({ hex }) => hex) };
}

function logIn({ log, revoked = [], used = {} }: CheckInput): CapabilitySource {
  const all = new Map(log.map((hex) => [idOf(hex), parseHex(hex)]));
  const amounts = (sum: Readonly<Record<string, number>> = {}): Amounts =>
    Object.fromEntries(Object.entries(sum).map(([meter, amount]) => [meter, BigInt(amount)]));
  return {
    heads: async () => '',
    issued: async (id) => all.get(id) ?? null,
    revocation: async (id) =>
      revoked.includes(id) ? { cap: parseHex(id), reason: 'revoked', by: 'user:alice', time: 0 } : null,
    used: async (_, id) => amounts(used[id]),
    isCounted: async () => false,
  };
}

/** The id that it states: a log in which it is wrong can be asked about as well. */
function idOf(hex: string): string {
  return formatHex(readCapability(parseHex(hex)).id);
}

function trustIn({ keys, groups }: CheckInput) {
  const all = trustAll();
  const states = Object.entries(keys).map(([name, { actor, revoked }]) => {
    const ended = revoked === undefined ? null : { from: 1, by: 1, reason: revoked };
    const state = { key: parseKey(name), actor, added: 0, not_before: 0, not_after: Number.MAX_SAFE_INTEGER };
    return [name, { ...state, revoked: ended }] as const;
  });
  return { ...all, state: { ...all.state, keys: new Map(states), groups: new Map(Object.entries(groups)) } };
}

export const CAPABILITY_VECTORS = vectorRunner({
  capabilities: runCapability,
  attenuation: runAttenuation,
  requests: runRequest,
  checks: runCheck,
});
