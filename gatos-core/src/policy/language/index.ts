/**
 * The language front end of policies: text to syntax tree and back, and all that is wrong with the form of a module, at once.
 * Invariants: nothing here throws on any text, work grows with its length alone, and `format` changes no meaning.
 */
export type {
  AggregateFn,
  ArithmeticOp,
  Body,
  Comment,
  CompareOp,
  ConstItem,
  Expect,
  Expr,
  HeadItem,
  Import,
  Item,
  Literal,
  Module,
  Name,
  RuleItem,
  Span,
  Template,
  TestItem,
  ValueForm,
} from './ast.js';
export type { Diagnostic } from './diagnostic.js';
export { type DataOf, type Diagnose, type DiagnosticDefinition, diagnosticTable } from './diagnostic-table.js';
export { extractModule, skippedBlocks } from './extract.js';
export { formatDiagnostic } from './format-diagnostic.js';
export { formatExpression, formatModule } from './format-module.js';
export { type ParsedExpression, type ParsedModule, parseExpression, parseModule } from './parse-module.js';
export { shown } from './shown.js';
export { type Position, Source, type SourceText } from './source.js';
export { isReserved, PLACE_WORDS, RESERVED_WORDS, SYMBOLS } from './words.js';
