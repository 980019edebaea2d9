/**
 * The compiler of policies: sources in, program out; and the program as canonical bytes (`.rgc`) and back to text.
 * Invariants: the same sources give the same bytes; whatever `decodeProgram` accepts is safe to run, and encodes to the same bytes.
 */
export { decodeProgram, encodeProgram, policyCodeRoot } from './code.js';
export { type Compilation, compileBundle } from './compile.js';
export { type DecompiledModule, decompile } from './decompile.js';
export type {
  Arg,
  Clause,
  Expr,
  FactName,
  Head,
  Place,
  Predicate,
  Program,
  Scope,
  Step,
} from './ir.js';
export { moduleNameOf } from './modules.js';
export type { PolicyTest } from './tests.js';
export { exprsOf, partsOf } from './walk.js';
