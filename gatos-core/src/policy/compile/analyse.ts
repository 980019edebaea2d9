/** Checks of the whole program: circles, types, depth and size. */
import type { Bundle } from './bundle.js';
import { findCircleFaults } from './circles.js';
import type { ReportAt } from './findings.js';
import type { Program } from './ir.js';
import type { Unit } from './modules.js';
import { findSizeFaults } from './size.js';
import { checkTypes } from './type-program.js';

interface Context {
  readonly bundle: Bundle;
  readonly units: readonly Unit[];
}

export function analyse(program: Program, { bundle, units }: Context): void {
  const report: ReportAt = ([module, start, end], code, data) => {
    const unit = units[module];
    if (unit !== undefined) bundle.findings.add(unit.source, { start, end }, code, data);
  };
  for (const { place, ...fault } of findCircleFaults(program.predicates)) report(place, fault.what, fault);
  for (const fault of findSizeFaults(program)) {
    if (fault.what === 'too-deep') report(fault.place, fault.what, {});
    else report(fault.place, fault.what, { what: fault.things, limit: fault.limit });
  }
  checkTypes(program, { report, poisoned: bundle.poisoned });
}
