/**
 * The files that the rules look at: the repository as git would commit it, or a virtual set in a test. Rules read nothing
 * else, so a rule that misses a planted violation here misses it in the repository as well.
 */
import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export class Tree {
  /** Paths from the root, with `/`, sorted. */
  readonly paths: readonly string[];
  readonly #read: (path: string) => string;
  readonly #present: ReadonlySet<string>;
  readonly #texts = new Map<string, string>();
  readonly #sources = new Map<string, ts.SourceFile>();

  constructor(paths: readonly string[], read: (path: string) => string) {
    this.paths = [...paths].sort();
    this.#present = new Set(paths);
    this.#read = read;
  }

  has(path: string): boolean {
    return this.#present.has(path);
  }

  /** Is there a folder of that name, that is, a file below it? */
  hasFolder(path: string): boolean {
    return this.paths.some((candidate) => candidate.startsWith(`${path}/`));
  }

  text(path: string): string {
    const known = this.#texts.get(path);
    if (known !== undefined) return known;
    if (!this.#present.has(path)) throw new Error(`\`${path}\` is not in the tree`);
    const text = this.#read(path);
    this.#texts.set(path, text);
    return text;
  }

  source(path: string): ts.SourceFile {
    const known = this.#sources.get(path);
    if (known !== undefined) return known;
    const kind = /\.m?js$/.test(path) ? ts.ScriptKind.JS : ts.ScriptKind.TS;
    const source = ts.createSourceFile(path, this.text(path), ts.ScriptTarget.ES2022, true, kind);
    this.#sources.set(path, source);
    return source;
  }
}

/** A tree of texts, for the tests of rules. */
export function virtualTree(files: Readonly<Record<string, string>>): Tree {
  return new Tree(Object.keys(files), (path) => files[path] ?? '');
}

const BINARY = /\.(png|jpe?g|gif|ico|wasm|cbor|gz|tgz|zip|pack|idx|bin|sqlite|parquet|woff2?)$/;

/** What git tracks below `root` or would offer to add, without what it ignores. */
export function repositoryTree(root: string): Tree {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  // Deleted files, links and nested repositories are listed as well.
  const isFile = (path: string): boolean => lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true;
  const paths = new Set(listed.split('\0').filter((path) => path !== '' && !BINARY.test(path) && isFile(path)));
  return new Tree([...paths], (path) => readFileSync(join(root, path), 'utf8'));
}
