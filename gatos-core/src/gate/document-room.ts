/** How much a document may still take: a commit stands in it once for each ref that brings it, however small the push was. */
import { LIMITS } from '../kernel/index.js';
import type { InputCommit } from '../policy/index.js';
import { gateError } from './errors.js';

/** Units of text around the fields of a commit, and around those of a change. */
const AROUND_COMMIT = 400;
const AROUND_CHANGE = 200;

export class DocumentRoom {
  #changes: number = LIMITS.gateChanges;
  #units: number = LIMITS.policyInputBytes;

  /** Throws `gate/limit` when there is no more room. */
  take({ message, subject, author, committer, changes }: InputCommit): void {
    this.#changes -= changes.length;
    const people = [author, committer].reduce((sum, { name, email }) => sum + name.length + email.length, 0);
    const paths = changes.reduce((sum, { path }) => sum + path.length + AROUND_CHANGE, 0);
    this.#units -= AROUND_COMMIT + message.length + subject.length + people + paths;
    if (this.#changes < 0) throw over('changed paths', { limit: LIMITS.gateChanges, left: this.#changes });
    if (this.#units < 0) throw over('characters of commits', { limit: LIMITS.policyInputBytes, left: this.#units });
  }
}

function over(what: string, { limit, left }: { readonly limit: number; readonly left: number }) {
  return gateError('limit', { what, count: limit - left, limit });
}
