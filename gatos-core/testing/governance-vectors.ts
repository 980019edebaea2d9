/** Runs the golden vectors of `conformance/vectors/governance`: quorum expressions, and how things stand in whole repositories. */
import type { AnyRecordKind } from '../src/chain/index.js';
import { Cid, formatJson, type JsonValue } from '../src/codec/index.js';
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
import { GatosError, invariant } from '../src/kernel/index.js';
import { CHANGE_KIND, GENESIS_KIND, openTrust, TRUST_CHAIN } from '../src/trust/index.js';
import { putChain, type StoredChain } from './stored-chain.js';
import type { Vector, VectorMismatch } from './vector.js';

const engine = nobleEngine();
const KINDS: readonly AnyRecordKind[] = [GENESIS_KIND, CHANGE_KIND, ...GOVERNANCE_RULES.flatMap(({ kinds }) => kinds)];

/** What comes out: an answer, or the code of the first refusal. */
type Outcome = { readonly answer: JsonValue } | { readonly code: string };

interface QuorumInput {
  readonly text: string;
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly approvers: readonly string[];
}

function runQuorum({ text, groups, approvers }: QuorumInput): Outcome {
  const quorum = parseQuorum(text);
  const voices = { groups: new Map(Object.entries(groups)), approvers: new Set(approvers) };
  const { met, missing } = evaluateQuorum(quorum, voices);
  const may = mayStillApprove(missing);
  return { answer: { canonical: formatQuorum(quorum), met, missing: formatMissing(missing), may } };
}

interface StatesInput {
  readonly trust: readonly string[];
  readonly chains: readonly StoredChain[];
  readonly time: number;
  readonly policy_root: string | null;
}

async function runStates({ trust: signed, chains, time, policy_root: root }: StatesInput): Promise<Outcome> {
  const backend = memoryBackend();
  await putChain(backend, { chain: TRUST_CHAIN, signed }, KINDS);
  for (const chain of chains) await putChain(backend, chain, KINDS);
  const ports = { backend, engine, memo: new LedgerMemo() };
  const trust = await openTrust(ports);
  const [fault] = [...(await readLedger(ports, { trust })).faults.values()];
  if (fault !== undefined) return { code: fault.error.code };
  const bad = (await verifyGovernance(ports, { trust })).find(({ outcome }) => outcome !== 'pass');
  if (bad?.code !== undefined) return { code: bad.code };
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
  return { answer: { proposals, usable } };
}

type Run = (input: never) => Outcome | Promise<Outcome>;

const RUNS: Readonly<Record<string, Run>> = { quorum: runQuorum, states: runStates };

/** Areas that `checkGovernanceVector` knows. */
export const GOVERNANCE_AREAS: readonly string[] = Object.keys(RUNS);

/** What the code makes of the input of a vector. */
export async function runGovernanceVector(area: string, input: unknown): Promise<Outcome> {
  const run = RUNS[area];
  invariant(run !== undefined, `there is a runner for the area ${area}`);
  try {
    return await run(input as never);
  } catch (error) {
    if (error instanceof GatosError) return { code: error.code };
    throw error;
  }
}

/** Runs one vector of an area. Returns how governance departs from it, or undefined when it does not. */
export async function checkGovernanceVector(area: string, { input, want, wantError }: Vector): Promise<VectorMismatch> {
  const got = await runGovernanceVector(area, input);
  if ('code' in got) return got.code === wantError ? undefined : `refused as ${got.code}`;
  if (wantError !== undefined) return `accepted, wanted ${wantError}`;
  const [have, wanted] = [got.answer, want as JsonValue].map((value) => formatJson(value, { sorted: true }));
  return have === wanted ? undefined : `gave ${have}`;
}
