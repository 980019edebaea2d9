/** Runs the golden vectors of `conformance/vectors/merkle` against the Merkle trees. */
import { formatHex, parseHex } from '../src/codec/index.js';
import {
  type ConsistencyClaim,
  Frontier,
  type InclusionClaim,
  root,
  verifyConsistency,
  verifyInclusion,
} from '../src/merkle/index.js';
import type { Vector, VectorMismatch } from './vector.js';

interface RootInput {
  readonly leaves: readonly string[];
}

interface RootAnswer {
  readonly root: string;
  readonly frontier: readonly string[];
}

function checkRoot({ leaves }: RootInput, want: RootAnswer): VectorMismatch {
  const data = leaves.map(parseHex);
  const frontier = new Frontier();
  for (const leaf of data) frontier.append(leaf);
  const { hashes } = frontier.snapshot();
  const got = [formatHex(root(data)), formatHex(frontier.root()), ...hashes.map(formatHex)].join(' ');
  const wanted = [want.root, want.root, ...want.frontier].join(' ');
  return got === wanted ? undefined : `gave ${got}`;
}

/** Hex of the fields that hold bytes turned into bytes; the others stay. */
function claimOf<T>(input: Readonly<Record<string, string | number | readonly string[]>>): T {
  const fields = Object.entries(input).map(([name, field]) => {
    if (typeof field === 'number') return [name, field];
    return [name, typeof field === 'string' ? parseHex(field) : field.map(parseHex)];
  });
  return Object.fromEntries(fields) as T;
}

/** Areas that `checkMerkleVector` knows. */
export const MERKLE_AREAS: readonly string[] = ['merkle-root', 'merkle-inclusion', 'merkle-consistency'];

/** Runs one vector of an area. Returns how the trees depart from it, or undefined when they do not. */
export function checkMerkleVector(area: string, { input, want }: Vector): VectorMismatch {
  switch (area) {
    case 'merkle-root':
      return checkRoot(input as RootInput, want as RootAnswer);
    case 'merkle-inclusion': {
      const holds = verifyInclusion(claimOf<InclusionClaim>(input as never));
      return holds === want ? undefined : `gave ${holds}`;
    }
    case 'merkle-consistency': {
      const holds = verifyConsistency(claimOf<ConsistencyClaim>(input as never));
      return holds === want ? undefined : `gave ${holds}`;
    }
    default:
      return `no runner for the area ${area}`;
  }
}
