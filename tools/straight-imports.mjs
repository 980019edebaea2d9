/**
 * An esbuild plugin that finds our own sources, and leads their imports past our `index.ts` files, straight to the modules that
 * define the names.
 *
 * esbuild cuts a bundle into chunks by which files an entry reaches, and a folder's index reaches all of its folder. Without this
 * every command would load all of gatos-core; with it, what the command uses. Our indexes list their exports by name (a house
 * rule), so where a name leads to can be read off.
 */
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, sep } from 'node:path';
import ts from 'typescript';

const parse = (path, text) => ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
const isIndex = (path) => path?.endsWith(`${sep}index.ts`) ?? false;

/** Where the names that our indexes export are defined. */
class Indexes {
  #packages;
  #exports = new Map();

  /** @param {Map<string, string>} packages our packages' names with their entry files */
  constructor(packages) {
    this.#packages = packages;
  }

  /** The TypeScript file behind a specifier, if it is one of ours. */
  fileOf(specifier, from) {
    const named = this.#packages.get(specifier);
    if (named !== undefined) return named;
    if (!specifier.startsWith('.') || !specifier.endsWith('.js')) return undefined;
    const path = join(dirname(from), specifier.replace(/\.js$/, '.ts'));
    return existsSync(path) ? path : undefined;
  }

  /** Exported name → the module that defines it and its name there. Types are not listed: no code imports them. */
  exportsOf(index) {
    const known = this.#exports.get(index);
    if (known !== undefined) return known;
    const exported = new Map();
    this.#exports.set(index, exported);
    for (const statement of parse(index, readFileSync(index, 'utf8')).statements) {
      if (!ts.isExportDeclaration(statement) || statement.isTypeOnly || !statement.moduleSpecifier) continue;
      const file = this.fileOf(statement.moduleSpecifier.text, index);
      if (file === undefined || !statement.exportClause || !ts.isNamedExports(statement.exportClause)) continue;
      for (const { name, propertyName, isTypeOnly } of statement.exportClause.elements) {
        if (isTypeOnly) continue;
        const original = (propertyName ?? name).text;
        const deeper = isIndex(file) ? this.exportsOf(file).get(original) : undefined;
        exported.set(name.text, deeper ?? { file, name: original });
      }
    }
    return exported;
  }

  /** The imports of the same names from where they are defined, or undefined where the declaration stays as it is. */
  #straightened(declaration, path) {
    const clause = declaration.importClause;
    const file = this.fileOf(declaration.moduleSpecifier.text, path);
    const names = clause?.namedBindings;
    if (!isIndex(file) || clause.isTypeOnly || clause.name !== undefined) return undefined;
    if (names === undefined || !ts.isNamedImports(names)) return undefined;
    const exported = this.exportsOf(file);
    const byFile = new Map();
    for (const { name, propertyName, isTypeOnly } of names.elements) {
      if (isTypeOnly) continue;
      const original = (propertyName ?? name).text;
      const target = exported.get(original) ?? { file, name: original };
      const part = target.name === name.text ? name.text : `${target.name} as ${name.text}`;
      byFile.set(target.file, [...(byFile.get(target.file) ?? []), part]);
    }
    return [...byFile].map(([from, parts]) => `import { ${parts.join(', ')} } from ${JSON.stringify(from)};`).join(' ');
  }

  /** The text of a module with its imports led past the indexes. */
  rewrite(path, text) {
    let out = '';
    let at = 0;
    for (const statement of parse(path, text).statements) {
      const line = ts.isImportDeclaration(statement) ? this.#straightened(statement, path) : undefined;
      if (line === undefined) continue;
      const [start, end] = [statement.getStart(), statement.end];
      // As many lines as before, so that the source map's lines hold.
      const breaks = text.slice(start, end).split('\n').length - 1;
      out += text.slice(at, start) + line + '\n'.repeat(breaks);
      at = end;
    }
    return out + text.slice(at);
  }
}

/**
 * `packages` are our packages' names with their entry files, `folders` those of our sources. `together` gives modules that a module
 * is to import besides its own (see chunks.mjs); when it is given, nothing is dropped for being imported but not used. `edit` may
 * change the text of one of our modules before it is read.
 *
 * @param {{
 *   packages: Map<string, string>,
 *   folders: string[],
 *   together?: Map<string, string[]> | undefined,
 *   edit?: (path: string, text: string) => string,
 * }} place
 * @returns {import('esbuild').Plugin}
 */
export function straightImports({ packages, folders, together, edit = (_, text) => text }) {
  const indexes = new Indexes(packages);
  const isOurs = (path) => folders.some((folder) => path.startsWith(folder + sep));
  const companions = (path) => (together?.get(path) ?? []).map((file) => `\nimport ${JSON.stringify(file)};`).join('');
  return {
    name: 'straight-imports',
    setup({ onLoad, onResolve }) {
      // None of our modules does anything by being imported: what is not used can go.
      const sideEffects = together !== undefined;
      onResolve({ filter: /^[./#a-z]/ }, ({ path, importer }) => {
        if (isAbsolute(path)) return isOurs(path) ? { path, sideEffects } : undefined;
        const file = packages.has(path) || isOurs(importer) ? indexes.fileOf(path, importer) : undefined;
        return file === undefined ? undefined : { path: file, sideEffects };
      });
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (!isOurs(path)) return undefined;
        const text = edit(path, await readFile(path, 'utf8'));
        return { contents: (isIndex(path) ? text : indexes.rewrite(path, text)) + companions(path), loader: 'ts' };
      });
    },
  };
}
