import { encodeBlobProof, openBlobTree, proveChunk } from 'gatos-core';
import { readStoredChunk } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import { cliError } from '../../errors.js';
import { writeOutputFile } from '../../output/file.js';
import { shellWord } from '../../view/shell.js';
import { CID_POSITIONAL, namedBlob } from './named.js';
import { parseOffset, within } from './range.js';

function offset(text: string): number {
  const bytes = parseOffset(text);
  if (bytes === undefined) throw new Error('a number of bytes, such as 1048576 or 1M');
  return bytes;
}

export const command = defineCommand({
  name: 'proof',
  summary: 'prove one chunk of a blob to somebody else',
  description: `
Writes what proves a chunk: the BlobRef, the leaf that names the chunk, and the nodes above it up to the root, which is the id. Whoever has it, the id and the chunk
checks it without any repository. \`--chunk-bytes\` also writes the chunk, as it is stored.
`,
  positionals: [CID_POSITIONAL],
  options: {
    chunk: { kind: 'int', min: 0, placeholder: 'N', summary: 'number of the chunk, from 0 on' },
    offset: { kind: 'parsed', parse: offset, placeholder: 'N', summary: 'the chunk with this byte of the blob' },
    out: {
      kind: 'path',
      short: 'o',
      placeholder: 'FILE',
      summary: 'where to; default: standard output',
      complete: 'files',
    },
    chunkBytes: { kind: 'path', placeholder: 'FILE', summary: 'also write the chunk there', complete: 'files' },
  },
  examples: [{ command: 'git gatos blob proof 1f3a09c2 --offset 1G -o chunk.proof', note: 'for a stranger' }],
  exits: ['no', 'missing', 'mismatch', 'purged', 'unchecked', 'temporary'],
  seeAlso: ['blob verify'],
  run: async (context, { cid: text, chunk, offset: at, out, chunkBytes }) => {
    if ((chunk === undefined) === (at === undefined)) {
      if (chunk !== undefined) throw cliError('together', { first: '--chunk', second: '--offset' });
      throw cliError('missing-option', {
        command: 'git gatos blob proof',
        option: '--chunk',
        summary: 'the chunk, by its number or by an offset in it',
      });
    }
    const { workspace, cid, blob } = await namedBlob(context, text);
    const { plain_size: size, plain_chunk: plain } = blob.manifest;
    if (at !== undefined) within({ from: at, to: at + 1 }, size);
    const index = chunk ?? (plain === 0 ? 0 : Math.floor((at ?? 0) / plain));
    const bytes = encodeBlobProof(await proveChunk(workspace.repository.backend, { cid, index }));
    if (chunkBytes !== undefined) {
      const found = await (await openBlobTree(workspace.repository.backend, blob)).chunk(index);
      writeOutputFile(chunkBytes, await readStoredChunk(workspace, { blob, chunk: found }));
    }
    if (out === undefined || out === '-') return { bytes: [bytes] };
    writeOutputFile(out, bytes);
    const stored = chunkBytes === undefined ? '' : ` --chunk-bytes ${shellWord(chunkBytes)}`;
    return {
      value: { cid, index, file: out, bytes: bytes.length },
      text: `${bytes.length} bytes in ${out}`,
      next: [`anyone can check it: git gatos blob verify ${cid} --proof ${shellWord(out)}${stored}`],
    };
  },
});
