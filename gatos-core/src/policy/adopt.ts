/** Adopting a policy: proposed by one root, signed by as many as trust asks for, possibly offline, then made law. */
import {
  type Appended,
  attachFile,
  type ChainHead,
  type NewFile,
  readEntry,
  recordBody,
  refOfChain,
  verifyChain,
} from '../chain/index.js';
import { type Cid, encode, type Value } from '../codec/index.js';
import type { Signer } from '../identity/index.js';
import { bytesEqual, type GatosError, isGatosError } from '../kernel/index.js';
import {
  addSignature,
  appliedAs,
  draftPending,
  openTrust,
  type Pending,
  type PendingPlace,
  publishPending,
  readPending,
  signPending,
  type TrustHistory,
  type TrustPorts,
  type TrustWriterPorts,
} from '../trust/index.js';
import { type AdoptionFile, decodeAdoption, encodeAdoption } from './adoption-file.js';
import { type PolicyBundle, readSources } from './bundle.js';
import { policyError } from './errors.js';
import { adoptedFiles } from './files.js';
import { POLICY_RULE } from './rules.js';
import { type AdoptedBundle, BUNDLE_KIND, POLICY_CHAIN, POLICY_LANGUAGE } from './schema.js';

export interface AdoptionRequest {
  readonly actor: string;
  readonly signer: Signer;
  /** Sources, with their paths in the bundle. */
  readonly files: readonly NewFile[];
  /** Why, for those who sign and for those who read the law later. */
  readonly note?: string | undefined;
}

/** An adoption that may still lack signatures. */
export interface PendingAdoption {
  /** The file that travels from one root to the next: what is signed, and the sources. */
  readonly bytes: Uint8Array;
  /** CID of the envelope: the `policy_root` to be. */
  readonly cid: Cid;
  /** The policy in force, which it would replace. */
  readonly replaces: Cid | null;
  readonly actor: string;
  readonly body: AdoptedBundle;
  readonly bundle: PolicyBundle;
  /** What is still missing before it can be applied; null when nothing is. */
  readonly missing: GatosError | null;
}

interface Court {
  readonly trust: TrustHistory;
  readonly place: PendingPlace;
}

/** Who decides now, and on what. Throws `trust/*`, and the fault that makes the chain of policies invalid. */
async function openCourt(ports: TrustPorts): Promise<Court> {
  const trust = await openTrust(ports);
  const { repo, authorize } = trust;
  const head = await verifiedHead(ports, trust);
  const refuse = (why: string): GatosError => policyError('bad-adoption', { why });
  return { trust, place: { rule: POLICY_RULE, kind: BUNDLE_KIND, repo, head, authorize, refuse } };
}

async function verifiedHead(
  { backend, engine }: TrustPorts,
  { repo, authorize }: TrustHistory,
): Promise<ChainHead | null> {
  const head = await backend.refs.read(refOfChain(POLICY_CHAIN));
  if (head === null) return null;
  const span = { chain: POLICY_CHAIN, rule: POLICY_RULE, head };
  const verdict = await verifyChain({ backend, engine, repo, authorize }, span);
  if (verdict.fault !== null) throw verdict.fault;
  return verdict.head;
}

function bodyOf(bundle: PolicyBundle, note: string): AdoptedBundle {
  const paths = bundle.files.map(({ path }) => path);
  return {
    language: POLICY_LANGUAGE,
    modules: paths.filter((path) => path.endsWith('.rgs')),
    adrs: paths.filter((path) => path.endsWith('.md')),
    policy_code_root: bundle.codeRoot,
    note,
    attachments: adoptedFiles(bundle).map(attachFile),
  };
}

function sameLaw(a: AdoptedBundle, b: AdoptedBundle): boolean {
  if (a.language !== b.language || !bytesEqual(a.policy_code_root, b.policy_code_root)) return false;
  if (a.attachments.length !== b.attachments.length) return false;
  return a.attachments.every(({ path, cid }, i) => {
    const other = b.attachments[i];
    return other !== undefined && other.path === path && other.cid.equals(cid);
  });
}

/**
 * Compiles the sources and proposes them as the law, signed by one root. Throws `policy/does-not-compile` with all findings,
 * `policy/bad-file`, `policy/bundle-too-large`, `policy/bad-adoption`, `policy/nothing-new` when they are the law already, and
 * `trust/not-a-root` and the like when the signature could never count.
 */
export async function proposeAdoption(
  ports: TrustWriterPorts,
  { actor, signer, files, note = '' }: AdoptionRequest,
): Promise<PendingAdoption> {
  const bundle = readSources(files);
  const court = await openCourt(ports);
  const { place } = court;
  const body = readable(bodyOf(bundle, note));
  if (place.head !== null) {
    const { envelope } = await readEntry(ports.backend, place.head.oid);
    if (sameLaw(recordBody(envelope, 0, BUNDLE_KIND), body))
      throw policyError('nothing-new', { policy_root: String(envelope.cid) });
  }
  const bodies = [encode(body as unknown as Value)];
  const envelope = await draftPending(ports, place, { actor, policy: place.head?.cid ?? null, bodies });
  return pendingOf(court, { pending: await signPending(place, { envelope, signatures: [] }, signer), bundle });
}

/** Throws `policy/bad-adoption` for a body out of form: the note is all that can be. */
function readable(body: AdoptedBundle): AdoptedBundle {
  try {
    return BUNDLE_KIND.schema.read(body, '');
  } catch (error) {
    if (!isGatosError(error)) throw error;
    throw policyError('bad-adoption', { why: error.message }, { cause: error });
  }
}

interface Opened {
  readonly pending: Pending;
  readonly bundle: PolicyBundle;
}

function pendingOf({ place }: Court, { pending, bundle }: Opened): PendingAdoption {
  const { envelope, missing, bytes: signed } = pending;
  return {
    bytes: encodeAdoption({ signed, files: bundle.files }),
    cid: envelope.cid,
    replaces: place.head?.cid ?? null,
    actor: envelope.actor,
    body: recordBody(envelope, 0, BUNDLE_KIND),
    bundle,
    missing,
  };
}

/** What the file holds, with everything that one machine can check. */
function opened({ trust, place }: Court, { signed, files }: AdoptionFile): Opened {
  const pending = readPending(place, signed);
  const { envelope } = pending;
  const body = recordBody(envelope, 0, BUNDLE_KIND);
  const { language, policy_code_root, note } = body;
  if (language !== POLICY_LANGUAGE) throw policyError('newer-language', { language, known: POLICY_LANGUAGE });
  const behind = lateAdoption(envelope, trust);
  if (behind !== null) throw behind;
  const bundle = readSources(files);
  if (!bytesEqual(bundle.codeRoot, policy_code_root))
    throw place.refuse('its sources do not compile to what was signed');
  if (!sameLaw(bodyOf(bundle, note), body)) throw place.refuse('the sources in it are not those that were signed');
  return { pending, bundle };
}

/**
 * An adoption that claims a place before the newest change of trust: it would be judged by who decided then. Null when it comes
 * after it. For whoever lets an adoption in; in a chain that is there already, each stands where it stands.
 */
export function lateAdoption(
  { clock }: { readonly clock: number },
  { head }: Pick<TrustHistory, 'head'>,
): GatosError | null {
  return clock > head.clock ? null : policyError('behind-trust', { clock, trust: head.clock });
}

/**
 * Reads a pending adoption against the law as it is now; its signatures are counted, not verified. Throws `policy/bad-adoption` for a
 * file of something else or with other sources than were signed, `trust/stale` when another adoption came first,
 * `policy/behind-trust` when trust has changed since, `policy/newer-language`, `policy/does-not-compile`.
 */
export async function pendingAdoption(ports: TrustPorts, bytes: Uint8Array): Promise<PendingAdoption> {
  const court = await openCourt(ports);
  return pendingOf(court, opened(court, decodeAdoption(bytes)));
}

/**
 * Adds a signature. Throws as `pendingAdoption`, `chain/bad-signature` when an earlier one does not fit, and `trust/not-a-root` and
 * the like when the new one could never count.
 */
export async function signAdoption(
  ports: TrustWriterPorts,
  bytes: Uint8Array,
  signer: Signer,
): Promise<PendingAdoption> {
  const court = await openCourt(ports);
  const file = decodeAdoption(bytes);
  const { bundle } = opened(court, file);
  return pendingOf(court, {
    pending: await addSignature(ports.engine, court.place, { bytes: file.signed, signer }),
    bundle,
  });
}

/**
 * Makes it law; what is law already, or was, is left alone. Throws `trust/threshold` while signatures are missing, `trust/stale` when
 * another adoption came first, `chain/bad-signature` when a signature does not fit, and as `pendingAdoption`.
 */
export async function applyAdoption(ports: TrustWriterPorts, bytes: Uint8Array): Promise<Appended> {
  const file = decodeAdoption(bytes);
  const court = await openCourt(ports);
  const applied = await appliedAs(ports.backend, { chain: POLICY_CHAIN, bytes: file.signed });
  if (applied !== null) return applied;
  const { pending, bundle } = opened(court, file);
  return publishPending(ports, court.place, { pending, files: adoptedFiles(bundle) });
}
