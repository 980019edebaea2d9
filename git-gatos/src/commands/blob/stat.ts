import { blobChain, blobError, type ChunkPresence, type HeldBlob, openBlobTree, readBlobShard } from 'gatos-core';
import { chunkPresence } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import type { Repository } from '../../repository.js';
import { heldText, heldValue } from '../../view/blob.js';
import { CID_POSITIONAL, namedCid } from './named.js';

export const command = defineCommand({
  name: 'stat',
  summary: 'show what is recorded of a blob',
  description:
    'Shows what a blob is, who recorded it, who has pinned it, whether it was removed, and how many of its chunks are here.',
  positionals: [CID_POSITIONAL],
  examples: [{ command: 'git gatos blob stat 1f3a09c2', note: 'all that is known of it' }],
  exits: ['no', 'missing', 'mismatch', 'unchecked'],
  seeAlso: ['blob ls', 'blob verify', 'inspect'],
  run: async (context, { cid: text }) => {
    const { workspace, cid } = await namedCid(context, text);
    const { backend, ports } = workspace.repository;
    const held = (await readBlobShard(backend, { chain: blobChain(cid) }, { signal: context.signal })).blobs.get(cid);
    if (held === undefined) throw blobError('unknown', { cid });
    const time = ports.clock.now();
    const here = await countHere(workspace, held, chunkPresence(workspace.backend));
    const chunks = held.blob?.chunks ?? 0;
    const lines = chunks === 0 ? [] : [`  here      ${here} of ${chunks} chunks`];
    return {
      value: { ...heldValue(held, time), chunks_here: here },
      text: [...heldText(held, time), ...lines],
      next: here < chunks && held.removal === null ? ['fetch the chunks: git gatos blob sync REMOTE'] : [],
    };
  },
});

async function countHere({ repository }: Repository, { blob }: HeldBlob, presence: ChunkPresence): Promise<number> {
  if (blob === null || blob.chunks === 0) return 0;
  let here = 0;
  const tree = await openBlobTree(repository.backend, blob);
  for await (const { hash } of tree.chunks()) if (await presence.has(hash)) here += 1;
  return here;
}
