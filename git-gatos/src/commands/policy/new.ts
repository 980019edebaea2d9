import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { utf8 } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { cliError } from '../../errors.js';
import { writeOutputFile } from '../../output/file.js';
import { shellWord } from '../../view/shell.js';
import { policyFilesError } from './errors.js';
import { policiesFolder, shownPath } from './files.js';
import { newDecision, newPolicy } from './scaffold.js';

export const command = defineCommand({
  name: 'new',
  summary: 'write a policy to start from',
  description: `
Writes \`gatos/policies/NAME.rgs\`, a working policy with comments, and \`NAME_test.rgs\`, its tests. \`--adr\` writes a decision in Markdown whose \`rgs\` block is
the policy: adopting it makes the decision law, and every denial names it. Nothing is law before \`policy adopt\`.
`,
  positionals: [{ name: 'name', kind: 'text', summary: 'such as house, or 0042-public-api with --adr' }],
  options: {
    adr: { kind: 'flag', summary: 'a decision in Markdown with the policy in it' },
    dir: {
      kind: 'path',
      placeholder: 'DIR',
      summary: 'where to; default: gatos/policies',
      complete: 'directories',
    },
  },
  examples: [
    { command: 'git gatos policy new house', note: 'then edit gatos/policies/house.rgs' },
    { command: 'git gatos policy new --adr 0042-public-api', note: 'a decision that becomes law' },
  ],
  exits: ['no', 'conflict', 'temporary'],
  seeAlso: ['policy check', 'policy test', 'policy adopt'],
  run: ({ cwd }, { name, adr, dir }) => {
    const folder = dir ?? policiesFolder(cwd);
    const files = (adr ? newDecision(name) : newPolicy(name)).map((file) => ({
      ...file,
      path: join(folder, file.name),
    }));
    for (const { path } of files)
      if (existsSync(path)) throw policyFilesError('exists', { path: shownPath(cwd, path) });
    makeFolder(folder);
    for (const { path, text } of files) writeOutputFile(path, utf8(text));
    const where = dir === undefined ? '' : ` ${shellWord(shownPath(cwd, dir))}`;
    return {
      value: { files: files.map(({ path }) => path) },
      text: files.map(({ path }) => `wrote ${shownPath(cwd, path)}`),
      next: [`run its tests: git gatos policy test${where}`, `make it law: git gatos policy adopt${where}`],
    };
  },
});

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw cliError('unwritable-file', { path, why: (error as NodeJS.ErrnoException).code ?? (error as Error).message });
  }
}
