/** Rules that no head comes to, constants and imports that nobody uses. */
import type { Bundle } from './bundle.js';
import type { Program } from './ir.js';
import type { Unit } from './modules.js';
import { clauseUses, headUses } from './walk.js';

export function warnUnusedNames(
  program: Program,
  { bundle, units }: { readonly bundle: Bundle; readonly units: readonly Unit[] },
): void {
  const { findings } = bundle;
  const reached = new Set(program.heads.flatMap((head) => headUses(head).map(({ predicate }) => predicate)));
  for (const index of reached)
    for (const clause of program.predicates[index]?.clauses ?? [])
      for (const { predicate } of clauseUses(clause)) reached.add(predicate);
  for (const { name, unit, index } of bundle.predicates.values()) {
    const rule = name.slice(unit.name.length + 1);
    const item = unit.rules.get(rule)?.[0];
    if (!reached.has(index) && item !== undefined && !rule.startsWith('_'))
      findings.add(unit.source, item.name.span, 'unused-rule', { name: rule });
  }
  for (const unit of units) {
    for (const [name, item] of unit.constants)
      if (!unit.used.constants.has(name) && !name.startsWith('_'))
        findings.add(unit.source, item.name.span, 'unused-constant', { name });
    for (const { module, as } of unit.module.imports)
      if (!unit.used.imports.has((as ?? module).text))
        findings.add(unit.source, module.span, 'unused-import', { name: module.text });
  }
}
