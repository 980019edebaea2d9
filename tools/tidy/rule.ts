/** One house rule: a name, and a function from the tree to what breaks it. Every finding names the replacement. */
import type { Tree } from './tree.js';

export interface Finding {
  readonly file: string;
  /** From 1; absent where the whole file or its absence is meant. */
  readonly line?: number | undefined;
  /** What stands there. */
  readonly found: string;
  /** What to do about it. */
  readonly instead: string;
}

export interface Rule {
  /** As the rule's file is called. */
  readonly name: string;
  readonly check: (tree: Tree) => readonly Finding[];
}

export function formatFinding({ file, line, found, instead }: Finding): string {
  return `${file}${line === undefined ? '' : `:${line}`}  ${found}\n    instead: ${instead}`;
}

/** The text that a failing test shows. */
export function formatFindings(rule: Rule, findings: readonly Finding[]): string {
  const head = `${rule.name}: ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`;
  return [head, ...findings.map(formatFinding)].join('\n  ');
}
