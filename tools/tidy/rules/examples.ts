/** Every example explains itself and runs with one command. */
import type { Finding, Rule } from '../rule.js';

const RUNNERS = ['run.mjs', 'run.sh'] as const;

export const examples: Rule = {
  name: 'examples',
  check: (tree) => {
    const folders = new Set(tree.paths.flatMap((path) => /^(examples\/[^/]+)\//.exec(path)?.[1] ?? []));
    return [...folders].flatMap((folder): readonly Finding[] => {
      const runner = RUNNERS.find((name) => tree.has(`${folder}/${name}`));
      const readme = `${folder}/README.md`;
      const findings: Finding[] = [];
      if (runner === undefined)
        findings.push({
          file: folder,
          found: 'no runner',
          instead: `${RUNNERS.join(' or ')}, which needs no argument`,
        });
      if (!tree.has(readme))
        findings.push({
          file: folder,
          found: 'no README.md',
          instead: 'what it shows, the one command, what to look at',
        });
      else if (runner !== undefined && !tree.text(readme).includes(`${folder}/${runner}`)) {
        findings.push({
          file: readme,
          found: 'it does not name its command',
          instead: `a line with ${folder}/${runner}, run from the root`,
        });
      }
      return findings;
    });
  },
};
