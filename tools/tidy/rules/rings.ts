/** The rings of gatos-core/src: lower rings only, by the table, no cycle between folders, an index in each. */
import { type Arrow, findCircle } from '../circle.js';
import { isPortable, resolveRelative } from '../paths.js';
import { FACADE, ringObjection, ringOf } from '../rings.js';
import type { Finding, Rule } from '../rule.js';
import { importsOf } from '../syntax.js';
import type { Tree } from '../tree.js';

const ROOT = 'gatos-core/src/';

interface Edge extends Arrow {
  readonly file: string;
  readonly line: number;
}

function folderOf(path: string): string {
  const rest = path.slice(ROOT.length);
  return rest.includes('/') ? rest.slice(0, rest.indexOf('/')) : FACADE;
}

function edgesOf(tree: Tree): readonly Edge[] {
  return tree.paths.filter(isPortable).flatMap((file) =>
    importsOf(tree.source(file))
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier, line }) => ({
        file,
        line,
        target: resolveRelative(file, specifier, (path) => tree.has(path)),
      }))
      .filter(({ target }) => target.startsWith(ROOT))
      .map(({ target, line }) => ({ from: folderOf(file), to: folderOf(target), file, line }))
      .filter(({ from, to }) => from !== to),
  );
}

function folderFindings(tree: Tree): readonly Finding[] {
  const folders = new Set(tree.paths.filter(isPortable).map(folderOf));
  folders.delete(FACADE);
  return [...folders].flatMap((folder) => {
    const file = `${ROOT}${folder}`;
    const findings: Finding[] = [];
    if (ringOf(folder) === -1) {
      findings.push({
        file,
        found: 'a folder without a ring',
        instead: 'enter it in tools/tidy/rings.ts and docs/TECH-SPEC.md',
      });
    }
    if (!tree.has(`${file}/index.ts`)) {
      findings.push({
        file,
        found: 'a folder without index.ts',
        instead: 'add one that names what other folders may use',
      });
    }
    return findings;
  });
}

export const rings: Rule = {
  name: 'rings',
  check: (tree) => {
    const edges = edgesOf(tree);
    const upward = edges.flatMap(({ from, to, file, line }) => {
      const why = ringObjection(from, to);
      const instead = 'take what you need as a port or a parameter, or move the code to the ring it belongs to';
      return why === undefined ? [] : [{ file, line, found: `imports \`${to}\`: ${why}`, instead }];
    });
    // The table forbids circles already; this holds when the table itself is wrong.
    const circle = findCircle(edges);
    const circles =
      circle === undefined
        ? []
        : [
            {
              file: ROOT,
              found: `folders in a circle: ${circle.join(' → ')}`,
              instead: 'turn one arrow round with a port',
            },
          ];
    return [...folderFindings(tree), ...upward, ...circles];
  },
};
