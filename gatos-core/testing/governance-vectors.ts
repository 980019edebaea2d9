/** Runs the golden vectors of `conformance/vectors/governance`: quorum expressions, and how things stand in whole repositories. */
import type { AnyRecordKind } from '../src/chain/index.js';
import { Cid } from '../src/codec/index.js';
import { memoryBackend } from '../src/git/index.js';
import {
  evaluateQuorum,
  formatMissing,
  formatQuorum,
  GOVERNANCE_RULES,
  LedgerMemo,
  listProposals,
  mayStillApprove,
  parseQuorum,
  readLedger,
  usableGrants,
  verifyGovernance,
} from '../src/governance/index.js';
import { nobleEngine } from '../src/identity/index.js';
import { CHANGE_KIND, GENESIS_KIND, openTrust, TRUST_CHAIN } from '../src/trust/index.js';
import { putChain, type StoredChain } from './stored-chain.js';
import { Refusal, type VectorAnswer, vectorRunner } from './vector-runner.js';

const engine = nobleEngine();
const KINDS: readonly AnyRecordKind[] = [GENESIS_KIND, CHANGE_KIND, ...GOVERNANCE_RULES.flatMap(({ kinds }) => kinds)];

interface QuorumInput {
  readonly text: string;
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly approvers: readonly string[];
}

function runQuorum({ text, groups, approvers }: QuorumInput): VectorAnswer {
  const quorum = parseQuorum(text);
  const voices = { groups: new Map(Object.entries(groups)), approvers: new Set(approvers) };
  const { met, missing } = evaluateQuorum(quorum, voices);
  const may = mayStillApprove(missing);
  return { canonical: formatQuorum(quorum), met, missing: formatMissing(missing), may };
}

interface StatesInput {
  readonly trust: readonly string[];
  readonly chains: readonly StoredChain[];
  readonly time: number;
  readonly policy_root: string | null;
}

async function runStates({ trust: signed, chains, time, policy_root: root }: StatesInput): Promise<VectorAnswer> {
  const backend = memoryBackend();
  await putChain(backend, { chain: TRUST_CHAIN, signed }, KINDS);
  for (const chain of chains) await putChain(backend, chain, KINDS);
  const ports = { backend, engine, memo: new LedgerMemo() };
  const trust = await openTrust(ports);
  const [fault] = [...(await readLedger(ports, { trust })).faults.values()];
  if (fault !== undefined) return new Refusal(fault.error.code);
  const bad = (await verifyGovernance(ports, { trust })).find(({ outcome }) => outcome !== 'pass');
  if (bad?.code !== undefined) return new Refusal(bad.code);
  const conditions = { trust, time, policyRoot: root === null ? null : Cid.parse(root) };
  const proposals = (await listProposals(ports, conditions)).map(({ id, cid, standing, grant, mayApprove }) => ({
    id,
    cid: String(cid),
    state: standing.state,
    reason: standing.reason,
    approvers: standing.approvers,
    may_approve: mayApprove,
    grant: grant === null ? null : String(grant),
    uses_left: standing.usesLeft,
  }));
  const usable = (await usableGrants(ports, conditions)).map((grant) => ({ ...grant }));
  return { proposals, usable };
}

export const GOVERNANCE_VECTORS = vectorRunner({ quorum: runQuorum, states: runStates });
