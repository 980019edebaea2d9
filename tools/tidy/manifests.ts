/** The package.json files. */
import { PACKAGES } from './paths.js';
import type { Tree } from './tree.js';

export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Dependency {
  readonly name: string;
  readonly version: string;
  /** The package.json that asks for it. */
  readonly file: string;
  readonly line: number;
}

/** The root's and the packages' manifests that exist, by path. */
export function manifestsOf(tree: Tree): ReadonlyMap<string, Manifest> {
  const files = ['package.json', ...PACKAGES.map((name) => `${name}/package.json`)].filter((file) => tree.has(file));
  return new Map(files.map((file) => [file, JSON.parse(tree.text(file)) as Manifest]));
}

export function dependenciesOf(tree: Tree): readonly Dependency[] {
  return [...manifestsOf(tree)].flatMap(([file, manifest]) => {
    const tables = [
      manifest.dependencies,
      manifest.devDependencies,
      manifest.peerDependencies,
      manifest.optionalDependencies,
    ];
    const lines = tree.text(file).split('\n');
    return tables
      .flatMap((table) => Object.entries(table ?? {}))
      .map(([name, version]) => ({
        name,
        version,
        file,
        line: lines.findIndex((line) => line.includes(`"${name}":`)) + 1,
      }));
  });
}

/** Is it one of our own packages? */
export function isSibling(name: string): boolean {
  return (PACKAGES as readonly string[]).includes(name);
}
