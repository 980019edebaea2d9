/**
 * The names that each public entry point exports, against the snapshot in tools/tidy/public-api.json. A name that goes, or
 * comes, is a decision: `npm run api:update` writes the snapshot, and the change shows in the review.
 */
import ts from 'typescript';
import type { Finding, Rule } from '../rule.js';
import { hasModifier } from '../syntax.js';
import type { Tree } from '../tree.js';

export const SNAPSHOT = 'tools/tidy/public-api.json';

const ENTRY_POINTS: Readonly<Record<string, string>> = {
  'gatos-core': 'gatos-core/src/index.ts',
  'gatos-core/mythos': 'gatos-core/src/mythos/index.ts',
  'gatos-core/node': 'gatos-core/node/index.ts',
  'gatos-core/testing': 'gatos-core/testing/index.ts',
  gatosd: 'gatosd/src/index.ts',
};

export type PublicApi = Readonly<Record<string, readonly string[]>>;

function named(name: string, isType: boolean): string {
  return isType ? `type ${name}` : name;
}

function namesOf(node: ts.Statement): readonly string[] {
  if (ts.isExportDeclaration(node)) {
    const clause = node.exportClause;
    if (clause === undefined || !ts.isNamedExports(clause)) return [];
    return clause.elements.map(({ name, isTypeOnly }) => named(name.text, node.isTypeOnly || isTypeOnly));
  }
  if (!hasModifier(node, ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isVariableStatement(node)) return node.declarationList.declarations.map(({ name }) => name.getText());
  const { name } = node as ts.Statement & { name?: ts.Identifier };
  return name === undefined
    ? []
    : [named(name.text, ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node))];
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What the entry points export now; an entry point that does not exist is left out. */
export function publicApi(tree: Tree): PublicApi {
  const present = Object.entries(ENTRY_POINTS).filter(([, file]) => tree.has(file));
  return Object.fromEntries(
    present.map(([entry, file]) => [entry, [...new Set(tree.source(file).statements.flatMap(namesOf))].sort(byText)]),
  );
}

export const publicApiSnapshot: Rule = {
  name: 'public-api',
  check: (tree) => {
    const actual = publicApi(tree);
    const expected = tree.has(SNAPSHOT) ? (JSON.parse(tree.text(SNAPSHOT)) as PublicApi) : {};
    const entries = [...new Set([...Object.keys(actual), ...Object.keys(expected)])].sort(byText);
    return entries.flatMap((entry): readonly Finding[] => {
      const [now, before] = [actual[entry] ?? [], expected[entry] ?? []];
      const added = now.filter((name) => !before.includes(name));
      const removed = before.filter((name) => !now.includes(name));
      const file = ENTRY_POINTS[entry] ?? SNAPSHOT;
      const instead = '`npm run api:update` if that is meant, and a line in CHANGELOG.md';
      return [
        ...(added.length === 0
          ? []
          : [{ file, found: `\`${entry}\` exports in addition: ${added.join(', ')}`, instead }]),
        ...(removed.length === 0
          ? []
          : [{ file, found: `\`${entry}\` no longer exports: ${removed.join(', ')}`, instead }]),
      ];
    });
  },
};
