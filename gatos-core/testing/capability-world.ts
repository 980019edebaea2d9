/** Capabilities for tests: a log in memory, capabilities sealed by anybody, and a repository in which some may issue them. */
import {
  type Amounts,
  type CapabilityRequest,
  type CapabilitySource,
  type CapabilityTerms,
  type CheckedCapability,
  capabilityLog,
  checkCapability,
  countUse,
  type HeldCapability,
  issueCapability,
  type Revocation,
  readCapability,
} from '../src/capabilities/index.js';
import { append } from '../src/chain/index.js';
import { formatKey } from '../src/codec/index.js';
import { nobleEngine } from '../src/identity/index.js';
import {
  type AgentId,
  agentOf,
  CAPABILITY,
  type Capability,
  encodeStruct,
  SCOPE_STRUCTS,
  type Scope,
  type Struct,
  sealStruct,
} from '../src/mythos/index.js';
import type { TrustState } from '../src/trust/index.js';
import { GOVERNANCE_START, SEEDS } from './governance-world.js';
import { testSigner } from './hand-made.js';
import { JobsWorld } from './jobs-world.js';
import { trustAll } from './journal-world.js';

/** 2023-11-14T22:13:20Z in microseconds; windows of tests begin here. */
export const CAP_START = GOVERNANCE_START;
/** And last an hour. */
export const CAP_HOUR = 3_600_000_000;

/** A digest that stands for a tool, a blob, a recipe. */
export function digest32(number: number): Uint8Array {
  return new Uint8Array(32).fill(number);
}

export const TOOL = digest32(7);
/** The key with this number, as an agent. */
export function agent(seed: number): AgentId {
  return agentOf(testSigner(seed).key);
}

export function toolScope(max_calls = 5, constraints?: Readonly<Record<string, string>>): Scope {
  return { kind: 5, scope: { tool_id: TOOL, max_calls, constraints } };
}
export const TOOL_CALL: CapabilityRequest = { kind: 'ToolCall', tool_id: TOOL, body: { text: 'hi' } };

/** Numbers of keys, and what may depart from an hour-long ToolCall capability that may be passed on. */
export interface Sealed extends Partial<Omit<CapabilityTerms, 'subject'>> {
  readonly issuer: number;
  readonly subject: number;
  readonly parent?: Uint8Array | undefined;
  /** Alters the object before it is sealed. */
  readonly draft?: (capability: Capability) => Capability;
}

/** Seals whatever it is told: nobody asks whether the issuer may. */
export async function seal(wanted: Sealed): Promise<Uint8Array> {
  const { issuer, subject, parent, draft = (capability) => capability } = wanted;
  const { scope = toolScope(), notBefore = CAP_START, expiresAt = CAP_START + CAP_HOUR, delegable = true } = wanted;
  const struct = SCOPE_STRUCTS[scope.kind] as unknown as Struct<object>;
  const plain = {
    issuer: agent(issuer),
    subject: agent(subject),
    scope: { kind: scope.kind, payload: encodeStruct(struct, scope.scope) },
    not_before: BigInt(notBefore),
    expires_at: BigInt(expiresAt),
    delegable,
    attenuation_parent: parent,
  } as unknown as Capability;
  return encodeStruct(CAPABILITY, await sealStruct(CAPABILITY, draft(plain), testSigner(issuer)));
}

/** A chain of `depth` capabilities, the root first: key 2 issues to 3, 3 to 4 and so on. `step`: what departs at each. */
export async function sealChain(
  depth: number,
  step: (level: number) => Partial<Sealed> = () => ({}),
): Promise<readonly Uint8Array[]> {
  const chain: Uint8Array[] = [];
  for (let level = 0; level < depth; level++) {
    const last = chain.at(-1);
    const parent = last === undefined ? undefined : readCapability(last).id;
    chain.push(await seal({ issuer: 2 + level, subject: 3 + level, parent, ...step(level) }));
  }
  return chain;
}

/** A log in memory. */
export class MemoryLog implements CapabilitySource {
  readonly capabilities = new Map<string, Uint8Array>();
  readonly revocations = new Map<string, Revocation>();
  readonly sums = new Map<string, Amounts>();
  readonly counted = new Set<string>();
  /** Calls of `issued`: what a memo saves. */
  reads = 0;

  /** Records them under the ids that they state. Returns the id of the last one. */
  add(...capabilities: readonly Uint8Array[]): string {
    let last = '';
    for (const bytes of capabilities) {
      last = readCapability(bytes).hex;
      this.capabilities.set(last, bytes);
    }
    return last;
  }

  revoke(id: string, reason = 'changed my mind'): void {
    this.revocations.set(id, { cap: new Uint8Array(32), reason, by: 'user:alice', time: CAP_START });
  }

  heads = async () => `${this.capabilities.size} ${this.revocations.size}`;
  issued = async (id: string) => {
    this.reads += 1;
    return this.capabilities.get(id) ?? null;
  };
  revocation = async (id: string) => this.revocations.get(id) ?? null;
  used = async (_: string, id: string) => this.sums.get(id) ?? {};
  isCounted = async (_: string, { id, idem }: { readonly id: string; readonly idem: string }) =>
    this.counted.has(`${id}/${idem}`);
}

/** Trust in which key 2 is of `user:alice`, who issues everything. */
export function trustOf(change: Partial<TrustState> = {}) {
  const { key } = testSigner(2);
  const known = {
    key,
    actor: 'user:alice',
    added: 0,
    not_before: 0,
    not_after: Number.MAX_SAFE_INTEGER,
    revoked: null,
  };
  const groups = new Map(['cap-blob', 'cap-tool', 'cap-train', 'cap-deploy'].map((name) => [name, ['user:alice']]));
  const all = trustAll();
  return { ...all, state: { ...all.state, keys: new Map([[formatKey(key), known]]), groups, ...change } };
}

const engine = nobleEngine();

/** Names of the checks that did not pass, with their codes. */
export function refusals({ report }: CheckedCapability): readonly string[] {
  return report.checks.flatMap(({ name, outcome, code }) => (outcome === 'pass' ? [] : [`${name} ${code}`]));
}

/** A repository in which `user:alice` (key 2) issues for tools and blobs, `user:bob` (key 3) for training. */
export class CapabilityWorld {
  private constructor(readonly jobs: JobsWorld) {}

  static async open(): Promise<CapabilityWorld> {
    const jobs = await JobsWorld.open();
    await jobs.governance.change(
      { op: 'set-group', name: 'cap-tool', members: ['user:alice'] },
      { op: 'set-group', name: 'cap-blob', members: ['user:alice'] },
      { op: 'set-group', name: 'cap-train', members: ['user:bob'] },
    );
    await jobs.accept();
    return new CapabilityWorld(jobs);
  }

  get ports() {
    return { ...this.jobs.ports, engine };
  }

  get backend() {
    return this.jobs.backend;
  }

  as(actor: string) {
    return this.jobs.as(actor);
  }

  now(): number {
    return Math.floor(this.ports.clock.now());
  }

  terms(change: Partial<CapabilityTerms> & { readonly to?: string } = {}): CapabilityTerms {
    const { to = 'user:bob', ...rest } = change;
    return {
      subject: agent(SEEDS[to] ?? 99),
      scope: toolScope(),
      notBefore: CAP_START,
      expiresAt: CAP_START + CAP_HOUR,
      delegable: true,
      ...rest,
    };
  }

  async issue(change: Parameters<CapabilityWorld['terms']>[0] = {}, by = 'user:alice'): Promise<HeldCapability> {
    return (await issueCapability(this.ports, await this.as(by), this.terms(change))).held;
  }

  async check(id: string, actor = 'user:bob', more: { request?: CapabilityRequest; idem?: Uint8Array } = {}) {
    const writer = await this.as(actor);
    const given = {
      capability: { id },
      agent: agentOf(writer.signer.key),
      now: this.now(),
      trust: writer.trust,
      ...more,
    };
    return checkCapability({ source: capabilityLog(this.backend), engine }, given);
  }

  /** Checks and counts a call. Throws what refuses to count it; the checks that failed are an error of their own. */
  async use(id: string, idem: number, actor = 'user:bob'): Promise<boolean> {
    const writer = await this.as(actor);
    const request = TOOL_CALL;
    const checked = await this.check(id, actor, { request, idem: digest32(idem) });
    if (checked.report.outcome !== 'pass') throw new Error(refusals(checked).join(', '));
    const count = countUse(this.ports, writer, {
      chain: checked.chain,
      request,
      idem: digest32(idem),
      now: this.now(),
    });
    if (count === null) return false;
    return (await append(this.ports, count)).length > 0;
  }

  /** Details of what does not pass. */
  failures(): Promise<readonly string[]> {
    return this.jobs.failures();
  }
}
