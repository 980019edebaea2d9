/** Is the law what its sources say? Every adopted bundle is compiled again, and has to give the same bytes. */
import { type ChainEntry, readChain } from '../chain/index.js';
import { formatDigest } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { bytesEqual, type Check, failed, GatosError, type LongCall, passed } from '../kernel/index.js';
import { checkSources } from './bundle.js';
import { policyCodeRoot } from './compile/index.js';
import { policyError } from './errors.js';
import { POLICY_LANGUAGE } from './schema.js';
import { type Altered, alteredAt, readStored, type StoredBundle } from './stored.js';

const NAME = 'policy-code';
const HOLDS = 'compiled policies are what their sources compile to';

/**
 * Why an adoption, whose envelope was verified, is not what it claims to be: its files, its compiled form, its digests. Null when all
 * is as it should be. What is written in a newer version of the language is `policy/newer-language`: it could not be checked.
 * Throws as the git port for what cannot be read.
 */
export async function adoptionFault(backend: GitBackend, entry: ChainEntry): Promise<GatosError | null> {
  try {
    checkStored(await readStored(backend, entry), entry);
    return null;
  } catch (error) {
    if (error instanceof GatosError && error.code.startsWith('policy/')) return error;
    throw error;
  }
}

/** Throws `policy/altered`, `policy/other-code`, `policy/newer-language`. */
function checkStored({ body, files, code }: StoredBundle, entry: ChainEntry): void {
  const { oid: commit, envelope } = entry;
  const altered = alteredAt(entry);
  const { language, policy_code_root } = body;
  if (!bytesEqual(policyCodeRoot(code), policy_code_root))
    throw altered(`its compiled form is not the one of \`${formatDigest(policy_code_root)}\``);
  if (language > POLICY_LANGUAGE) throw policyError('newer-language', { language, known: POLICY_LANGUAGE });
  const computed = recompiled(files, altered);
  if (bytesEqual(computed, policy_code_root)) return;
  const digests = { claimed: formatDigest(policy_code_root), computed: formatDigest(computed) };
  throw policyError('other-code', { chain: envelope.chain, commit, ...digests });
}

function recompiled(files: StoredBundle['files'], altered: Altered): Uint8Array {
  try {
    const { bundle, diagnostics } = checkSources(files);
    if (bundle !== null) return bundle.codeRoot;
    const first = diagnostics.find(({ severity }) => severity === 'error');
    throw altered(
      first === undefined
        ? 'its sources do not compile'
        : `its sources do not compile: ${first.file}:${first.line}:${first.column}: ${first.message}`,
    );
  } catch (error) {
    if (!(error instanceof GatosError) || error.code === 'policy/altered') throw error;
    throw altered(error.message);
  }
}

/** What cannot be read hides no other adoption. */
function orFault(error: unknown): GatosError {
  if (error instanceof GatosError) return error;
  throw error;
}

interface Found {
  readonly error: GatosError;
  count: number;
}

/**
 * Compiles every bundle of a chain that was itself verified. One check when all of them hold; else one for each code of fault, with
 * the first adoption that has it; after one that does not hold, the others are looked at all the same. An aborted signal and bugs are thrown.
 */
export async function checkPolicies(
  backend: GitBackend,
  { chain, head }: { readonly chain: string; readonly head: Oid },
  options: LongCall = {},
): Promise<readonly Check[]> {
  const faults = new Map<string, Found>();
  let held = 0;
  const note = (error: GatosError): void => {
    const known = faults.get(error.code);
    if (known === undefined) faults.set(error.code, { error, count: 1 });
    else known.count += 1;
  };
  try {
    for await (const batch of readChain(backend, { head }, options))
      for (const entry of batch) {
        const fault = await adoptionFault(backend, entry).catch(orFault);
        if (fault === null) held += 1;
        else note(fault);
        options.progress?.({ task: `compile ${chain}`, done: held, unit: 'policies' });
        options.signal?.throwIfAborted();
      }
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof GatosError)) throw error;
    note(error);
  }
  if (faults.size === 0) return [passed(NAME, chain, HOLDS, { policies: held })];
  return [...faults.values()].map(({ error, count }) => {
    const check = failed(NAME, chain, error);
    return { ...check, evidence: { ...check.evidence, policies: count, policies_verified: held } };
  });
}
