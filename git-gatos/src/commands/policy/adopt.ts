import { applyAdoption, proposeAdoption, testPolicies } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { shellWord } from '../../view/shell.js';
import { trustPorts } from '../trust/change.js';
import { applied, savedAdoption } from './adoption.js';
import { policyFilesError } from './errors.js';
import { PATHS, shownPath } from './files.js';
import { withBundle } from './findings.js';

export const command = defineCommand({
  name: 'adopt',
  summary: 'make a policy law',
  description: `
Compiles the files, runs their tests, and appends them with their compiled form to \`refs/gatos/policies/active\`, signed by as many roots as trust asks for. With a
threshold above one, save it with \`--out\`; the others sign it with \`policy sign\`, and \`policy apply\` makes it law. From then on every push is judged by it
wherever a gate stands.
`,
  positionals: [PATHS],
  options: {
    note: {
      kind: 'text',
      default: '',
      placeholder: 'TEXT',
      summary: 'why, for those who sign and those who read it later',
    },
    out: {
      kind: 'path',
      placeholder: 'FILE',
      summary: 'save it for other roots to sign instead of making it law',
      complete: 'files',
    },
    untested: { kind: 'flag', summary: 'adopt it although a test fails' },
  },
  examples: [
    { command: 'git gatos policy adopt --note "two leads for the API"', note: 'everything below gatos/policies' },
    { command: 'git gatos policy adopt --out law.gatos', note: 'when more than one root has to sign' },
  ],
  exits: ['no', 'untrusted', 'conflict', 'missing', 'temporary'],
  seeAlso: ['policy test', 'policy sign', 'policy apply', 'policy show'],
  run: (context, { paths, note, out, untested }) =>
    withBundle(context, paths, async ({ files }) => {
      const { failed } = testPolicies(files, { signal: context.signal });
      const where = paths.map((path) => ` ${shellWord(shownPath(context.cwd, path))}`).join('');
      if (failed > 0 && !untested) throw policyFilesError('tests-fail', { failed, where });
      const workspace = await context.openRepository();
      const ports = trustPorts(workspace);
      const pending = await proposeAdoption(ports, { ...(await workspace.author()), files, note });
      if (out !== undefined) return savedAdoption(pending, out);
      if (pending.missing !== null) throw pending.missing;
      return applied(workspace, await applyAdoption(ports, pending.bytes));
    }),
});
