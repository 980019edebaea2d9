/** Every dependency is pinned to one exact version and stands in docs/dependencies.md with the reason for it. */
import { type Dependency, dependenciesOf, isSibling } from '../manifests.js';
import { tableRowsOf } from '../markdown.js';
import type { Finding, Rule } from '../rule.js';
import type { Tree } from '../tree.js';

export const LIST = 'docs/dependencies.md';
const EXACT = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

interface Row {
  /** Folders of the packages that ask for it, `root` for the root. */
  readonly packages: string;
  readonly version: string;
  readonly reason: string;
  readonly line: number;
}

/** `| name | version | package | reason |`, the name in backticks. */
function rowsOf(tree: Tree): ReadonlyMap<string, Row> {
  if (!tree.has(LIST)) return new Map();
  return new Map(
    tableRowsOf(tree.text(LIST)).map(({ cells, line }) => [
      (cells[0] ?? '').replaceAll('`', ''),
      { version: cells[1] ?? '', packages: cells[2] ?? '', reason: cells[3] ?? '', line },
    ]),
  );
}

function objectTo(dependency: Dependency, all: readonly Dependency[], row: Row | undefined): readonly Finding[] {
  const { name, version, file, line } = dependency;
  const owner = file === 'package.json' ? 'root' : file.replace('/package.json', '');
  const findings: Finding[] = [];
  const say = (found: string, instead: string): unknown => findings.push({ file, line, found, instead });
  if (!EXACT.test(version)) say(`\`${name}\` at \`${version}\``, 'one exact version: npm i -E');
  if (isSibling(name)) return findings;
  const other = all.find((each) => each.name === name && each.version !== version);
  if (other !== undefined)
    say(`\`${name}\` at ${version} here and ${other.version} in ${other.file}`, 'one version everywhere');
  if (row === undefined) say(`\`${name}\` is not listed`, `a row in ${LIST} with version, package and reason`);
  else if (row.version !== version)
    say(`\`${name}\` at ${version}, listed as ${row.version}`, `correct line ${row.line} of ${LIST}`);
  else if (!row.packages.split(/, */).includes(owner))
    say(`\`${name}\` is listed for ${row.packages}`, `name ${owner} in line ${row.line} of ${LIST}`);
  else if (row.reason === '') say(`\`${name}\` is listed without a reason`, `complete line ${row.line} of ${LIST}`);
  return findings;
}

export const dependencies: Rule = {
  name: 'dependencies',
  check: (tree) => {
    const all = dependenciesOf(tree);
    const rows = rowsOf(tree);
    const stale = [...rows]
      .filter(([name]) => !all.some((each) => each.name === name))
      .map(([name, { line }]) => ({
        file: LIST,
        line,
        found: `\`${name}\` is no dependency`,
        instead: 'remove the row',
      }));
    return [...all.flatMap((each) => objectTo(each, all, rows.get(each.name))), ...stale];
  },
};
