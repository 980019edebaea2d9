import { formatDigest } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { shellWord } from '../../view/shell.js';
import { PATHS, shownPath } from './files.js';
import { checkFiles, findingsAnswer, sizeOf } from './findings.js';

export const command = defineCommand({
  name: 'check',
  summary: 'find what is wrong with a policy, all at once',
  description: `
Compiles \`.rgs\` modules, their tests (\`*_test.rgs\`) and the \`rgs\` blocks of decisions in Markdown, and prints every finding with its file, line and column,
the source line, and a hint. No repository is needed.
`,
  positionals: [PATHS],
  examples: [
    { command: 'git gatos policy check', note: 'everything below gatos/policies' },
    { command: 'git gatos policy check house.rgs docs/0042-public-api.md', note: 'these files as one bundle' },
  ],
  exits: ['no', 'missing', 'temporary'],
  seeAlso: ['policy test', 'policy fmt'],
  run: async (context, { paths }) => {
    const checked = await checkFiles(context, paths);
    const { bundle, diagnostics } = checked;
    const findings = findingsAnswer(context, checked);
    if (bundle === null) return findings;
    const codeRoot = formatDigest(bundle.codeRoot);
    const fine = `${sizeOf(bundle)}: ${diagnostics.length === 0 ? 'nothing to complain about' : 'it compiles'}`;
    const where = paths.map((path) => ` ${shellWord(shownPath(context.cwd, path))}`).join('');
    return {
      ...findings,
      value: { ...(findings.value as object), policy_code_root: codeRoot, tests: bundle.tests.length },
      text: diagnostics.length === 0 ? fine : [...findings.text, fine],
      next: bundle.tests.length === 0 ? [] : [`run its tests: git gatos policy test${where}`],
    };
  },
});
