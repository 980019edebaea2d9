/** Name to implementation, with the checks that the signature asks for. */
import type { Type } from '../input/index.js';
import { COLLECTION_IMPLEMENTATIONS } from './collections.js';
import { RuleFault } from './fault.js';
import { INTEGER_IMPLEMENTATIONS } from './integers.js';
import { PATH_IMPLEMENTATIONS } from './path.js';
import { SIGNATURES } from './signatures.js';
import { TEXT_IMPLEMENTATIONS } from './text.js';
import { TIME_IMPLEMENTATIONS } from './times.js';
import type { Param } from './types.js';
import { kindOf, ListVal, RecordVal, type Val } from './value.js';
import { SEMVER_IMPLEMENTATIONS } from './versions.js';
import type { BuiltIn, Work } from './work.js';

const IMPLEMENTATIONS: ReadonlyMap<string, BuiltIn> = new Map(
  [
    TEXT_IMPLEMENTATIONS,
    COLLECTION_IMPLEMENTATIONS,
    PATH_IMPLEMENTATIONS,
    SEMVER_IMPLEMENTATIONS,
    TIME_IMPLEMENTATIONS,
    INTEGER_IMPLEMENTATIONS,
  ].flatMap((table) => Object.entries(table)),
);

type Check = (value: Val, work: Work) => boolean;

function checkOf(type: Type): Check {
  switch (type.t) {
    case 'any':
      return () => true;
    case 'null':
      return (value) => value === null;
    case 'bool':
      return (value) => typeof value === 'boolean';
    case 'int':
      return (value) => typeof value === 'number';
    case 'text':
      return (value) => typeof value === 'string';
    case 'map':
    case 'record':
      return (value) => value instanceof RecordVal;
    case 'list': {
      if (type.of.t === 'any') return (value) => value instanceof ListVal;
      const element = checkOf(type.of);
      return (value, work) => {
        if (!(value instanceof ListVal)) return false;
        work.spend(value.items.length >>> 3);
        return value.items.every((item) => element(item, work));
      };
    }
    case 'nullable': {
      const inner = checkOf(type.of);
      return (value, work) => value === null || inner(value, work);
    }
  }
}

function nameOf(type: Type): string {
  switch (type.t) {
    case 'any':
      return 'any value';
    case 'null':
      return 'null';
    case 'bool':
      return 'a boolean';
    case 'int':
      return 'an integer';
    case 'text':
      return 'a text';
    case 'map':
    case 'record':
      return 'a record';
    case 'list':
      return type.of.t === 'any' ? 'a list' : `a list of ${type.of.t === 'int' ? 'integers' : 'texts'}`;
    case 'nullable':
      return `${nameOf(type.of)} or null`;
  }
}

function checkParam(name: string, param: Param): (value: Val, work: Work) => void {
  const checks = param.accepts.map(checkOf);
  const [first] = checks;
  const only = checks.length === 1 ? first : undefined;
  return (value, work) => {
    if (only === undefined ? checks.some((check) => check(value, work)) : only(value, work)) return;
    const found = value instanceof ListVal ? 'a list of other values' : kindOf(value);
    const wanted = param.accepts.map(nameOf).join(' or ');
    throw new RuleFault('policy/type', `\`${param.name}\` of \`${name}\` is ${found}, not ${wanted}`);
  };
}

/**
 * The built-in of that name, which checks its arguments; null when there is none, or when it takes another number of
 * arguments. What it throws is a RuleFault.
 */
export function builtIn(name: string, arity: number): BuiltIn | null {
  const signature = SIGNATURES.get(name);
  const implementation = IMPLEMENTATIONS.get(name);
  if (signature === undefined || implementation === undefined || signature.params.length !== arity) return null;
  const checks = signature.params.map((param) => checkParam(name, param));
  return (args, work) => {
    for (let i = 0; i < checks.length; i++) checks[i]?.(args[i] as Val, work);
    return implementation(args, work);
  };
}
