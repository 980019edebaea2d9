/** A push as it is given, checked for shape and bounds, in the order in which it is judged. */
import { chainError, REF_PREFIX, type Rule, refOfChain, ruleFor } from '../chain/index.js';
import { type GitBackend, gitError, isOid, refNameFault } from '../git/index.js';
import { compareText, GatosError, LIMITS, utf8 } from '../kernel/index.js';
import { RULES } from '../verify/index.js';
import { gateError } from './errors.js';
import type { Push, RefUpdate } from './push.js';

/** An update below `refs/gatos/` that its rule lets move. */
export interface ChainUpdate extends RefUpdate {
  readonly next: string;
  readonly chain: string;
  readonly rule: Rule;
}

/** The deletion of a ref whose rule lets what it held be summarised. */
export interface PrunedRef extends RefUpdate {
  readonly old: string;
  readonly next: null;
  readonly chain: string;
  readonly rule: Rule;
}

export interface Faulty {
  readonly update: RefUpdate | null;
  readonly fault: GatosError;
}

/** The directory itself counts: a ref of that name would stand where all the others are to be. */
const GATOS = REF_PREFIX.slice(0, -1);

export function isGatosRef(name: string): boolean {
  return name.startsWith(REF_PREFIX) || name === GATOS;
}

/** Would a file system that folds case put it among ours? */
function looksLikeOurs(name: string): boolean {
  return !isGatosRef(name) && isGatosRef(name.toLowerCase());
}

/** Is there a ref that the rule table has a word on? */
export function concernsGatos({ name }: RefUpdate): boolean {
  return isGatosRef(name) || looksLikeOurs(name);
}

/** Throws `gate/bad-push`, `gate/limit`. Updates come out by name, those that move nothing are left out. */
export function readPush(push: Push, format: 'sha1' | 'sha256'): readonly RefUpdate[] {
  const { updates, options, received, pusher } = push;
  const bad = (why: string) => gateError('bad-push', { why });
  if (!Number.isSafeInteger(received) || received < 0) throw bad('the time at which it was received is no time');
  if (options.length > LIMITS.gateOptions)
    throw gateError('limit', { what: 'push options', count: options.length, limit: LIMITS.gateOptions });
  const bytes = [...options, pusher ?? ''].reduce((sum, text) => sum + utf8(text).length, 0);
  if (bytes > LIMITS.gateOptionBytes)
    throw gateError('limit', { what: 'bytes of push options', count: bytes, limit: LIMITS.gateOptionBytes });
  const sorted = [...updates].sort((a, b) => compareText(a.name, b.name));
  const isValue = (oid: string | null) => oid === null || isOid(oid, format);
  for (const [i, { name, old, next }] of sorted.entries()) {
    if (!name.isWellFormed()) throw bad('a ref name is no text');
    if (name === sorted[i - 1]?.name) throw bad('a ref is named twice');
    if (!isValue(old) || !isValue(next))
      throw bad('what a ref is to move from or to is no object id of this repository');
    if (utf8(name).length > LIMITS.refBytes)
      throw gateError('limit', { what: 'bytes of a ref name', count: utf8(name).length, limit: LIMITS.refBytes });
  }
  return sorted.filter(({ old, next }) => old !== next);
}

/** What a push holds, by who judges it. */
export interface Sorted {
  readonly chains: readonly ChainUpdate[];
  /** They stand when a summary covers them, which takes more than the push as it is written to tell. */
  readonly pruned: readonly PrunedRef[];
  readonly faults: readonly Faulty[];
}

/** The updates below `refs/gatos/`, and those that no rule lets move at all. */
export async function sortUpdates({ refs }: GitBackend, updates: readonly RefUpdate[]): Promise<Sorted> {
  const chains: ChainUpdate[] = [];
  const pruned: PrunedRef[] = [];
  const faults: Faulty[] = [];
  for (const update of updates) {
    try {
      if (looksLikeOurs(update.name)) throw gateError('look-alike', { ref: update.name });
      const chain = isGatosRef(update.name) ? placed(update) : null;
      // Git asks again when it moves the ref; asked here too, so that nobody is judged for a move that is not his.
      const found = await refs.read(update.name);
      if (found !== update.old) throw gateError('moved', { ref: update.name, said: update.old, found });
      if (chain === null) continue;
      if (isPruned(chain)) pruned.push(chain);
      else chains.push(chain);
    } catch (fault) {
      if (!(fault instanceof GatosError)) throw fault;
      faults.push({ update, fault: concernsGatos(update) ? fault : unreadable(fault) });
    }
  }
  return { chains, pruned, faults };
}

function isPruned(update: ChainUpdate | PrunedRef): update is PrunedRef {
  return update.next === null;
}

/** A policy cannot judge a ref whose name has no one reading; git itself lets some of them pass. */
function unreadable(fault: GatosError): GatosError {
  return fault.code === 'git/ref-name' ? gateError('bad-push', { why: fault.message }) : fault;
}

/** Throws for a ref that has no place, or may not move like this at all. */
function placed(update: RefUpdate): ChainUpdate | PrunedRef {
  const { name, old, next } = update;
  const why = refNameFault(name);
  if (why !== null) throw gitError('ref-name', { ref: name, why });
  const chain = name.slice(REF_PREFIX.length);
  const rule = ruleFor(RULES, chain);
  if (rule === null || name === GATOS) throw chainError('foreign-ref', { ref: name });
  refOfChain(chain);
  if (rule.movement === 'local') throw gateError('never-pushed', { ref: name });
  if (next === null) {
    if (old === null || (rule.pruned?.(chain) ?? null) === null)
      throw gateError('deletion', { ref: name, movement: rule.movement });
    return { name, old, next, chain, rule };
  }
  if (old !== null && rule.movement === 'create-once') throw chainError('written-again', { chain, commit: next });
  return { name, old, next, chain, rule };
}
