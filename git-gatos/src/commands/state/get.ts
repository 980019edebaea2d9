import { formatJson, proveKey, readKey } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { writeOutputFile } from '../../output/file.js';
import { findCheckpoint } from '../../view/checkpoint.js';
import { shellWord } from '../../view/shell.js';

export const command = defineCommand({
  name: 'get',
  summary: 'print one key of a state',
  description: `
Prints the value under a top-level key. With \`--proof\` a small file is written that anyone can check with \`git gatos verify --proof FILE\`, without
the repository.
`,
  positionals: [
    { name: 'state', kind: 'text', summary: 'name of the state, or NAME~N', complete: 'states' },
    { name: 'key', kind: 'text', summary: 'top-level key' },
  ],
  options: { proof: { kind: 'path', placeholder: 'FILE', summary: 'write a proof', complete: 'files' } },
  examples: [{ command: 'git gatos state get sum sum --proof sum.proof', note: 'the value and its proof' }],
  exits: ['no', 'missing', 'mismatch', 'temporary'],
  seeAlso: ['state show', 'verify'],
  run: async (context, { state, key, proof }) => {
    const { repository } = await context.openRepository();
    const { backend } = repository;
    const checkpoint = await findCheckpoint(repository, state);
    const { value } = await readKey(backend, checkpoint, key);
    if (proof !== undefined) writeOutputFile(proof, await proveKey(backend, checkpoint, key));
    return {
      value,
      text: formatJson(value, { indent: 2, sorted: true }),
      next: proof === undefined ? [] : [`anyone can check it: git gatos verify --proof ${shellWord(proof)}`],
    };
  },
});
