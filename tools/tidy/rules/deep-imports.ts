/** Nobody reaches past another folder's index: what is not named there is nobody else's business. */
import { foldersEntered, isSource, packageOf, resolveRelative } from '../paths.js';
import type { Finding, Rule } from '../rule.js';
import { importsOf } from '../syntax.js';

/** A package's own entry point is no wall inside the package: node/ and testing/ use the folders of src one by one. */
function isOwnEntry(folder: string, file: string): boolean {
  const own = packageOf(file);
  return own !== undefined && [`${own}/src`, `${own}/node`, `${own}/testing`].includes(folder);
}

export const deepImports: Rule = {
  name: 'deep-imports',
  check: (tree) => {
    const has = (path: string): boolean => tree.has(path);
    return tree.paths.filter(isSource).flatMap((file) =>
      importsOf(tree.source(file)).flatMap(({ specifier, line }): readonly Finding[] => {
        if (!specifier.startsWith('.')) return [];
        const target = resolveRelative(file, specifier, has);
        const passed = foldersEntered(file, target).find(
          (folder) => has(`${folder}/index.ts`) && !isOwnEntry(folder, file) && target !== `${folder}/index.ts`,
        );
        if (passed === undefined) return [];
        return [
          {
            file,
            line,
            found: `\`${specifier}\` reaches past ${passed}/index.ts`,
            instead: `import from ${passed}/index.js, and name there what you need`,
          },
        ];
      }),
    );
  },
};
