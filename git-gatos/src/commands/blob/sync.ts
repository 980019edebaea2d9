import { openBlob, resolveBlobCid } from 'gatos-core';
import { type MovedChunks, syncBlobs } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import { counted } from '../../view/count.js';
import { formatSize } from '../../view/size.js';

export const command = defineCommand({
  name: 'sync',
  summary: 'exchange chunks with a remote',
  description: `
Brings the chunks that are missing here of all blobs that are recorded, and gives the remote those that it lacks; \`--pull\` and \`--push\` do one of the two. Each chunk
is checked before it is written. Records are exchanged by \`git gatos sync\`.

Where the remote keeps its chunks says \`remote.<name>.gatosBlobs\` in git's configuration: a folder, \`https://HOST\` of a gatosd, \`s3+https://HOST/BUCKET/PREFIX\`. Of
a remote on this machine it is the folder beside its git directory.
`,
  positionals: [
    { name: 'remote', kind: 'text', optional: true, default: 'origin', summary: 'the remote', complete: 'remotes' },
    { name: 'cids', kind: 'rest', of: 'text', summary: 'only these blobs', complete: 'blobs' },
  ],
  options: {
    pull: { kind: 'flag', summary: 'only bring' },
    push: { kind: 'flag', summary: 'only give' },
    thorough: { kind: 'flag', summary: 'also read what is there, and replace what is damaged' },
  },
  examples: [
    { command: 'git gatos blob sync', note: 'both ways, with origin' },
    { command: 'git gatos blob sync origin --pull', note: 'after a clone' },
  ],
  exits: ['no', 'missing', 'mismatch', 'purged', 'denied', 'unchecked', 'temporary'],
  seeAlso: ['sync', 'blob verify'],
  run: async (context, { remote, cids, pull, push, thorough }) => {
    const { cwd, env, progress, signal } = context;
    const workspace = await context.openRepository();
    const { backend } = workspace.repository;
    const blobs = [];
    for (const text of cids) blobs.push(await openBlob(backend, await resolveBlobCid(backend, text, { signal })));
    const both = pull === push;
    const request = { cwd, env, remote, pull: both || pull, push: both || push, thorough, progress, signal };
    const done = await syncBlobs(workspace, { ...request, ...(cids.length === 0 ? {} : { blobs }) });
    const { store, pulled, pushed, incomplete } = done;
    return {
      value: done,
      text: [
        `store ${store}`,
        ...(pulled === null ? [] : [`brought ${told(pulled)}`]),
        ...(pushed === null ? [] : [`gave    ${told(pushed)}`]),
        ...incomplete.map((cid) => `missing chunks of ${cid}: they are not there either`),
      ],
      exit: (pulled?.altered ?? 0) > 0 ? 'mismatch' : incomplete.length > 0 ? 'purged' : 'ok',
    };
  },
});

function told({ moved, present, missing, altered, bytes }: MovedChunks): string {
  return [
    `${counted(moved, 'chunk')} (${formatSize(bytes)})`,
    `${present} were there`,
    ...(missing === 0 ? [] : [`${missing} are missing`]),
    ...(altered === 0 ? [] : [`${altered} are damaged there and were not taken`]),
  ].join(', ');
}
