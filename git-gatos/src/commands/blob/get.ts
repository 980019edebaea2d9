import { getBlob, openBlobRange, writeWholeFile } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import { formatSize } from '../../view/size.js';
import { CID_POSITIONAL, namedBlob } from './named.js';
import { type Give, piped } from './piped.js';
import { parseRange, within } from './range.js';

export const command = defineCommand({
  name: 'get',
  summary: 'write the bytes of a blob, or a range of them, checked',
  description: `
Writes to standard output, or with \`-o\` to a file, which gets its name when all of it is there; a file that is there is replaced. Each chunk is checked against the id before a byte of it goes out. A
range reads the chunks that it touches and no others.
`,
  positionals: [CID_POSITIONAL],
  options: {
    out: { kind: 'path', short: 'o', placeholder: 'FILE', summary: 'write to this file', complete: 'files' },
    range: {
      kind: 'parsed',
      parse: parseRange,
      placeholder: 'A..B',
      summary: 'only the bytes from A on, up to and without B',
    },
  },
  examples: [
    { command: 'git gatos blob get 1f3a09c2 -o genome.fa', note: 'into a file' },
    { command: 'git gatos blob get 1f3a09c2 --range 4M..5M', note: 'a part of it' },
  ],
  exits: ['no', 'missing', 'mismatch', 'purged', 'unchecked', 'temporary'],
  seeAlso: ['blob put', 'blob sync'],
  run: async (context, { cid: text, out, range }) => {
    const { workspace, cid, blob } = await namedBlob(context, text);
    const { progress, signal } = context;
    const size = blob.manifest.plain_size;
    const wanted = range === undefined ? { offset: 0, length: size } : within(range, size);
    const whole = wanted.length === size;
    const parts = whole ? null : (await openBlobRange(workspace, { blob, signal }))(wanted);
    if (out === undefined || out === '-') {
      const run = (give: Give) => getBlob(workspace, { blob, sink: give, progress, signal });
      return { bytes: parts ?? piped(run) };
    }
    if (parts === null) await getBlob(workspace, { blob, sink: { path: out }, progress, signal });
    else await writeWholeFile(out, parts);
    const value = { cid, file: out, offset: wanted.offset, bytes: wanted.length };
    return { value, text: `${formatSize(wanted.length)} in ${out}` };
  },
});
