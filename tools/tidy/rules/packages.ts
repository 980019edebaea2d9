/** The direction of the three packages, the portability of the core, and that every import is a declared dependency. */
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { isPortable, isSource, isTest, PACKAGES, type PackageName, packageOf, resolveRelative } from '../paths.js';
import type { Finding, Rule } from '../rule.js';
import { type Import, importsOf } from '../syntax.js';
import type { Tree } from '../tree.js';

/** A package may import the packages in its row. */
const MAY_IMPORT: Readonly<Record<PackageName, readonly PackageName[]>> = {
  'gatos-core': [],
  gatosd: ['gatos-core'],
  'git-gatos': ['gatosd', 'gatos-core'],
};

const BUILT_IN = new Set(builtinModules);

/** What tests share: no build and no package holds it. */
const UNSHIPPED = /\/scratch-[^/]+\.ts$|^git-gatos\/e2e\//;

type Objection = Pick<Finding, 'found' | 'instead'>;

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function manifestOf(tree: Tree, path: string): Manifest {
  return tree.has(path) ? (JSON.parse(tree.text(path)) as Manifest) : {};
}

function declaredIn({ dependencies, devDependencies, peerDependencies }: Manifest): readonly string[] {
  return [dependencies, devDependencies, peerDependencies].flatMap((table) => Object.keys(table ?? {}));
}

/** `@scope/name/path` and `name/path` without their paths. */
export function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function isBuiltIn(specifier: string): boolean {
  return specifier.startsWith('node:') || BUILT_IN.has(specifier);
}

function objectToRelative(file: string, target: string): Objection | undefined {
  const [from, to] = [packageOf(file), packageOf(target)];
  if (to === undefined || from === undefined) {
    return from !== undefined && !isTest(file)
      ? {
          found: `\`${target}\` lies outside the package`,
          instead: 'ship the code in the package, or pass the data in',
        }
      : undefined;
  }
  if (from !== to) return { found: `a path into \`${to}\``, instead: `import '${to}' by its name` };
  if (!isPortable(file) || target.startsWith('gatos-core/src/')) return undefined;
  return {
    found: `gatos-core/src imports \`${target}\``,
    instead: 'define a port in src and let the adapter implement it',
  };
}

function objectToSibling(file: string, { specifier }: Import): Objection | undefined {
  const [from, to] = [packageOf(file), packageName(specifier) as PackageName];
  if (from !== undefined && !MAY_IMPORT[from].includes(to)) {
    const instead =
      from === to
        ? 'use a relative path inside the package'
        : 'packages depend downwards: git-gatos → gatosd → gatos-core';
    return { found: `\`${from}\` imports \`${specifier}\``, instead };
  }
  if (specifier === 'gatos-core/testing' && !isTest(file) && !UNSHIPPED.test(file) && from !== undefined) {
    return { found: 'test doubles in code that ships', instead: 'pass the real port in' };
  }
  return undefined;
}

function objectToPackage(tree: Tree, file: string, { specifier }: Import): Objection | undefined {
  const name = packageName(specifier);
  const own = packageOf(file);
  const shared = declaredIn(manifestOf(tree, 'package.json'));
  const inTesting = isTest(file) || file.startsWith('gatos-core/testing/');
  const declared =
    own === undefined || inTesting
      ? [
          ...shared,
          ...PACKAGES.flatMap((each) => declaredIn(manifestOf(tree, `${each}/package.json`))),
          // What an example carries along has a manifest of its own.
          ...declaredIn(manifestOf(tree, posix.join(posix.dirname(file), 'package.json'))),
        ]
      : declaredIn(manifestOf(tree, `${own}/package.json`));
  if (declared.includes(name)) return undefined;
  return {
    found: `\`${name}\` is not a declared dependency`,
    instead: `npm i -E ${own === undefined ? '-D' : `-w ${own}`} ${name}, and a line in docs/dependencies.md`,
  };
}

function objectTo(tree: Tree, file: string, found: Import): Objection | undefined {
  const { specifier } = found;
  if (specifier.startsWith('.'))
    return objectToRelative(
      file,
      resolveRelative(file, specifier, (path) => tree.has(path)),
    );
  if (specifier.startsWith('#')) return undefined;
  if (isBuiltIn(specifier)) {
    const portable = isPortable(file) || (file.startsWith('gatos-core/testing/') && !isTest(file));
    if (portable)
      return {
        found: `\`${specifier}\` in portable code`,
        instead: 'a port of gatos-core/src, implemented in gatos-core/node',
      };
    return specifier.startsWith('node:')
      ? undefined
      : { found: `\`${specifier}\` without node:`, instead: `'node:${specifier}'` };
  }
  if ((PACKAGES as readonly string[]).includes(packageName(specifier))) return objectToSibling(file, found);
  return objectToPackage(tree, file, found);
}

export const packages: Rule = {
  name: 'packages',
  check: (tree) =>
    tree.paths.filter(isSource).flatMap((file) =>
      importsOf(tree.source(file)).flatMap((found): readonly Finding[] => {
        const objection = objectTo(tree, file, found);
        return objection === undefined ? [] : [{ file, line: found.line, ...objection }];
      }),
    ),
};
