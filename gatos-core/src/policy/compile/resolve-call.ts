/** What a call means: a fact of the input, a built-in, a rule of this module or of an imported one. */
import { SIGNATURES, type Signature } from '../builtins/index.js';
import { nearest } from '../input/index.js';
import type { Name } from '../language/index.js';
import type { PredicateInfo, Site } from './bundle.js';
import type { FactName } from './ir.js';
import { FACT_NAMES, type Unit } from './modules.js';

export type Callee =
  | { readonly kind: 'facts'; readonly facts: FactName }
  | { readonly kind: 'builtin'; readonly signature: Signature }
  | { readonly kind: 'rule'; readonly predicate: PredicateInfo };

/** Null when there is no such thing, which is reported. */
export function resolveCallee(site: Site, name: Name): Callee | null {
  const { bundle, unit } = site;
  if (FACT_NAMES.has(name.text)) return { kind: 'facts', facts: name.text as FactName };
  const signature = SIGNATURES.get(name.text);
  if (signature !== undefined) return { kind: 'builtin', signature };
  const dot = name.text.lastIndexOf('.');
  const alias = name.text.slice(0, Math.max(0, dot));
  const module = dot === -1 ? unit : unit.imports.get(alias);
  if (dot !== -1 && module !== undefined) unit.used.imports.add(alias);
  // An import that failed is reported where it stands.
  if (module === null) return null;
  const predicate =
    module === undefined ? undefined : bundle.predicates.get(`${module.name}.${name.text.slice(dot + 1)}`);
  if (predicate !== undefined) return { kind: 'rule', predicate };
  if (dot !== -1 && module !== undefined) {
    const member = name.text.slice(dot + 1);
    const meant = nearest(member, module.rules.keys());
    bundle.findings.add(unit.source, name.span, 'unknown-member', { module: module.name, name: member, meant });
  } else if (dot !== -1 || !unit.rules.has(name.text)) {
    const meant = nearest(name.text, callable(unit));
    bundle.findings.add(unit.source, name.span, 'unknown-rule', { name: name.text, meant });
  }
  return null;
}

function* callable(unit: Unit): Iterable<string> {
  yield* unit.rules.keys();
  yield* FACT_NAMES;
  yield* SIGNATURES.keys();
  for (const [alias, module] of unit.imports) for (const rule of module?.rules.keys() ?? []) yield `${alias}.${rule}`;
}
