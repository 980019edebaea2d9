/** The policy in force, ready to judge; and those that were in force before it. */
import { readBackwards, readEntry, recordBody, refOfChain } from '../chain/index.js';
import { type Cid, formatKey } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { bytesEqual, fromUtf8, isGatosError } from '../kernel/index.js';
import { decodeProgram, type Program, policyCodeRoot } from './compile/index.js';
import { policyError } from './errors.js';
import { type Machine, prepare, type Sources } from './evaluate/index.js';
import { type AdoptedBundle, BUNDLE_KIND, POLICY_CHAIN, POLICY_LANGUAGE } from './schema.js';
import { type Altered, alteredAt, readStored, type StoredBundle } from './stored.js';

export interface ActivePolicy {
  /** Commit of the adoption. */
  readonly oid: Oid;
  /** `policy_root`: CID of the adopting envelope. */
  readonly root: Cid;
  /** `policy_code_root`. */
  readonly codeRoot: Uint8Array;
  readonly machine: Machine;
  readonly program: Program;
  /** Texts of all files by path. */
  readonly sources: Sources;
  readonly body: AdoptedBundle;
}

/**
 * The newest adopted policy, or null when there is none. That the chain is valid, and that the compiled form is what the sources
 * say, was checked when it was accepted, and is checked again by `verifyRepository`; here the bytes are those that were signed.
 * Throws `policy/altered`, `policy/newer-language`, and as the git port.
 */
export async function openPolicy(backend: GitBackend): Promise<ActivePolicy | null> {
  const oid = await backend.refs.read(refOfChain(POLICY_CHAIN));
  return oid === null ? null : openPolicyAt(backend, oid);
}

/** The policy that the adoption in this commit brought. A function of the commit, so it may be kept as long as one likes. */
export async function openPolicyAt(backend: GitBackend, oid: Oid): Promise<ActivePolicy> {
  const entry = await readEntry(backend, oid);
  const altered = alteredAt(entry);
  const stored = await readStored(backend, entry);
  const { root, body } = stored;
  const { language, policy_code_root: codeRoot } = body;
  if (language > POLICY_LANGUAGE) throw policyError('newer-language', { language, known: POLICY_LANGUAGE });
  const program = programOf(stored, altered);
  const sources = new Map(stored.files.map(({ path, bytes }) => [path, textOf(path, bytes, altered)]));
  const machine = preparedWith(program, { codeRoot, sources }, altered);
  return { oid, root, codeRoot, machine, program, sources, body };
}

function programOf({ code, body }: StoredBundle, altered: Altered): Program {
  if (!bytesEqual(policyCodeRoot(code), body.policy_code_root)) throw altered('its compiled form is another one');
  try {
    return decodeProgram(code);
  } catch (error) {
    if (!isGatosError(error)) throw error;
    throw altered(error.message);
  }
}

function textOf(path: string, bytes: Uint8Array, altered: Altered): string {
  try {
    return fromUtf8(bytes);
  } catch {
    throw altered(`\`${path}\` is not UTF-8`);
  }
}

/** The program says the digests of its sources: these are they, or it is refused. */
function preparedWith(
  program: Program,
  given: { readonly codeRoot: Uint8Array; readonly sources: Sources },
  altered: Altered,
): Machine {
  try {
    return prepare(program, given);
  } catch (error) {
    if (!isGatosError(error)) throw error;
    throw altered(error.message);
  }
}

/** The policy with this root, in force or not any more. Throws `policy/no-such-policy`, and as `openPolicy`. */
export async function openPolicyByRoot(backend: GitBackend, root: Cid): Promise<ActivePolicy> {
  for await (const adoption of adoptions(backend))
    if (adoption.root.equals(root)) return openPolicyAt(backend, adoption.oid);
  throw policyError('no-such-policy', { policy_root: String(root) });
}

export interface Adoption {
  readonly oid: Oid;
  readonly root: Cid;
  /** Who proposed it. */
  readonly actor: string;
  /** Who signed it. */
  readonly keys: readonly string[];
  /** µs since the epoch. */
  readonly time: number;
  readonly clock: number;
  readonly body: AdoptedBundle;
}

/** What was adopted, newest first. Throws as `readEntry`, `codec/schema`. */
export async function* adoptions(backend: GitBackend): AsyncGenerator<Adoption, void, undefined> {
  const head = await backend.refs.read(refOfChain(POLICY_CHAIN));
  if (head === null) return;
  for await (const { oid, envelope, signatures } of readBackwards(backend, head)) {
    const { cid: root, actor, time, clock } = envelope;
    const keys = signatures.map(({ key }) => formatKey(key));
    yield { oid, root, actor, keys, time, clock, body: recordBody(envelope, 0, BUNDLE_KIND) };
  }
}
