/**
 * Refs whose word is with a remote. Reading asks the refs of this clone. Writing makes the edits at the remote first, in one push with
 * the expected value of every ref, and then here. So of all clones that write one ref, exactly one wins.
 *
 * When a push did not do what it should, what git says is not read: the remote is asked what it holds. If it is something else than
 * expected, another writer was first. If it is as expected, the remote did not want it, or two pushes were in each other's way; a
 * gate of ours says which, and otherwise it is tried again.
 */
import { chainOfRef, type GatosError, gitError, isGatosError, type Oid, type RefEdit } from 'gatos-core';
import type { CheckedRefStore, NativeBackend } from 'gatos-core/node';
import { PUSH_REFS, type PushAnswer, placeOf, pushRefs, type RemoteAt, relate } from '../sync/index.js';
import { remoteError } from './errors.js';
import type { Mirror } from './mirror.js';

/** For tests: a moment in a transaction. */
export type RemoteStep = 'sending' | 'in-doubt' | 'pushed' | 'followed';

export interface RemoteRefsContext {
  readonly at: RemoteAt;
  readonly backend: NativeBackend;
  readonly mirror: Mirror;
  readonly onStep: (step: RemoteStep) => void;
}

/** Pushes of one transaction while the remote is as expected and nobody says why it does not move. */
const TRIES = 4;
/** Longest pause before another one, times the number of the attempt. */
const PAUSE_MS = 50;
/** Attempts to bring the refs of this clone to where the remote is, while other processes move them. */
const FOLLOWS = 16;
/** How our gate begins to say no. */
const GATE_REFUSES = 'refused: ';

/** Why a push did not do what it should, as far as it is known from the push itself. */
interface Setback {
  /** Nobody knows whether the remote took it. */
  readonly unclear: boolean;
  readonly refusedByGate: boolean;
  /** When it turns out that no other writer was first. */
  readonly fault: GatosError;
}

interface Lost {
  /** One of the edits whose ref is elsewhere. */
  readonly moved: RefEdit;
  readonly found: ReadonlyMap<string, Oid>;
  readonly unclear: boolean;
}

export class RemoteFirstRefs implements CheckedRefStore {
  readonly #context: RemoteRefsContext;

  constructor(context: RemoteRefsContext) {
    this.#context = context;
  }

  read(name: string): Promise<Oid | null> {
    return this.#context.backend.refs.read(name);
  }

  list(...of: Parameters<CheckedRefStore['list']>): ReturnType<CheckedRefStore['list']> {
    return this.#context.backend.refs.list(...of);
  }

  check(edits: readonly RefEdit[]): Promise<void> {
    return this.#context.backend.refs.check(edits);
  }

  /**
   * All edits or none, at the remote and then here. Throws as the port, and `remote/refused`, `remote/unreachable`, `remote/failed`,
   * `remote/unpushed`, `remote/too-many`; then nothing moved here, and at the remote only if that could not be found out. After
   * `remote/diverged` the edits stand at the remote.
   */
  async transaction(edits: readonly RefEdit[]): Promise<void> {
    const { backend, onStep } = this.#context;
    const shared = edits.filter(({ name }) => isShared(name));
    if (shared.length === 0) return backend.refs.transaction(edits);
    if (shared.length > PUSH_REFS) throw remoteError('too-many', { refs: shared.length, limit: PUSH_REFS });
    await backend.refs.check(edits);
    onStep('sending');
    await this.#push(shared);
    onStep('pushed');
    await this.#follow(edits);
    onStep('followed');
  }

  async #push(edits: readonly RefEdit[]): Promise<void> {
    let unclear = false;
    for (let attempt = 1; ; attempt++) {
      const setback = await this.#send(edits);
      if (setback === null) return;
      unclear ||= setback.unclear;
      this.#context.onStep('in-doubt');
      const names = edits.map(({ name }) => name);
      const found = await this.#context.mirror.look(names, this.#context.at);
      const at = (name: string) => found.get(name) ?? null;
      if (unclear && edits.every(({ name, next }) => at(name) === next)) return;
      const moved = edits.find(({ name, expected }) => at(name) !== expected);
      if (moved !== undefined) return this.#lost(edits, { moved, found, unclear });
      if (setback.refusedByGate || attempt === TRIES) throw setback.fault;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * PAUSE_MS * attempt));
    }
  }

  /** Null when the edits stand at the remote, because of this push. */
  async #send(edits: readonly RefEdit[]): Promise<Setback | null> {
    const { at } = this.#context;
    const refs = edits.map(({ name }) => name);
    let answer: PushAnswer;
    try {
      answer = await pushRefs(at, edits, { atomic: true });
    } catch (cause) {
      if (!isGatosError(cause, 'git/git-failed')) throw cause;
      const fault = remoteError('failed', { remote: at.remote, refs, why: String(cause.data.why) }, { cause });
      return { unclear: true, refusedByGate: false, fault };
    }
    const outcomes = edits.map((edit) => ({ edit, answer: answer.refs.get(edit.name) }));
    const refused = outcomes.filter(({ answer }) => answer === undefined || answer.outcome === 'refused');
    const news = outcomes.filter(({ edit }) => edit.expected !== edit.next);
    // What the remote held already was written by somebody else, and so was won by somebody else.
    const isOurs = news.length === 0 || news.some(({ answer }) => answer?.outcome === 'moved');
    if (refused.length === 0 && isOurs) return null;
    const why = refused.map(({ answer }) => answer?.summary).find((summary) => summary !== undefined);
    const { said } = answer;
    const fault = remoteError('refused', { remote: at.remote, refs, why: why ?? 'it did not say why', said });
    const refusedByGate = said.some((line) => line.startsWith(GATE_REFUSES));
    return { unclear: false, refusedByGate, fault };
  }

  /** Another writer was first; or, after a push of which nobody knew, others have gone on from our edits already. */
  async #lost(edits: readonly RefEdit[], { moved, found: seen, unclear }: Lost): Promise<void> {
    const { mirror, backend, at } = this.#context;
    const { name: ref, expected } = moved;
    const found = seen.get(ref) ?? null;
    const { refused } = await mirror.take({ found: seen, prefixes: edits.map(({ name }) => name) }, at);
    if (unclear && (await this.#stand(edits))) return;
    // A writer that tries again decides anew on what is here: if that stays, so does its decision.
    if ((await backend.refs.read(ref)) !== expected) throw gitError('ref-moved', { ref, expected, found });
    const why = refused.find(({ chain }) => chain === chainOfRef(ref));
    throw why?.error ?? remoteError('unpushed', { ref, remote: at.remote, expected, found });
  }

  /** Does this clone, which has just seen the remote, hold all edits, or what goes on from them? */
  async #stand(edits: readonly RefEdit[]): Promise<boolean> {
    const { backend, at } = this.#context;
    for (const { name, next } of edits) {
      const ours = await backend.refs.read(name);
      if (ours === next) continue;
      if (ours === null || next === null) return false;
      if ((await relate({ ...at, backend }, { ours, theirs: next })) !== 'ahead') return false;
    }
    return true;
  }

  /** Moves the refs of this clone to where the remote has them, or leaves them where others have brought them since. */
  async #follow(edits: readonly RefEdit[]): Promise<void> {
    const { refs } = this.#context.backend;
    let left = edits;
    for (let attempt = 1; ; attempt++) {
      try {
        return await refs.transaction(left);
      } catch (error) {
        if (attempt === FOLLOWS || !isGatosError(error, 'git/ref-moved')) throw hidden(error, edits);
      }
      left = await this.#behind(left);
      if (left.length === 0) return;
    }
  }

  /** The edits that are still to be made here, from what is here now. */
  async #behind(edits: readonly RefEdit[]): Promise<readonly RefEdit[]> {
    const { backend, at } = this.#context;
    const left: RefEdit[] = [];
    for (const edit of edits) {
      const { name, expected, next } = edit;
      const found = await backend.refs.read(name);
      if (found === next) continue;
      if (found === expected) left.push(edit);
      // Somebody has made it again since it was deleted.
      else if (next === null) continue;
      else {
        const relation = await relate({ ...at, backend }, { ours: found, theirs: next });
        if (relation === 'behind') left.push({ name, expected: found, next });
        if (relation === 'diverged')
          throw remoteError('diverged', { ref: name, remote: at.remote, recorded: next, found: found ?? '' });
      }
    }
    return left;
  }
}

/** After the remote has taken the edits, nobody may believe that they did not happen. */
function hidden(error: unknown, [edit]: readonly RefEdit[]): unknown {
  if (!isGatosError(error, 'git/ref-moved') || edit === undefined) return error;
  return gitError('ref-locked', { ref: edit.name, lock: `${edit.name}.lock` }, { cause: error });
}

/** Chains are the remote's, but for those that stay in a clone; so does what is not of ours, such as branches. */
function isShared(name: string): boolean {
  const chain = chainOfRef(name);
  return chain !== null && placeOf(chain) !== 'local';
}
