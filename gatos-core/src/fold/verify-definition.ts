/** Definitions of a fold chain: each record is the one that its files make. */
import { readChain, recordBody } from '../chain/index.js';
import { encode, type Value } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { bytesEqual, type Check, type LongCall, runCheck } from '../kernel/index.js';
import { bundleOfDefinition, definitionOf } from './definition.js';
import { foldError } from './errors.js';
import { DEFINITION_KIND } from './schema.js';

/** One check for all definitions of a chain that was itself verified, or of those after a commit of it. */
export async function checkDefinitions(
  backend: GitBackend,
  { chain, head, after }: { chain: string; head: Oid; after?: Oid | undefined },
  options: LongCall = {},
): Promise<Check> {
  return runCheck('definition', chain, async () => {
    let count = 0;
    for await (const batch of readChain(backend, { head, after }, options)) {
      for (const entry of batch) {
        const want = definitionOf(await bundleOfDefinition(backend, entry));
        const have = recordBody(entry.envelope, 0, DEFINITION_KIND);
        const bytes = [have, want].map((body) => encode(body as unknown as Value)) as [Uint8Array, Uint8Array];
        if (!bytesEqual(...bytes))
          throw foldError('definition-altered', {
            chain,
            commit: entry.oid,
            why: 'its manifest and `fold.json` differ',
          });
        count += 1;
      }
    }
    return `${count} definitions are what their files make`;
  });
}
