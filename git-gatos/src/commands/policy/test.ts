import { type TestResult, testPolicies } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import type { Context } from '../../context.js';
import { visible } from '../../output/style.js';
import { counted } from '../../view/count.js';
import { shellWord } from '../../view/shell.js';
import { PATHS, type PolicyFile, shownPath } from './files.js';
import { withBundle } from './findings.js';

export const command = defineCommand({
  name: 'test',
  summary: 'run the tests of a policy',
  description: `
Runs every \`test\` of the \`*_test.rgs\` files: what is \`given\` is completed to a whole input document, judged, and compared with what is expected. Nothing of
the repository is read.
`,
  positionals: [PATHS],
  examples: [{ command: 'git gatos policy test', note: 'all tests below gatos/policies' }],
  exits: ['no', 'missing', 'temporary'],
  seeAlso: ['policy check', 'policy eval', 'policy adopt'],
  run: (context, { paths }) =>
    withBundle(context, paths, ({ files }) => {
      const { progress, signal } = context;
      const { tests, passed, failed } = testPolicies(files, { progress, signal });
      const total =
        failed === 0 ? `${counted(passed, 'test')} passed` : `${failed} of ${counted(tests.length, 'test')} failed`;
      const where = paths.map((path) => ` ${shellWord(shownPath(context.cwd, path))}`).join('');
      return {
        value: { tests, passed, failed },
        text: tests.length === 0 ? NONE : [...tests.flatMap((test) => linesOf(context, files, test)), total],
        exit: failed === 0 && passed > 0 ? 'ok' : 'no',
        next: failed === 0 && passed > 0 ? [`make it law: git gatos policy adopt${where}`] : [],
      };
    }),
});

const NONE = 'there are no tests: write them in a file whose name ends in `_test.rgs`';

function linesOf({ cwd, colour }: Context, files: readonly PolicyFile[], test: TestResult): readonly string[] {
  const { name, file, line, failures, fired } = test;
  if (failures.length === 0) return [`${colour.green('✓')} ${visible(name)}`];
  const location = files.find(({ path }) => path === file)?.location;
  const path = location === undefined ? file : shownPath(cwd, location);
  return [
    `${colour.red('✗')} ${visible(name)} ${colour.dim(visible(`(${path}:${line})`))}`,
    ...failures.map((each) =>
      visible(`    ${path}:${each.line}:${each.column}: expected ${each.expected}: ${each.why}`),
    ),
    ...(fired.length === 0 ? ['    nothing fired'] : fired.map((each) => visible(`    fired: ${each}`))),
  ];
}
