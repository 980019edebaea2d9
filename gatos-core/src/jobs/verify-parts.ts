/** The checks of the manifest, the proof and the result of a job, each against the others. */
import { readHead, recordBody } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { bytesEqual } from '../kernel/index.js';
import { jobError } from './errors.js';
import { executionChain } from './names.js';
import type { JobParts } from './parts.js';
import { KnownPolicies } from './policies.js';
import type { StoredExecution, StoredManifest } from './read.js';
import { inputsRoot, namedRoot, programId } from './roots.js';
import { EXECUTION_KIND, type JobInput } from './schema.js';
import type { HeldClaim } from './verify-claims.js';

/** Throws `jobs/bad-job` for what is recorded of a job that is not there, and for a manifest that names what never was. */
export async function checkManifest(backend: GitBackend, parts: JobParts, policies: KnownPolicies): Promise<string> {
  const bad = (why: string) => jobError('bad-job', { job: String(parts.job), why });
  const manifest = await parts.manifest();
  if (manifest === null) {
    const there = (['claim', 'execution', 'result'] as const).filter((part) => parts.head(part) !== null);
    throw bad(`there is its ${there.join(' and its ')}, and no manifest`);
  }
  const { inputs, policy_root: root, program } = manifest.body;
  if (root !== null && (await policies.codeRoot(root)) === null)
    throw bad(`its policy \`${root}\` was never adopted here`);
  await checkSources(backend, inputs, bad);
  return `${program.kind}; ${inputs.length} inputs`;
}

/** An input that is said to come from a job is one of its outputs. */
async function checkSources(
  backend: GitBackend,
  inputs: readonly JobInput[],
  bad: (why: string) => Error,
): Promise<void> {
  const outputs = new Map<string, ReadonlySet<string>>();
  for (const { name, cid, source } of inputs) {
    if (source.job === undefined) continue;
    const from = String(source.job);
    const given = outputs.get(from) ?? (await outputsOf(backend, source.job));
    outputs.set(from, given);
    if (!given.has(String(cid))) throw bad(`its input \`${name}\` is no output of job \`${from}\``);
  }
}

async function outputsOf(backend: GitBackend, job: Cid): Promise<ReadonlySet<string>> {
  const entry = await readHead(backend, executionChain(job));
  if (entry === null) return new Set();
  return new Set(recordBody(entry.envelope, 0, EXECUTION_KIND).outputs.map(({ cid }) => String(cid)));
}

interface Proof {
  /** The last claim; undefined when the claims do not hold, which was told. */
  readonly last: HeldClaim | null | undefined;
  readonly policies: KnownPolicies;
}

type Bad = (why: string) => Error;

/** Throws `jobs/bad-execution` for the first thing that the proof says of another manifest, claim or policy. */
export async function checkExecution(parts: JobParts, { last, policies }: Proof): Promise<string> {
  const proof = await parts.execution();
  if (proof === null) return 'it was not run';
  const { body, entry } = proof;
  const bad: Bad = (why) => jobError('bad-execution', { job: String(parts.job), why });
  const manifest = await parts.manifest();
  // That there is none was told.
  if (manifest !== null) refuseOther(proof, manifest, bad);
  refuseContradiction(proof, bad);
  if (last !== undefined) refuseUnclaimed(proof, last, bad);
  const cited = entry.envelope.policy;
  if (String(cited) !== String(body.policy_root))
    throw bad(`it names the policy \`${body.policy_root ?? 'none'}\`, and its envelope \`${cited ?? 'none'}\``);
  await policies.check(body, bad);
  return `${body.status}; ${body.outputs.length} outputs`;
}

/** Is it of this manifest? */
function refuseOther({ body, entry }: StoredExecution, manifest: StoredManifest, bad: Bad): void {
  if (!bytesEqual(body.inputs_root, inputsRoot(manifest.body))) throw bad('its inputs are not those of the manifest');
  if (!body.program_id.equals(programId(manifest.body.program))) throw bad('its program is not that of the manifest');
  if (entry.envelope.clock < manifest.entry.envelope.clock) throw bad('it stands before the manifest');
}

/** Does it agree with itself? */
function refuseContradiction({ body }: StoredExecution, bad: Bad): void {
  const { status, exit, signal, failure } = body;
  if (!bytesEqual(body.outputs_root, namedRoot(body.outputs))) throw bad('its outputs are not those of its root');
  if (body.finished < body.started) throw bad('it ended before it started');
  if (exit !== null && signal !== null) throw bad(`it ended with exit status ${exit} and by signal \`${signal}\``);
  if (status !== 'succeeded') return;
  if (exit !== 0) throw bad(`it succeeded with exit status ${exit ?? 'none'}`);
  if (failure !== null) throw bad(`it succeeded, and yet: ${failure}`);
}

/** Is it by who held the job, in the attempt in which it was closed? */
function refuseUnclaimed({ body, entry }: StoredExecution, last: HeldClaim | null, bad: Bad): void {
  if (last === null || last.body.state !== 'closed') throw bad('the claim under which it was run was not closed');
  const { actor } = entry.envelope;
  if (last.body.worker !== actor) throw bad(`\`${last.body.worker}\` held the job, \`${actor}\` ran it`);
  if (last.body.attempt !== body.attempt)
    throw bad(`it is of attempt ${body.attempt}, the last is ${last.body.attempt}`);
}

/** Throws `jobs/bad-result`. */
export async function checkResult(parts: JobParts, last: HeldClaim | null | undefined): Promise<string> {
  const [result, proof] = await Promise.all([parts.result(), parts.execution()]);
  const bad = (why: string) => jobError('bad-result', { job: String(parts.job), why });
  const closed = last?.body.state === 'closed';
  if (result === null) {
    if (proof !== null) throw bad('there is a proof, and no result');
    if (closed) throw bad('its claim is closed, and there is no result');
    return 'none yet';
  }
  const manifest = await parts.manifest();
  const { status, poe } = result.body;
  const { envelope } = result.entry;
  if (manifest !== null && envelope.clock < manifest.entry.envelope.clock) throw bad('it stands before the manifest');
  if (poe === null) {
    if (proof !== null) throw bad('it was cancelled, and yet there is a proof');
    if (closed) throw bad('it was cancelled, and yet its claim is closed');
    return 'cancelled';
  }
  if (proof === null) throw bad(`its proof \`${poe}\` is not here`);
  const found = proof.entry.envelope;
  if (!found.cid.equals(poe)) throw bad(`it names the proof \`${poe}\`, and \`${found.cid}\` is there`);
  if (proof.body.status !== status) throw bad(`it says ${status}, the proof says ${proof.body.status}`);
  if (found.actor !== envelope.actor) throw bad('it is by another actor than the proof');
  if (envelope.clock < found.clock) throw bad('it stands before its proof');
  if (last === null) throw bad('nobody had claimed the job');
  return status;
}

/** The policy that a record says it was made under. Throws what `bad` makes, and as the git port. */
export function checkPolicy(
  backend: GitBackend,
  record: Parameters<KnownPolicies['check']>[0],
  bad: (why: string) => Error,
): Promise<void> {
  return new KnownPolicies(backend).check(record, bad);
}
