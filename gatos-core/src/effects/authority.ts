/** Was an effect allowed when it was recorded? Capabilities, revocations and trust as they were then. */
import {
  CapabilityMemo,
  type CapabilityRequest,
  type CapabilitySource,
  capabilityLog,
  checkCapability,
  type HeldCapability,
  limitsOf,
  REVOKED_CHAIN,
  REVOKED_KIND,
  type Revocation,
} from '../capabilities/index.js';
import { readChain, recordBody, refOfChain } from '../chain/index.js';
import { formatHex } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import type { SignatureEngine } from '../identity/index.js';
import { bytesEqual } from '../kernel/index.js';
import type { AgentId } from '../mythos/index.js';
import {
  applyChanges,
  CHANGE_KIND,
  GENESIS_KIND,
  stateOfGenesis,
  type TrustHistory,
  type TrustState,
} from '../trust/index.js';

interface Ports {
  readonly backend: GitBackend;
  readonly engine: SignatureEngine;
}

/** Trust after one envelope of its chain. */
interface TrustThen extends Pick<TrustHistory, 'state' | 'head'> {
  readonly clock: number;
}

export interface UsedCapability {
  readonly capability: Uint8Array;
  /** Which use: what the count stands under. */
  readonly use: Uint8Array;
  readonly tool: Uint8Array;
  readonly agent: AgentId;
  /** When whoever called had it checked, µs since the epoch. */
  readonly now: number;
  /** Lamport clock of the record. */
  readonly clock: number;
}

/** Asks about many effects; what it has looked at is remembered. */
export class AuthorityThen {
  readonly #memo = new CapabilityMemo();
  readonly #log: CapabilitySource;
  #trust: readonly TrustThen[] | null = null;
  /** Times of all revocations, ascending. */
  #revoked: readonly number[] | null = null;

  constructor(
    private readonly ports: Ports,
    private readonly trust: TrustHistory,
  ) {
    this.#log = capabilityLog(ports.backend);
  }

  /** Why it was not allowed, or null. */
  async fault({ capability, use, tool, agent, now, clock }: UsedCapability): Promise<string | null> {
    const id = formatHex(capability);
    const source = await this.#sourceAt(now);
    const trust = await this.#trustAt(clock);
    const ports = { source, engine: this.ports.engine, memo: this.#memo };
    const given = { capability: { id }, agent, now, trust, idem: use };
    const { report, chain } = await checkCapability(ports, given);
    const bad = report.checks.find(({ outcome }) => outcome !== 'pass');
    if (bad !== undefined) return `its capability \`${id}\` did not allow it, ${bad.name}: ${bad.detail}`;
    return scopeFault(chain[0], tool) ?? (await this.#countFault(chain, use));
  }

  /** The log as it was then; what was used since does not matter. */
  async #sourceAt(time: number): Promise<CapabilitySource> {
    this.#revoked ??= await revocationTimes(this.ports.backend);
    const before = this.#revoked.filter((each) => each <= time).length;
    const then = (revocation: Revocation | null) =>
      revocation !== null && revocation.time <= time ? revocation : null;
    return {
      ...this.#log,
      heads: async () => `${await this.#log.heads()} ${before}`,
      revocation: async (id) => then(await this.#log.revocation(id)),
      used: async () => ({}),
    };
  }

  async #trustAt(clock: number): Promise<TrustThen> {
    this.#trust ??= await trustLine(this.ports, this.trust);
    const found = this.#trust.findLast((point) => point.clock < clock);
    return found ?? { ...this.trust, clock };
  }

  async #countFault(chain: readonly HeldCapability[], use: Uint8Array): Promise<string | null> {
    const [held, root] = [chain[0], chain.at(-1)];
    const counted = chain.some(({ scope }) => scope !== null && Object.keys(limitsOf(scope)).length > 0);
    if (held === undefined || root === undefined || !counted) return null;
    const isCounted = await this.#log.isCounted(root.hex, { id: held.hex, idem: formatHex(use) });
    return isCounted ? null : `its use of capability \`${held.hex}\` is not counted`;
  }
}

/** Constraints speak of the body of a request, whose bytes are not kept: they were asked when it was called. */
function scopeFault(held: HeldCapability | undefined, tool: Uint8Array): string | null {
  const scope = held?.scope;
  const kind: CapabilityRequest['kind'] = 'ToolCall';
  const covers = scope?.kind === 5 && bytesEqual(scope.scope.tool_id, tool);
  return covers ? null : `its capability is no ${kind} of this tool`;
}

async function revocationTimes(backend: GitBackend): Promise<readonly number[]> {
  const head = await backend.refs.read(refOfChain(REVOKED_CHAIN));
  const times: number[] = [];
  if (head === null) return times;
  for await (const batch of readChain(backend, { head }))
    for (const { envelope } of batch)
      for (let i = 0; i < envelope.count; i++) times.push(recordBody(envelope, i, REVOKED_KIND).time);
  return times.sort((a, b) => a - b);
}

/** Trust after each envelope of its chain. */
async function trustLine({ backend, engine }: Ports, { head }: TrustHistory): Promise<readonly TrustThen[]> {
  const points: TrustThen[] = [];
  let state: TrustState | null = null;
  for await (const batch of readChain(backend, { head: head.oid }))
    for (const { envelope, oid } of batch) {
      const { clock, cid, time, seq, count } = envelope;
      const place = { clock, isRegistrable: (key: Uint8Array) => engine.isRegistrable(key) };
      if (state === null) state = stateOfGenesis(recordBody(envelope, 0, GENESIS_KIND), place);
      else {
        const changes = Array.from({ length: count }, (_, i) => recordBody(envelope, i, CHANGE_KIND));
        state = applyChanges(state, changes, place);
      }
      points.push({ clock, state, head: { oid, cid, clock, time, next: seq + count } });
    }
  return points;
}
