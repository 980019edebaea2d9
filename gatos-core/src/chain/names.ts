/** Chain names and refs: a chain is named by its ref without `refs/gatos/`. */
import { LIMITS, utf8 } from '../kernel/index.js';
import { chainError } from './errors.js';

export const REF_PREFIX = 'refs/gatos/';

const COMPONENT = /^[A-Za-z0-9][A-Za-z0-9._=+-]*$/;

/** Why this cannot be the name of a chain, or null when it can: every component is a plain name that git accepts on every platform. */
export function chainNameFault(name: string): string | null {
  if (utf8(name).length > LIMITS.chainBytes) return `it is longer than ${LIMITS.chainBytes} bytes`;
  for (const component of name.split('/')) {
    if (!COMPONENT.test(component)) return `\`${component}\` is not a plain name`;
    if (component.includes('..') || component.endsWith('.') || component.endsWith('.lock'))
      return `\`${component}\` is not allowed in a ref`;
  }
  return null;
}

/** Throws `chain/name` unless this can be the name of a chain. */
export function checkChainName(name: string): string {
  const why = chainNameFault(name);
  if (why === null) return name;
  throw chainError('name', { name: name.length > LIMITS.chainBytes ? `${name.slice(0, 40)}…` : name, why });
}

/** `journal/default/user-alice` → `refs/gatos/journal/default/user-alice`. Throws `chain/name`. */
export function refOfChain(chain: string): string {
  return REF_PREFIX + checkChainName(chain);
}

/** The chain of a ref below `refs/gatos/`, or null for any other ref. */
export function chainOfRef(ref: string): string | null {
  return ref.startsWith(REF_PREFIX) ? ref.slice(REF_PREFIX.length) : null;
}

/** Is a chain among those that are asked for? `state/sum` asks for that chain and for what is below it; so does `state/`. Undefined asks for all. */
export function isAmong(chain: string, only: readonly string[] | undefined): boolean {
  if (only === undefined) return true;
  return only.some((name) => chain === name || chain.startsWith(name.endsWith('/') ? name : `${name}/`));
}
