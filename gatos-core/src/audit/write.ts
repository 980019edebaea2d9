/** Recording a denial, and reading it again. */
import {
  append,
  attachFile,
  type ChainEntry,
  listFiles,
  type NewFile,
  readHead,
  recordBody,
  type WriterPorts,
} from '../chain/index.js';
import { type Cid, encode, formatUlid, type Value } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import type { Signer } from '../identity/index.js';
import { LIMITS } from '../kernel/index.js';
import type { TrustHistory } from '../trust/index.js';
import { auditError } from './errors.js';
import { DENIAL_RULE } from './rules.js';
import { DECISION_PATH, DENIAL_KIND, type Denial, denialChain, INPUT_PATH } from './schema.js';

/** Who runs the gate: a `service:` actor and its key. */
export interface DenialAuthor {
  readonly actor: string;
  readonly signer: Signer;
  readonly trust: TrustHistory;
}

export interface NewDenial extends Omit<Denial, 'ulid' | 'attachments' | 'input' | 'decision'> {
  readonly input: { readonly cid: Cid; readonly bytes: Uint8Array } | null;
  readonly decision: { readonly cid: Cid; readonly bytes: Uint8Array } | null;
}

export interface RecordedDenial {
  /** ULID. */
  readonly id: string;
  readonly chain: string;
  /** CID of the envelope. */
  readonly cid: Cid;
  /** Bytes of the envelope and of what is attached. */
  readonly bytes: number;
}

function filesOf({ input, decision }: NewDenial): NewFile[] {
  const files: NewFile[] = [];
  if (decision !== null) files.push({ path: DECISION_PATH, bytes: decision.bytes });
  if (input !== null && input.bytes.length <= LIMITS.denialInputBytes)
    files.push({ path: INPUT_PATH, bytes: input.bytes });
  return files;
}

/** Writes one denial on a ref of its own. Throws `audit/not-a-service`, `trust/*` for a key that may not, and as `append`. */
export async function writeDenial(
  ports: WriterPorts,
  { actor, signer, trust }: DenialAuthor,
  denial: NewDenial,
): Promise<RecordedDenial> {
  const id = formatUlid({
    timeMs: Math.max(0, Math.floor(ports.clock.now() / 1000)),
    random: ports.random.bytes(10),
  });
  const chain = denialChain(id);
  if (!actor.startsWith('service:')) throw auditError('not-a-service', { actor, chain });
  const files = filesOf(denial);
  const { input, decision, ...rest } = denial;
  const body = DENIAL_KIND.schema.read({
    ...rest,
    ulid: id,
    input: input?.cid ?? null,
    decision: decision?.cid ?? null,
    attachments: files.map(attachFile),
  } as unknown as Value);
  const bodies = [encode(body as unknown as Value)];
  const [appended] = await append(ports, {
    chain,
    rule: DENIAL_RULE,
    repo: trust.repo,
    actor,
    policy: denial.policy_root,
    signers: [signer],
    authorize: trust.authorize,
    floor: async () => trust.head.clock,
    prepare: async () => [{ kind: DENIAL_KIND.kind, bodies, description: DENIAL_KIND.describe(body, 1), files }],
  });
  if (appended === undefined) throw auditError('no-denial', { id });
  const attached = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return { id, chain, cid: appended.envelope.cid, bytes: appended.envelope.bytes.length + attached };
}

export interface StoredDenial {
  readonly entry: ChainEntry;
  readonly body: Denial;
  /** Null when none was kept. */
  readonly input: Uint8Array | null;
  readonly decision: Uint8Array | null;
}

/** What an entry of the audit holds. Throws `codec/schema` for what is no denial, and as the git port. */
export async function denialIn(backend: GitBackend, entry: ChainEntry): Promise<StoredDenial> {
  const body = recordBody(entry.envelope, 0, DENIAL_KIND);
  const files = await listFiles(backend, entry.tree);
  const bytesOf = async (path: string): Promise<Uint8Array | null> => {
    const oid = files.get(path);
    if (oid === undefined) return null;
    const { content } = await backend.objects.read(oid, { maxBytes: LIMITS.policyInputBytes });
    return new Uint8Array(content);
  };
  return { entry, body, input: await bytesOf(INPUT_PATH), decision: await bytesOf(DECISION_PATH) };
}

/** Throws `audit/no-denial`, and as `denialIn`. */
export async function readDenial(backend: GitBackend, id: string): Promise<StoredDenial> {
  const entry = await readHead(backend, denialChain(id));
  if (entry === null) throw auditError('no-denial', { id });
  return denialIn(backend, entry);
}
