/** Effects for tests: a repository in which alice, bob and carol may call two tools, and what they do with the ledger. */
import { sha256 } from '#hash';
import { capabilityLog, checkCapability, countUse, issueCapability, UNCOUNTED_U32 } from '../src/capabilities/index.js';
import type { AppendRequest, WriterPorts } from '../src/chain/index.js';
import type { JsonValue } from '../src/codec/index.js';
import {
  type Committed,
  commitEffect,
  type Effect,
  type EffectCall,
  type HeldEffect,
  idempotencyId,
  type OpenedCall,
  openCall,
  RESOLVE_GROUP,
  readEffect,
  receiptOf,
  stateAt,
} from '../src/effects/index.js';
import { type GitBackend, memoryBackend } from '../src/git/index.js';
import { approve, grant, propose } from '../src/governance/index.js';
import { nobleEngine } from '../src/identity/index.js';
import { invariant, utf8 } from '../src/kernel/index.js';
import { agentOf, type ToolDef } from '../src/mythos/index.js';
import { encodeToolRequest, encodeToolResponse, toolDef } from '../src/tools/index.js';
import type { Writer } from '../src/trust/index.js';
import { SEEDS } from './governance-world.js';
import { testSigner } from './hand-made.js';
import { JobsWorld } from './jobs-world.js';

export const ALICE = 'user:alice';
export const BOB = 'user:bob';
export const CAROL = 'user:carol';
export const LEASE_MS = 60_000;
const YEAR = 365 * 86_400_000_000;

const definition = (retry_safe: boolean): ToolDef =>
  toolDef({
    request: {},
    response: {},
    effect: 'external',
    retry_safe,
    cacheable: false,
    does: `acts, ${retry_safe ? 'harmlessly when twice' : 'once only'}`,
  });
/** A tool that may be invoked again when nobody knows whether it acted, and one that may not. */
export const SAFE: ToolDef = definition(true);
export const UNSAFE: ToolDef = definition(false);

export interface CallChange {
  readonly def?: ToolDef;
  readonly key?: string;
  readonly body?: JsonValue;
}

/** Exact bytes of an answer. */
export function answerOf(text = 'done'): Uint8Array {
  return encodeToolResponse({ status: 200, body: text });
}

export function idOf({ def = UNSAFE, key = 'k' }: CallChange = {}): Uint8Array {
  return idempotencyId(def.tool_id, utf8(key));
}

const engine = nobleEngine();

export class EffectsWorld {
  /** Ids of capabilities by actor and tool. */
  readonly #capabilities = new Map<string, Uint8Array>();
  #leases = 0;

  private constructor(readonly jobs: JobsWorld) {}

  static async open(backend: GitBackend = memoryBackend(), { calls = UNCOUNTED_U32 } = {}): Promise<EffectsWorld> {
    const world = new EffectsWorld(await JobsWorld.open(backend));
    await world.jobs.governance.change(
      { op: 'set-group', name: 'cap-tool', members: [ALICE] },
      { op: 'set-group', name: RESOLVE_GROUP, members: [ALICE, BOB, CAROL] },
    );
    const issuer = await world.as(ALICE);
    for (const actor of [ALICE, BOB, CAROL])
      for (const def of [SAFE, UNSAFE]) {
        const now = world.ports.clock.now();
        const { held } = await issueCapability(world.ports, issuer, {
          subject: agentOf(testSigner(SEEDS[actor] ?? 99).key),
          scope: { kind: 5, scope: { tool_id: def.tool_id, max_calls: calls } },
          notBefore: now - 1000,
          expiresAt: now + YEAR,
          delegable: false,
        });
        world.#capabilities.set(`${actor} ${def === SAFE}`, held.id);
      }
    await world.jobs.accept();
    return world;
  }

  get ports(): WriterPorts & { readonly engine: typeof engine } {
    return { ...this.jobs.ports, engine };
  }

  get backend(): GitBackend {
    return this.jobs.backend;
  }

  pass(ms: number): void {
    this.jobs.pass(ms);
  }

  as(actor: string): Promise<Writer> {
    return this.jobs.as(actor);
  }

  capability(actor: string, def: ToolDef = UNSAFE): Uint8Array {
    const id = this.#capabilities.get(`${actor} ${def === SAFE}`);
    invariant(id !== undefined, 'everybody has a capability');
    return id;
  }

  call(actor: string, { def = UNSAFE, key = 'k', body = { text: 'hi' } }: CallChange = {}): EffectCall {
    const bytes = utf8(key);
    const request = sha256(encodeToolRequest({ tool_id: def.tool_id, idempotency_key: bytes, body }));
    return { def, key: bytes, request, capability: this.capability(actor, def) };
  }

  /** Random bytes of a call, other ones each time. */
  lease(): Uint8Array {
    const bytes = new Uint8Array(16);
    new DataView(bytes.buffer).setUint32(0, ++this.#leases);
    return bytes;
  }

  async open(
    actor: string,
    change: CallChange & { lease?: Uint8Array; leaseMs?: number; ports?: WriterPorts; counted?: boolean } = {},
  ): Promise<OpenedCall> {
    const { lease = this.lease(), leaseMs = LEASE_MS, ports = this.ports, counted = false } = change;
    const writer = await this.as(actor);
    const call = this.call(actor, change);
    const together = counted ? await this.#count(writer, call) : [];
    return openCall(ports, { ...writer, call, leaseMs, lease, together });
  }

  async #count(writer: Writer, call: EffectCall): Promise<readonly AppendRequest[]> {
    const now = this.ports.clock.now();
    const request = { kind: 'ToolCall', tool_id: call.def.tool_id } as const;
    const idem = idempotencyId(call.def.tool_id, call.key);
    const id = [...call.capability].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    const given = { capability: { id }, agent: agentOf(writer.signer.key), now, trust: writer.trust, idem };
    const { chain } = await checkCapability({ source: capabilityLog(this.backend), engine }, given);
    const count = countUse(this.ports, writer, { chain, request, idem, now, withPrevious: true });
    return count === null ? [] : [count];
  }

  /** Takes a lease that nobody has. */
  async hold(actor: string, change: CallChange & { leaseMs?: number; ports?: WriterPorts } = {}): Promise<HeldEffect> {
    const opened = await this.open(actor, change);
    invariant(opened.what === 'registered', `a lease is had, not ${opened.what}`);
    return opened.held;
  }

  async answer(
    actor: string,
    held: HeldEffect,
    {
      response = answerOf(),
      status = 200,
      ports = this.ports,
    }: { response?: Uint8Array; status?: number; ports?: WriterPorts } = {},
  ): Promise<Committed> {
    const writer = await this.as(actor);
    const receipt = await receiptOf(ports, held.call, { response, status, signer: writer.signer });
    return commitEffect(ports, { ...writer, held, receipt, response });
  }

  /** A call from its start to its end. */
  async done(actor: string, change: CallChange = {}, text?: string): Promise<Committed> {
    return this.answer(actor, await this.hold(actor, change), { response: answerOf(text) });
  }

  effect(change: CallChange = {}): Promise<Effect | null> {
    return readEffect(this.backend, idOf(change));
  }

  async state(change: CallChange = {}): Promise<string> {
    const effect = await this.effect(change);
    return effect === null ? 'absent' : stateAt(effect, this.ports.clock.now());
  }

  /** A grant to resolve an effect, that alice proposes, of those who approve it. */
  async granted(
    id: Uint8Array,
    {
      action = 'effect.resolve',
      uses = 1 as number | null,
      expires = null as number | null,
      target = '',
      quorum = '2 of @leads',
      approve: approvers = [ALICE, BOB] as readonly string[],
    } = {},
  ) {
    const alice = await this.as(ALICE);
    const hex = [...id].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    const ask = {
      ...alice,
      action,
      target: target || hex,
      quorum,
      reason: 'found out',
      expires,
      uses,
    };
    const { id: proposal } = await propose(this.ports, ask);
    for (const actor of approvers) await approve(this.ports, { ...(await this.as(actor)), id: proposal, comment: '' });
    return (await grant(this.ports, { ...alice, id: proposal })).cid;
  }

  /** Names and details of checks of the plane that do not pass. */
  failures(): Promise<readonly string[]> {
    return this.jobs.failures();
  }
}
