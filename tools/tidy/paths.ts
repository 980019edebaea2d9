/** Which file is what, by its path alone. */
import { posix } from 'node:path';

export const PACKAGES = ['gatos-core', 'gatosd', 'git-gatos'] as const;
export type PackageName = (typeof PACKAGES)[number];

/** Hand-written code: TypeScript and JavaScript, without type declarations. */
export function isSource(path: string): boolean {
  return /\.(m?ts|m?js)$/.test(path) && !/\.d\.m?ts$/.test(path);
}

export function isTest(path: string): boolean {
  return /\.(test|property|bench|fuzz)\.ts$/.test(path) || path.includes('/fixtures/');
}

/** Code that is neither a test nor a fixture. */
export function isProduct(path: string): boolean {
  return isSource(path) && !isTest(path);
}

/** The part of gatos-core that runs everywhere. */
export function isPortable(path: string): boolean {
  return path.startsWith('gatos-core/src/') && isProduct(path);
}

export function packageOf(path: string): PackageName | undefined {
  return PACKAGES.find((name) => path.startsWith(`${name}/`));
}

/** The file that a relative specifier means: `./x.js` in TypeScript is `x.ts` beside it. */
export function resolveRelative(from: string, specifier: string, has: (path: string) => boolean): string {
  const path = posix.normalize(posix.join(posix.dirname(from), specifier));
  const typed = path.replace(/\.js$/, '.ts').replace(/\.mjs$/, '.mts');
  return !has(path) && has(typed) ? typed : path;
}

/** The folders that one enters on the way from `from` to `to`, outermost first. */
export function foldersEntered(from: string, to: string): readonly string[] {
  const here = posix.dirname(from);
  const entered: string[] = [];
  for (let folder = posix.dirname(to); folder !== '.' && folder !== '/'; folder = posix.dirname(folder)) {
    if (here === folder || here.startsWith(`${folder}/`)) break;
    entered.unshift(folder);
  }
  return entered;
}
