import { findBlob, removeBlob } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { CID_POSITIONAL, namedCid } from './named.js';

export const command = defineCommand({
  name: 'rm',
  summary: 'record that the bytes of a blob are not kept any more',
  description: `
Records that a blob was removed, by whom and why; \`blob gc\` then lets go of its chunks. What was recorded of it stays, with its proof of each chunk, and who has the
bytes can put them again. A blob that anybody has pinned is not removed.
`,
  positionals: [CID_POSITIONAL],
  options: { reason: { kind: 'text', required: true, placeholder: 'TEXT', summary: 'why' } },
  examples: [{ command: "git gatos blob rm 1f3a09c2 --reason 'superseded'", note: 'then: git gatos blob gc' }],
  exits: ['no', 'missing', 'conflict', 'denied', 'untrusted', 'temporary'],
  seeAlso: ['blob gc', 'blob pin'],
  run: async (context, { cid: text, reason }) => {
    const { workspace, cid } = await namedCid(context, text);
    const { repository } = workspace;
    const found = await findBlob(repository.backend, cid);
    const { status } = await removeBlob(repository.ports, await repository.writer(), { cid, reason });
    const inline = found?.state === 'live' && found.blob.chunks === 0;
    return {
      value: { cid, status, reason },
      text: status === 'exists' ? 'it was removed before' : 'removed',
      next: inline
        ? ['its few bytes stay in the history of the records, as all that was recorded does']
        : ['let go of its chunks: git gatos blob gc'],
    };
  },
});
