import { unpinBlob } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { CID_POSITIONAL, namedCid } from './named.js';

export const command = defineCommand({
  name: 'unpin',
  summary: 'take a pin of yours back',
  description: 'Records that you do not need a blob any more. Pins of others stay.',
  positionals: [CID_POSITIONAL],
  options: { why: { kind: 'text', default: '', placeholder: 'TEXT', summary: 'why' } },
  examples: [{ command: 'git gatos blob unpin 1f3a09c2', note: 'it may be removed now' }],
  exits: ['no', 'missing', 'conflict', 'denied', 'untrusted', 'temporary'],
  seeAlso: ['blob pin'],
  run: async (context, { cid: text, why }) => {
    const { workspace, cid } = await namedCid(context, text);
    const { repository } = workspace;
    await unpinBlob(repository.ports, await repository.writer(), { cid, why });
    return { value: { cid, why }, text: 'unpinned' };
  },
});
