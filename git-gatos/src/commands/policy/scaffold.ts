/** What `policy new` writes: small, commented, and working. */
import { policyFilesError } from './errors.js';
import { DECISION, DECISION_TEST } from './scaffold-decision.js';
import { POLICY, POLICY_TEST } from './scaffold-policy.js';

export interface NewFileText {
  readonly name: string;
  readonly text: string;
}

/** Puts values in the places `%key%`. */
function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/%([a-z]+)%/g, (whole, key: string) => values[key] ?? whole);
}

const idOf = (name: string): string => name.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');

/** A module and its tests. Throws `policy-files/bad-name`. */
export function newPolicy(name: string): readonly NewFileText[] {
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(name) || name.endsWith('_test'))
    throw policyFilesError('bad-name', { name, what: 'policy' });
  return [
    { name: `${name}.rgs`, text: fill(POLICY, { name, id: idOf(name) }) },
    { name: `${name}_test.rgs`, text: fill(POLICY_TEST, { id: idOf(name) }) },
  ];
}

/** A decision in Markdown that is law, and its tests. Throws `policy-files/bad-name`. */
export function newDecision(name: string): readonly NewFileText[] {
  const base = name.endsWith('.md') ? name.slice(0, -'.md'.length) : name;
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(base)) throw policyFilesError('bad-name', { name, what: 'decision' });
  const file = `${base}.md`;
  const words = idOf(base).replaceAll('-', ' ');
  const title = words.replace(/^(\d+) (.)/, (_, number: string, first: string) => `${number}. ${first.toUpperCase()}`);
  return [
    { name: file, text: fill(DECISION, { file, title, id: idOf(base) }) },
    { name: `adr_${base.replaceAll('-', '_')}_test.rgs`, text: fill(DECISION_TEST, { id: idOf(base) }) },
  ];
}
