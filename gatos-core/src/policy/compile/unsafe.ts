/** Variables that nothing binds, and variables that nothing uses. */
import { nearest } from '../input/index.js';
import type { Build, LiteralPlan } from './build.js';
import type { Site } from './bundle.js';
import type { Frame, Variable } from './scope.js';

/** Reports what the first pending literal misses, and takes it for bound, so that the rest can be looked at. */
export function reportUnsafe(
  site: Site,
  frame: Frame,
  { pending, build }: { readonly pending: readonly LiteralPlan[]; readonly build: Build },
): void {
  const { findings } = site.bundle;
  const { source } = site.unit;
  const missing = pending[0]?.missing(build) ?? [];
  for (const { variable, asked } of missing) {
    if (build.bound.has(variable)) continue;
    build.bind(variable);
    const { name, span } = variable;
    if (asked !== null)
      findings.add(source, asked.span, 'unbound-argument', { name, rule: asked.rule, parameter: asked.parameter });
    else if (site.unit.rules.has(name)) findings.add(source, span, 'rule-as-value', { name });
    else
      findings.add(source, span, 'unsafe', {
        name,
        isInside: (frame.insideNot.get(name) ?? variable) !== variable,
        meant: meantBy(site, { frame, build, variable }),
      });
  }
}

function meantBy(
  site: Site,
  { frame, build, variable }: { frame: Frame; build: Build; variable: Variable },
): string | null {
  const known = [...build.bound].filter((each) => each !== variable).map((each) => each.name);
  const names = [...known, ...frame.names(), ...site.unit.constants.keys(), 'input'];
  return nearest(
    variable.name,
    names.filter((name) => name !== variable.name && !name.startsWith('_')),
  );
}

/** Warns of variables that are written once, and refuses approvers about whom nothing is asked. */
export function warnUnused(site: Site, frame: Frame): void {
  for (const { name, mentions, span, approversOf } of frame.variables.values())
    if (mentions === 1 && approversOf !== null)
      site.bundle.findings.add(site.unit.source, span, 'any-approvers', { name: approversOf });
    else if (mentions === 1 && name !== '' && !name.startsWith('_'))
      site.bundle.findings.add(site.unit.source, span, 'unused-variable', { name });
  for (const child of frame.children) warnUnused(site, child);
}
