import { defineGroup } from '../../command/index.js';

export const group = defineGroup({
  name: 'blob',
  summary: 'keep large bytes, checkable chunk by chunk',
  description: `
A blob is cut into chunks; its id is the root of a tree over them, so that every chunk, and every range, is checked by itself. What a blob is, is recorded and
travels with \`git gatos sync\`; its chunks are kept beside the git directory and travel with \`git gatos blob sync\`. Up to 8 KiB stand in the record.
`,
  commands: [
    { name: 'put', summary: 'store a file, or what comes in, and record it', load: () => import('./put.js') },
    { name: 'get', summary: 'write the bytes of a blob, or a range of them, checked', load: () => import('./get.js') },
    { name: 'stat', summary: 'show what is recorded of a blob', load: () => import('./stat.js') },
    { name: 'ls', summary: 'list blobs', load: () => import('./ls.js') },
    {
      name: 'verify',
      summary: 'check every byte of a blob, or the proof of a chunk',
      load: () => import('./verify.js'),
    },
    { name: 'proof', summary: 'prove one chunk of a blob to somebody else', load: () => import('./proof.js') },
    { name: 'sync', summary: 'exchange chunks with a remote', load: () => import('./sync.js') },
    { name: 'pin', summary: 'keep a blob from being removed', load: () => import('./pin.js') },
    { name: 'unpin', summary: 'take a pin of yours back', load: () => import('./unpin.js') },
    { name: 'rm', summary: 'record that the bytes of a blob are not kept any more', load: () => import('./rm.js') },
    { name: 'gc', summary: 'remove chunks that no blob needs', load: () => import('./gc.js') },
  ],
});
