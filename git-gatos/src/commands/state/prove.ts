import { proveKey } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { writeOutputFile } from '../../output/file.js';
import { findCheckpoint } from '../../view/checkpoint.js';
import { shellWord } from '../../view/shell.js';

export const command = defineCommand({
  name: 'prove',
  summary: 'make a proof of one key',
  description:
    'Writes a small proof that a state has a value under a key. It carries the signed checkpoint and needs no repository to be checked.',
  positionals: [
    { name: 'state', kind: 'text', summary: 'name of the state, or NAME~N', complete: 'states' },
    { name: 'key', kind: 'text', summary: 'top-level key' },
  ],
  options: {
    out: { kind: 'path', required: true, short: 'o', placeholder: 'FILE', summary: 'where to', complete: 'files' },
  },
  examples: [{ command: 'git gatos state prove sum types -o types.proof', note: 'for a stranger' }],
  exits: ['no', 'missing', 'mismatch', 'temporary'],
  seeAlso: ['prove event', 'verify'],
  run: async (context, { state, key, out }) => {
    const { repository } = await context.openRepository();
    const checkpoint = await findCheckpoint(repository, state);
    const bytes = await proveKey(repository.backend, checkpoint, key);
    writeOutputFile(out, bytes);
    return {
      value: { file: out, bytes: bytes.length, state_root: String(checkpoint.body.state_root) },
      text: `${bytes.length} bytes in ${out}`,
      next: [`anyone can check it: git gatos verify --proof ${shellWord(out)}`],
    };
  },
});
