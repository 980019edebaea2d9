/** Runs the golden vectors of `conformance/vectors/merkle` against the Merkle trees. */
import { formatHex, parseHex } from '../src/codec/index.js';
import { bytesEqual, invariant } from '../src/kernel/index.js';
import {
  type ConsistencyClaim,
  Frontier,
  type InclusionClaim,
  root,
  verifyConsistency,
  verifyInclusion,
} from '../src/merkle/index.js';
import { type VectorAnswer, vectorRunner } from './vector-runner.js';

function runRoot({ leaves }: { readonly leaves: readonly string[] }): VectorAnswer {
  const data = leaves.map(parseHex);
  const frontier = new Frontier();
  for (const leaf of data) frontier.append(leaf);
  const whole = root(data);
  invariant(bytesEqual(whole, frontier.root()), 'one tree has one root');
  return { root: formatHex(whole), frontier: frontier.snapshot().hashes.map(formatHex) };
}

/** Claims: hex of the fields that hold bytes turned into bytes; the others stay. */
type ClaimText = Readonly<Record<string, string | number | readonly string[]>>;

function claimOf<T>(input: ClaimText): T {
  const fields = Object.entries(input).map(([name, field]) => {
    if (typeof field === 'number') return [name, field];
    return [name, typeof field === 'string' ? parseHex(field) : field.map(parseHex)];
  });
  return Object.fromEntries(fields) as T;
}

export const MERKLE_VECTORS = vectorRunner({
  'merkle-root': runRoot,
  'merkle-inclusion': (input: ClaimText) => verifyInclusion(claimOf<InclusionClaim>(input)),
  'merkle-consistency': (input: ClaimText) => verifyConsistency(claimOf<ConsistencyClaim>(input)),
});
