/** What the capability plane promises beyond valid chains: who may issue and revoke, and that no limit was exceeded. */
import { type ChainEntry, isAmong, readChain, recordBody, refOfChain } from '../chain/index.js';
import { formatHex } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { LedgerMemo } from '../governance/index.js';
import type { SignatureEngine } from '../identity/index.js';
import { type Check, GatosError, type LongCall, runCheck } from '../kernel/index.js';
import type { TrustHistory } from '../trust/index.js';
import { capabilityError } from './errors.js';
import { groupOfKind } from './kinds.js';
import { ISSUED_CHAIN, REVOKED_CHAIN, USED_CHAINS } from './names.js';
import { mayRevoke } from './revoke.js';
import { REVOKED_KIND } from './schema.js';
import { checkIssued, KnownCapabilities, type RightsPorts } from './verify-issued.js';
import { checkUsed, KnownSums } from './verify-used.js';

export interface VerifyCapabilitiesRequest extends LongCall {
  readonly trust: TrustHistory;
  /** Only these chains, and those below them; absent: all. */
  readonly only?: readonly string[] | undefined;
  /** Heads by chain up to which they were verified before: the cost follows what is new. */
  readonly since?: ReadonlyMap<string, Oid> | undefined;
}

interface Ports {
  readonly backend: GitBackend;
  readonly engine: SignatureEngine;
  /** Kept by whoever verifies often: what trust said at each place. */
  readonly memo?: LedgerMemo | undefined;
}

/**
 * One check for each chain that is there: `issued`, `revoked` or `used`. The chains themselves are verified as all others. Faults become
 * failed checks.
 */
export async function verifyCapabilities(
  { backend, engine, memo = new LedgerMemo() }: Ports,
  request: VerifyCapabilitiesRequest,
): Promise<readonly Check[]> {
  const { trust, only, since, signal, progress } = request;
  const chains = [ISSUED_CHAIN, REVOKED_CHAIN, ...USED_CHAINS].filter((chain) => isAmong(chain, only));
  const issued = await backend.refs.read(refOfChain(ISSUED_CHAIN));
  const checks: Check[] = [];
  let rights: RightsPorts | undefined;
  for (const chain of chains) {
    const head = await backend.refs.read(refOfChain(chain));
    if (head === null) continue;
    rights ??= { engine, trust, line: await memo.lineOf({ backend, engine }, trust) };
    const after = since?.get(chain);
    const check = checkerOf(chain, { backend, rights, issued, after: after ?? null });
    const name = chain === ISSUED_CHAIN ? 'issued' : chain === REVOKED_CHAIN ? 'revoked' : 'used';
    const body = async () => {
      let records = 0;
      for await (const batch of readChain(backend, { head, after }, { signal })) {
        for (const entry of batch) {
          await check(entry).catch((error: unknown) => {
            throw asFault(error, entry);
          });
          records += entry.envelope.count;
        }
        progress?.({ task: `verify ${chain}`, done: records, unit: 'records' });
      }
      return WHAT_HOLDS[name];
    };
    checks.push(await runCheck(name, chain, body));
    signal?.throwIfAborted();
  }
  return checks;
}

/** Here a chain is looked at as a whole: what it names and is not there makes it a bad one, and no unknown one. */
function asFault(error: unknown, { envelope: { chain, seq } }: ChainEntry): unknown {
  if (!(error instanceof GatosError) || error.kind !== 'missing' || !error.code.startsWith('capabilities/'))
    return error;
  return capabilityError('bad-record', { chain, seq, why: error.message }, { cause: error });
}

const WHAT_HOLDS = {
  issued: 'each is by who may issue it, or a part of what was issued before',
  revoked: 'each is by who may revoke it',
  used: 'each is by whom it is for, and no limit was exceeded',
} as const;

interface Checking {
  readonly backend: GitBackend;
  readonly rights: RightsPorts;
  /** Where the log of what was issued ends. */
  readonly issued: Oid | null;
  /** Up to where this chain was verified before. */
  readonly after: Oid | null;
}

function checkerOf(chain: string, { backend, rights, issued, after }: Checking): (entry: ChainEntry) => Promise<void> {
  if (chain === ISSUED_CHAIN) {
    // A part stands behind the whole: what is new is looked up in what was there before.
    const known = new KnownCapabilities(backend, after);
    return (entry) => checkIssued(rights, known, entry);
  }
  const capabilities = new KnownCapabilities(backend, issued);
  if (chain === REVOKED_CHAIN) return (entry) => checkRevoked(rights, capabilities, entry);
  const sums = new KnownSums(backend, { chain, at: after });
  return (entry) => checkUsed({ capabilities, sums }, entry);
}

async function checkRevoked(
  { trust, line }: RightsPorts,
  known: KnownCapabilities,
  { envelope }: ChainEntry,
): Promise<void> {
  const { actor, clock } = envelope;
  for (let i = 0; i < envelope.count; i++) {
    const { cap, by } = recordBody(envelope, i, REVOKED_KIND);
    const at = { chain: REVOKED_CHAIN, seq: envelope.seq + i };
    if (by !== actor) throw capabilityError('bad-record', { ...at, why: `it is by \`${actor}\` and names \`${by}\`` });
    const id = formatHex(cap);
    const chain = await known.chainOf(id);
    const group = groupOfKind(chain[0]?.capability.scope.kind ?? 0) ?? 'nobody';
    if (!mayRevoke(chain, actor, { keys: trust.state.keys, groups: line.groupsAt(clock) }))
      throw capabilityError('may-not-revoke', { actor, id, group });
  }
}
