import { signAdoption } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { trustPorts } from '../trust/change.js';
import { FILE, readAdoptionFile, savedAdoption } from './adoption.js';

export const command = defineCommand({
  name: 'sign',
  summary: 'sign a saved adoption',
  description: `
Adds your signature to an adoption that another root saved, in the same file. What it would make law is compiled anew from the sources in it and printed; read them
with \`policy show FILE --source\` first.
`,
  positionals: [FILE],
  examples: [{ command: 'git gatos policy sign law.gatos', note: 'after reading what it says' }],
  exits: ['no', 'untrusted', 'conflict', 'missing', 'unchecked', 'temporary'],
  seeAlso: ['policy adopt', 'policy apply', 'policy show'],
  run: async (context, { file }) => {
    const bytes = await readAdoptionFile(context, file);
    const workspace = await context.openRepository();
    const { signer } = await workspace.author();
    return savedAdoption(await signAdoption(trustPorts(workspace), bytes, signer), file);
  },
});
