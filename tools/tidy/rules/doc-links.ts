/** Every link in the documents that leads into the repository leads somewhere, anchors too. */
import { posix } from 'node:path';
import { anchorsOf, linksOf } from '../markdown.js';
import type { Finding, Rule } from '../rule.js';
import type { Tree } from '../tree.js';

/** Why a link leads nowhere; undefined when it leads somewhere, or out of the repository. */
function objectTo(tree: Tree, file: string, target: string): string | undefined {
  if (/^(https?|mailto):/.test(target)) return undefined;
  if (/^[a-z][a-z0-9+.-]*:/i.test(target) || target.startsWith('/')) return 'is neither relative nor a web address';
  const [path = '', anchor] = target.split('#', 2);
  const name =
    path === '' ? file : posix.normalize(posix.join(posix.dirname(file), decodeURIComponent(path))).replace(/\/$/, '');
  if (!tree.has(name) && !tree.hasFolder(name)) return `leads to \`${name}\`, which is not there`;
  if (anchor === undefined || !name.endsWith('.md')) return undefined;
  return anchorsOf(tree.text(name)).has(anchor) ? undefined : `leads to no heading of \`${name}\``;
}

export const docLinks: Rule = {
  name: 'doc-links',
  check: (tree) =>
    tree.paths
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) =>
        linksOf(tree.text(file)).flatMap(({ target, line }): readonly Finding[] => {
          const why = objectTo(tree, file, target);
          if (why === undefined) return [];
          return [{ file, line, found: `\`${target}\` ${why}`, instead: 'a relative path to what exists' }];
        }),
      ),
};
