/** The built-ins of the language, by name. All are total on values of their types; what has no answer is an error of the rule. */
import type { Type } from '../input/index.js';
import { ANY, listOf, text, texts } from './params.js';
import { GLOB_PATH_BUILTINS, SEMVER_BUILTINS, TIME_BUILTINS } from './signatures-of-subjects.js';
import { COLLECTION_BUILTINS, INTEGER_BUILTINS, TEXT_BUILTINS } from './signatures-of-values.js';
import type { Param, Signature } from './types.js';

/** Every built-in, by its dotted name. */
export const SIGNATURES: ReadonlyMap<string, Signature> = new Map(
  [
    ...TEXT_BUILTINS,
    ...COLLECTION_BUILTINS,
    ...GLOB_PATH_BUILTINS,
    ...SEMVER_BUILTINS,
    ...TIME_BUILTINS,
    ...INTEGER_BUILTINS,
  ].map((signature) => [signature.name, signature]),
);

/**
 * The predicates over `input` that are called like rules: types of their columns. Whoever proposes writes the quorum, so a grant
 * means something to a policy only by whose approvals count: `approvers` cannot be left out.
 */
export const FACTS: Readonly<Record<'grant' | 'granted' | 'member', readonly Param[]>> = {
  grant: [text('id'), text('action'), text('target'), texts('approvers')],
  granted: [text('action'), text('target'), texts('approvers')],
  member: [text('group'), text('actor')],
};

/** The type of a call whose arguments have these types. */
export function resultType(signature: Signature, args: readonly Type[]): Type {
  const { result } = signature;
  if ('is' in result) return result.is;
  if ('like' in result) return args[result.like] ?? ANY;
  if ('elementsOf' in result) return listOf(elementOf(args[result.elementsOf]));
  const element = elementOf(args[result.elementOf]);
  if (result.orNull !== true || element.t === 'nullable' || element.t === 'null' || element.t === 'any') return element;
  return { t: 'nullable', of: element };
}

/** Of a list, of a map, or of a record all of whose fields have one type; `any` where that says nothing. */
function elementOf(type: Type | undefined): Type {
  if (type === undefined) return ANY;
  return type.t === 'list' || type.t === 'map' ? type.of : ANY;
}
