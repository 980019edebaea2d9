/** What the ledger promises beyond valid chains: records follow from one another, objects are by who they should be, calls were allowed. */
import { isAmong, refOfChain, viewIndex } from '../chain/index.js';
import { type Cid, formatHex } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { type Ledger, readLedger } from '../governance/index.js';
import type { SignatureEngine } from '../identity/index.js';
import { type Check, failed, type GatosError, isGatosError, type LongCall, passed } from '../kernel/index.js';
import type { TrustHistory } from '../trust/index.js';
import { AuthorityThen, type UsedCapability } from './authority.js';
import { type Effect, isEffect, type Loose } from './entry.js';
import { RESPONSE_PATH } from './entry-shape.js';
import { effectError } from './errors.js';
import { followFault } from './follow.js';
import { grantFaultThen } from './grants.js';
import { historyOf, type Recorded, readShard } from './history.js';
import { SHARDS } from './names.js';
import { looseFault, signatureFault } from './signatures.js';
import { effectIn } from './step.js';

export interface VerifyEffectsRequest extends LongCall {
  /** Null when the trust chain does not hold: whether calls were allowed is not asked then. */
  readonly trust: TrustHistory | null;
  /** Only these chains, and those below them; absent: all. */
  readonly only?: readonly string[] | undefined;
  /** Heads by chain up to which the ledger was verified before. */
  readonly since?: ReadonlyMap<string, Oid> | undefined;
}

interface Ports {
  readonly backend: GitBackend;
  readonly engine: SignatureEngine;
}

const STAGES = ['order', 'objects', 'authority', 'grants'] as const;
type Stage = (typeof STAGES)[number];

const WHAT_HOLDS: Readonly<Record<Stage, string>> = {
  order: 'leases, outcomes and marks follow from one another, and no id has two outcomes',
  objects: 'registers, receipts, commits and marks are signed by who they are of',
  authority: 'each call was allowed when it was recorded',
  grants: 'each resolution was granted',
};

/** Faults of one sort that are told of one shard. */
const TOLD = 16;

/** Four checks for each shard: `order`, `objects`, `authority` and `grants`. Throws as the git port. */
export async function verifyEffects(ports: Ports, request: VerifyEffectsRequest): Promise<readonly Check[]> {
  const run = new EffectsRun(ports, request);
  const checks: Check[] = [];
  for (const chain of SHARDS) {
    if (!isAmong(chain, request.only)) continue;
    if ((await ports.backend.refs.read(refOfChain(chain))) === null) continue;
    checks.push(...(await run.shard(chain)));
  }
  return checks;
}

/** Effects that are remembered by their ids; others are looked up before the record that follows them. */
const REMEMBERED = 4096;

class EffectsRun {
  readonly #authority: AuthorityThen | null;
  #ledger: Ledger | null = null;

  constructor(
    private readonly ports: Ports,
    private readonly request: VerifyEffectsRequest,
  ) {
    this.#authority = request.trust === null ? null : new AuthorityThen(ports, request.trust);
  }

  async shard(chain: string): Promise<readonly Check[]> {
    const shard = new ShardRun(chain);
    const { signal, progress, since } = this.request;
    const after = since?.get(chain);
    try {
      for await (const recorded of readShard(this.ports.backend, { chain, after }, { signal })) {
        await this.#one(shard, recorded);
        if (++shard.records % 256 === 0) progress?.({ task: `verify ${chain}`, done: shard.records, unit: 'effects' });
      }
    } catch (error) {
      if (!isGatosError(error)) throw error;
      shard.told('order', error);
    }
    return shard.checks(this.#authority === null ? ['order', 'objects'] : STAGES);
  }

  async #one(shard: ShardRun, recorded: Recorded): Promise<void> {
    const { record, entry } = recorded;
    const keys = entry.signatures.map(({ key }) => key);
    const by = { engine: this.ports.engine, keys };
    const bad = (stage: Stage, why: string | null) => shard.fault(stage, recorded, why);
    if (!isEffect(record)) {
      bad('objects', looseFault(record, by) ?? blobFault(recorded));
      const { use, began: now } = record.body;
      await this.#allowed(shard, recorded, { use, now, agent: record.receipt.signer });
      return;
    }
    const before = await this.#before(shard, recorded, record);
    bad('order', followFault(before, record, entry.envelope.time));
    bad('objects', signatureFault(before, record, by) ?? blobFault(recorded));
    if (record.kind === 'effect.register' && before?.body.attempt !== record.body.attempt)
      await this.#allowed(shard, recorded, {
        use: record.body.id,
        now: Number(record.register.time_observed),
        agent: record.register.owner,
      });
    if (record.kind === 'effect.resolved') await this.#granted(shard, recorded, record);
    shard.remember(record);
  }

  async #before(shard: ShardRun, { entry }: Recorded, { body }: Effect): Promise<Effect | null> {
    const known = shard.known(body.id);
    if (known !== undefined || body.replaces === null) return known ?? null;
    const [parent] = entry.commit.parents;
    if (parent === undefined) return null;
    return effectIn(viewIndex(this.ports.backend, entry.envelope.chain, parent), body.id);
  }

  async #allowed(
    shard: ShardRun,
    recorded: Recorded,
    { use, now, agent }: Pick<UsedCapability, 'use' | 'now' | 'agent'>,
  ): Promise<void> {
    if (this.#authority === null) return;
    const { capability, tool } = recorded.record.body;
    const { clock } = recorded.entry.envelope;
    shard.fault('authority', recorded, await this.#authority.fault({ capability, tool, use, now, agent, clock }));
  }

  async #granted(shard: ShardRun, recorded: Recorded, { body: { id, resolution } }: Effect): Promise<void> {
    const { trust, signal } = this.request;
    if (trust === null || resolution === null) return;
    this.#ledger ??= await readLedger(this.ports, { trust, granted: true, signal });
    const { grant, as } = resolution;
    const { actor: by, time, clock, policy: policyRoot } = recorded.entry.envelope;
    const used = await this.#usesBefore(recorded, grant);
    const fault = grantFaultThen(this.#ledger, { grant, id, as, by, time, clock, policyRoot, used });
    if (fault?.unsure === true)
      shard.told('grants', effectError('grant-unread', { id: formatHex(id), grant: String(grant), why: fault.why }));
    else shard.fault('grants', recorded, fault?.why ?? null);
  }

  /** How often a grant was used for this id before. Resolutions are rare, so the shard is read for each. */
  async #usesBefore({ record, entry }: Recorded, grant: Cid): Promise<number> {
    const { signal } = this.request;
    const all = await historyOf(this.ports.backend, record.body.id, { signal });
    return all.filter(({ record: { body }, entry: { envelope } }) => {
      const { resolution } = body as Partial<Effect['body']>;
      return envelope.seq < entry.envelope.seq && resolution?.grant.equals(grant) === true;
    }).length;
  }
}

/** Where an attached response lies is said beside its hash: a wrong word would hide it. */
function blobFault({ record, entry }: Recorded): string | null {
  const response = isEffect(record)
    ? record.kind === 'effect.commit'
      ? record.outcome?.response
      : null
    : record.body.response;
  if (response?.blob === undefined) return null;
  const found = entry.tree.find(({ name }) => name === RESPONSE_PATH)?.oid;
  return found === response.blob ? null : 'names another object than that of its response';
}

/** What is found of one shard. */
class ShardRun {
  records = 0;
  readonly #faults: Record<Stage, Check[]> = { order: [], objects: [], authority: [], grants: [] };
  readonly #counts: Record<Stage, number> = { order: 0, objects: 0, authority: 0, grants: 0 };
  readonly #effects = new Map<string, Effect>();

  constructor(private readonly chain: string) {}

  known(id: Uint8Array): Effect | undefined {
    return this.#effects.get(formatHex(id));
  }

  remember(effect: Effect): void {
    const key = formatHex(effect.body.id);
    this.#effects.delete(key);
    this.#effects.set(key, effect);
    if (this.#effects.size <= REMEMBERED) return;
    const [oldest] = this.#effects.keys();
    if (oldest !== undefined) this.#effects.delete(oldest);
  }

  fault(
    stage: Stage,
    { record, entry }: { readonly record: Effect | Loose } & Pick<Recorded, 'entry'>,
    why: string | null,
  ): void {
    if (why === null) return;
    this.told(stage, effectError('bad-entry', { id: formatHex(record.body.id), seq: entry.envelope.seq, why }));
  }

  told(stage: Stage, error: GatosError): void {
    this.#counts[stage] += 1;
    if (this.#faults[stage].length < TOLD) this.#faults[stage].push(failed(stage, this.chain, error));
  }

  checks(stages: readonly Stage[]): readonly Check[] {
    return stages.flatMap((stage) =>
      this.#counts[stage] > 0
        ? this.#faults[stage]
        : [passed(stage, this.chain, WHAT_HOLDS[stage], { records: this.records })],
    );
  }
}
