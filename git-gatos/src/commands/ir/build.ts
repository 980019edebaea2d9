import { formatHex, LIMITS } from 'gatos-core';
import { buildPacket, checkPacket } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import { writeOutputFile } from '../../output/file.js';
import { shellWord } from '../../view/shell.js';
import { bundleValue } from './lines.js';
import { FRAMING } from './packet.js';

export const command = defineCommand({
  name: 'build',
  summary: 'make a packet from a description, and sign it',
  description: `
Puts a bundle together from JSON, and signs it as a packet with your key. It has \`module\` (a name), \`ops\`, \`tasks\`, and \`notes\` if you like:

{"module": "hello", "ops": [["CONST", "r0", {"text": "hello"}], ["RET", "r0"]],
 "tasks": [{"id": "hello-1", "budget": {"cpu_us": 1000, "io_count": 0, "state_writes": 0}}]}

Operands are registers (\`"r0"\`), constants (\`{"text"}\`, \`{"bytes"}\` in hexadecimal, \`{"file"}\` relative to the description, \`{"unsigned"}\`, \`{"signed"}\`), ids of 64 hexadecimal
digits, and for BLOB_PUT \`{"blob": {"media", "namespace", "chunk_size"}}\`. EFFECT names a tool that is declared here. The same description gives the same bundle.
`,
  positionals: [{ name: 'source', kind: 'path', summary: 'the description, a JSON file', complete: 'files' }],
  options: {
    out: { kind: 'path', required: true, short: 'o', placeholder: 'FILE', summary: 'where to', complete: 'files' },
    framing: FRAMING,
    compress: { kind: 'flag', summary: 'compress it with Zstandard' },
  },
  examples: [{ command: 'git gatos ir build hello.json -o hello.mythos', note: 'then `ir show`, `ir run`' }],
  exits: ['no', 'missing', 'mismatch', 'unchecked', 'temporary'],
  seeAlso: ['ir check', 'ir run', 'tool list'],
  run: async (context, { source: path, out, framing, compress }) => {
    const source = await context.readSource({ from: 'file', path }, { maxBytes: LIMITS.jsonBytes });
    const { bundle, bytes } = await buildPacket(await context.openRepository(), { source, path, framing, compress });
    const { id, faults } = checkPacket(bundle, { framing });
    writeOutputFile(out, bytes);
    return {
      value: {
        file: out,
        bytes: bytes.length,
        ...bundleValue(bundle, id),
        faults: faults.map(({ message }) => message),
      },
      text: `${bytes.length} bytes in ${out}: bundle ${formatHex(id)}`,
      next: [
        ...faults.map(({ message }) => `it would not run: ${message}`),
        `see it: git gatos ir show ${shellWord(out)}`,
      ],
    };
  },
});
