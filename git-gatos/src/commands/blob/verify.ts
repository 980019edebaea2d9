import { LIMITS, verifyBlobProof } from 'gatos-core';
import { verifyBlob } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import { cliError } from '../../errors.js';
import { reportOutcome } from '../../output/report.js';
import { CID_POSITIONAL, namedBlob } from './named.js';

/** Half an id proves nothing where there is no list that it could be the start of. Throws `cli/bad-value`. */
function wholeCid(text: string): string {
  const cid = text.toLowerCase();
  if (/^[0-9a-f]{64}$/.test(cid)) return cid;
  const want = 'a proof is of a whole id, 64 hexadecimal digits';
  throw cliError('bad-value', { command: 'git gatos blob verify', name: '<cid>', value: text.slice(0, 80), want });
}

export const command = defineCommand({
  name: 'verify',
  summary: 'check every byte of a blob, or the proof of a chunk',
  description: `
Reads every chunk and checks it against the id; each chunk that is damaged or missing is named by its index. What is missing here ends with 21, what is damaged
with 13.

With \`--proof\` no repository is needed: the file is checked against the id, which has to be whole then, with \`--chunk-bytes\` also that the stored bytes of the chunk are those.
`,
  positionals: [CID_POSITIONAL],
  options: {
    proof: { kind: 'path', placeholder: 'FILE', summary: 'check this proof of one chunk', complete: 'files' },
    chunkBytes: { kind: 'path', placeholder: 'FILE', summary: 'the chunk, as it is stored', complete: 'files' },
  },
  examples: [
    { command: 'git gatos blob verify 1f3a09c2', note: 'all of it' },
    {
      command: 'git gatos blob verify 1f3a09c2… --proof chunk.proof --chunk-bytes chunk.bin',
      note: 'what somebody sent',
    },
  ],
  exits: ['no', 'missing', 'mismatch', 'purged', 'unchecked', 'temporary'],
  seeAlso: ['blob proof', 'verify'],
  run: async (context, { cid: text, proof, chunkBytes }) => {
    if (chunkBytes !== undefined && proof === undefined)
      throw cliError('only-with', { option: '--chunk-bytes', needs: '--proof' });
    const { progress, signal, colour: style } = context;
    if (proof === undefined) {
      const { workspace, blob } = await namedBlob(context, text);
      const { report, missing, bad } = await verifyBlob(workspace, { blob, progress, signal });
      return reportOutcome(report, { style, value: { missing, bad } });
    }
    const read = (path: string, maxBytes: number) => context.readSource({ from: 'file', path }, { maxBytes });
    const bytes = await read(proof, LIMITS.blobProofBytes);
    const chunk = chunkBytes === undefined ? undefined : await read(chunkBytes, LIMITS.chunkStoredBytes);
    const cid = wholeCid(text);
    const { report, proved } = await verifyBlobProof(bytes, { cid, chunk });
    return reportOutcome(report, {
      style,
      value: { proved: proved === null ? null : { ...proved, ref: undefined } },
      next: chunk === undefined && proved !== null ? [`the chunk itself is the one with SHA-256 ${proved.hash}`] : [],
    });
  },
});
