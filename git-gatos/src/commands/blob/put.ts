import { basename } from 'node:path';
import { blobNameFault } from 'gatos-core';
import { CHUNK_CODECS, type ChunkCodec, putBlob } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import { blobFacts, blobValue } from '../../view/blob.js';
import { parseSize } from '../../view/size.js';

function chunkSize(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined) throw new Error('a size such as 1M or 4MiB, from 256KiB to 16MiB');
  return bytes;
}

export const command = defineCommand({
  name: 'put',
  summary: 'store a file, or what comes in, and record it',
  description: `
Cuts a file, or with \`-\` standard input, into chunks, stores them beside the git directory, and records what the blob is when all of them are durable. Prints the
id, which depends on the bytes, the size of chunks and the codec alone. The same bytes put again record nothing.

A put that was interrupted is repeated as it was: chunks that are stored are found and not written again. Memory does not grow with the size.
`,
  positionals: [{ name: 'file', kind: 'path', summary: 'the file, or `-`', complete: 'files' }],
  options: {
    media: {
      kind: 'text',
      default: 'application/octet-stream',
      placeholder: 'TYPE',
      summary: 'media type, such as text/csv',
    },
    codec: {
      kind: 'choice',
      choices: CHUNK_CODECS,
      default: 'raw',
      placeholder: 'CODEC',
      summary: 'compress each chunk by itself',
    },
    chunkSize: {
      kind: 'parsed',
      parse: chunkSize,
      placeholder: 'SIZE',
      summary: 'most bytes of a stored chunk, 256KiB to 16MiB; default: 4MiB',
    },
    name: { kind: 'text', placeholder: 'NAME', summary: 'a name for people; default: that of the file' },
  },
  examples: [
    { command: 'git gatos blob put genome.fa --media text/x-fasta', note: 'one file' },
    { command: 'git gatos blob put - --codec zstd --name dump.sql', note: 'what comes in' },
  ],
  exits: ['no', 'missing', 'conflict', 'denied', 'untrusted', 'temporary'],
  seeAlso: ['blob get', 'blob sync', 'blob verify'],
  run: async (context, { file, media, codec, chunkSize, name }) => {
    const { progress, signal } = context;
    const workspace = await context.openRepository();
    const source = file === '-' ? context.stdin.chunks() : file;
    // A file may have a name that no record takes.
    const base = file === '-' ? '' : basename(file);
    const named = name ?? (base === '' || blobNameFault(base) !== undefined ? undefined : base);
    const request = { source, media, codec: codec as ChunkCodec, chunkSize, name: named, progress, signal };
    const { status, blob, written, present } = await putBlob(workspace, request);
    return {
      value: { ...blobValue(blob), status, written, present },
      text: blob.cid,
      next: [
        ...(status === 'exists' ? ['it is recorded already: nothing was recorded'] : []),
        `${blobFacts(blob)}${present > 0 ? `; ${present} of its chunks were stored already` : ''}`,
        `get it back: git gatos blob get ${blob.cid.slice(0, 16)} -o FILE`,
      ],
    };
  },
});
