import { Cid } from 'gatos-core';
import { cloneRepository } from 'gatosd';
import { defineCommand } from '../command/index.js';
import { shellWord } from '../view/shell.js';
import { describeSync, exitOfSync, syncValue } from '../view/sync.js';

export const command = defineCommand({
  name: 'clone',
  summary: 'clone a repository with its GATOS history, verified',
  description: `
Clones with git, fetches \`refs/gatos/*\`, verifies every chain and takes over what verifies. The genesis is pinned: with \`--root\` it must be the
one given, else the first one seen counts (trust on first use). A different genesis later is an error.
`,
  positionals: [
    { name: 'url', kind: 'text', summary: 'what to clone: a path or a URL', complete: 'directories' },
    { name: 'directory', kind: 'text', optional: true, summary: 'where to', complete: 'directories' },
  ],
  options: {
    root: {
      kind: 'parsed',
      placeholder: 'CID',
      summary: 'genesis to insist on',
      parse: (text: string) => Cid.parse(text),
    },
    bare: { kind: 'flag', summary: 'make a bare clone' },
  },
  examples: [{ command: 'git gatos clone https://example.org/lab.git', note: 'clone and verify' }],
  exits: ['untrusted', 'mismatch', 'rewritten', 'missing', 'unchecked', 'temporary'],
  seeAlso: ['sync', 'verify'],
  run: async ({ cwd, env, prompt, progress, signal }, { url, directory, root, bare }) => {
    const passphrase = (label: string) => prompt.passphrase(label);
    const result = await cloneRepository({ url, directory, root, bare, cwd, env, passphrase, progress, signal });
    return {
      value: syncValue(result),
      text: [`cloned into ${result.directory}`, ...describeSync(result)],
      next: [`git -C ${shellWord(result.directory)} gatos verify --all`],
      exit: exitOfSync(result),
    };
  },
});
