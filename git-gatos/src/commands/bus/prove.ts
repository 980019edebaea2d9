import { Cid, proveMessage } from 'gatos-core';
import { defineCommand } from '../../command/index.js';

export const command = defineCommand({
  name: 'prove',
  summary: 'prove that a message stood in a segment',
  description:
    'Writes a small proof that a message stands in its segment, once that has ended: the message, and its path in the Merkle tree. It holds after the segment was pruned as well.',
  positionals: [
    { name: 'topic', kind: 'text', summary: 'name of the topic', complete: 'topics' },
    { name: 'cid', kind: 'parsed', parse: Cid.parse, summary: 'CID of the message' },
  ],
  examples: [{ command: 'git gatos bus prove readings bafy… > reading.proof', note: 'keep it with the message' }],
  exits: ['no', 'missing', 'unchecked'],
  seeAlso: ['bus verify', 'bus compact'],
  run: async (context, { topic, cid }) => {
    const { backend } = (await context.openRepository()).repository;
    return { bytes: [await proveMessage(backend, { topic, cid }, context)] };
  },
});
