/** One version, one licence and one Node range for the whole repository. */
import { isSibling, manifestsOf } from '../manifests.js';
import type { Finding, Rule } from '../rule.js';
import type { Tree } from '../tree.js';

interface Lock {
  readonly packages?: Readonly<Record<string, { readonly version?: string }>>;
}

function fromLock(tree: Tree, version: string | undefined): readonly Finding[] {
  if (!tree.has('package-lock.json')) return [];
  const { packages = {} } = JSON.parse(tree.text('package-lock.json')) as Lock;
  return [...manifestsOf(tree).keys()].flatMap((file): readonly Finding[] => {
    const locked = packages[file.replace(/\/?package\.json$/, '')]?.version;
    if (locked === version) return [];
    const instead = 'npm install --package-lock-only';
    return [{ file: 'package-lock.json', found: `\`${file}\` at ${locked ?? 'no version'}, not ${version}`, instead }];
  });
}

export const versions: Rule = {
  name: 'versions',
  check: (tree) => {
    const manifests = manifestsOf(tree);
    const root = manifests.get('package.json') ?? {};
    const differs = [...manifests].flatMap(([file, manifest]): readonly Finding[] => {
      const pins = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(([name]) =>
        isSibling(name),
      );
      const pairs: readonly (readonly [string, string | undefined, string | undefined])[] = [
        ['version', manifest.version, root.version],
        ['license', manifest.license, root.license],
        ['engines.node', manifest.engines?.node, root.engines?.node],
        ...pins.map(([name, pin]) => [name, pin, root.version] as const),
      ];
      return pairs
        .filter(([, value, wanted]) => value !== wanted)
        .map(([field, value, wanted]) => ({
          file,
          found: `${field} is ${value ?? 'absent'}`,
          instead: `${wanted ?? 'nothing'}, as in the root's package.json`,
        }));
    });
    return [...differs, ...fromLock(tree, root.version)];
  },
};
