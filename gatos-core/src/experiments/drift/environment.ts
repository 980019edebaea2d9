/** What is compared of the machine: every fact that a Proof-of-Execution records of it, one by one. */
import { formatDigest } from '../../codec/index.js';
import type { Environment } from '../../jobs/index.js';
import { type Fact, fact } from './fact.js';

/** Tools come first: they explain most. */
export function environmentFacts(environment: Environment): readonly Fact[] {
  const { tools, libraries, lockfiles, sandbox, variables, passed, engine, os, arch, runner } = environment;
  return [
    ...tools.map(({ name, version, digest }) => fact(`tool ${name}`, `${version} ${formatDigest(digest)}`)),
    ...libraries.map(({ path, version, digest }) =>
      fact(`library ${path}`, version === null ? formatDigest(digest) : `${version} ${formatDigest(digest)}`),
    ),
    ...lockfiles.map(({ path, digest }) => fact(`lockfile ${path}`, formatDigest(digest))),
    fact('engine', engine),
    fact('os', os),
    fact('arch', arch),
    fact('runner', runner),
    fact('sandbox', sandbox.kind),
    fact('sandbox network', sandbox.network),
    fact('sandbox files', sandbox.files),
    ...Object.entries(variables).map(([name, value]) => fact(`variable ${name}`, value)),
    ...passed.map((name) => fact(`passed variable ${name}`, 'value not recorded')),
  ];
}
