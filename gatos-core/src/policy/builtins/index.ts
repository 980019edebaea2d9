/** Built-ins of the policy language: their signatures as data, the values they work on, and what they do. */
export { builtIn } from './built-ins.js';
export { canonicalList, extreme } from './collections.js';
export { type FaultCode, RuleFault } from './fault.js';
export { Glob, GlobCache } from './glob.js';
export { exact } from './integers.js';
export { Pool, toJson } from './pool.js';
export { FACTS, resultType, SIGNATURES } from './signatures.js';
export { joinTwo } from './text.js';
export type { Param, Result, Signature } from './types.js';
export { compareValues, isComposite, kindOf, ListVal, RecordVal, type Shape, type Val } from './value.js';
export type { BuiltIn, Work } from './work.js';
