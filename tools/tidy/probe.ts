/** For the tests of rules: run one rule on a planted set of files. */
import type { Rule } from './rule.js';
import { virtualTree } from './tree.js';

/** Where the rule finds something, as `path:line`, or `path` where it means the whole file. */
export function places(rule: Rule, files: Readonly<Record<string, string>>): readonly string[] {
  return rule.check(virtualTree(files)).map(({ file, line }) => (line === undefined ? file : `${file}:${line}`));
}

/** What the rule says, one text a finding. */
export function words(rule: Rule, files: Readonly<Record<string, string>>): readonly string[] {
  return rule.check(virtualTree(files)).map(({ found, instead }) => `${found} → ${instead}`);
}
