/**
 * First-parent history for adapters that can only read one object at a time: one walk back from the head that keeps ids only,
 * then one pass forwards that reads each commit again and hands it out, so memory does not grow with the size of commits.
 */
import type { LongCall } from '../kernel/index.js';
import { decodeCommit } from './commit.js';
import { gitError } from './errors.js';
import { formatOid, OID_BYTES, putOid } from './oid.js';
import type { GitObject, ObjectFormat, Oid } from './ports.js';

export interface HistorySource {
  readonly format: ObjectFormat;
  /** One object whose bytes hash to `oid`. */
  read(oid: Oid): Promise<GitObject>;
  /** Is this a commit whose parents a shallow clone left out? */
  isCut(oid: Oid): boolean;
}

const REPORT_EVERY = 1024;

/** What `ObjectStore.history` promises, on top of `read`. Throws `git/not-linear`, `git/shallow`, `git/wrong-type` and as `read`. */
export async function* firstParentHistory(
  source: HistorySource,
  range: { readonly head: Oid; readonly after?: Oid | undefined },
  options: LongCall = {},
): AsyncGenerator<GitObject, void, undefined> {
  const line = await walkBack(source, range, options);
  const total = line.length;
  for (let oid = line.pop(), done = 1; oid !== undefined; oid = line.pop(), done++) {
    options.signal?.throwIfAborted();
    yield await source.read(oid);
    if (done % REPORT_EVERY === 0 || done === total)
      options.progress?.({ task: 'read history', done, total, unit: 'commits' });
  }
}

async function walkBack(
  source: HistorySource,
  { head, after }: { readonly head: Oid; readonly after?: Oid | undefined },
  { signal, progress }: LongCall,
): Promise<OidStack> {
  const line = new OidStack(source.format);
  let oid: Oid | undefined = head;
  while (oid !== undefined && oid !== after) {
    signal?.throwIfAborted();
    const { type, content } = await source.read(oid);
    if (type !== 'commit') throw gitError('wrong-type', { oid, want: 'commit', got: type });
    const { parents } = decodeCommit(content, source.format);
    if (parents.length > 1)
      throw gitError('not-linear', { head, at: oid, why: `the commit has ${parents.length} parents` });
    line.push(oid);
    if (line.length % REPORT_EVERY === 0) progress?.({ task: 'walk history', done: line.length, unit: 'commits' });
    if (parents.length > 0 && source.isCut(oid)) throw gitError('shallow', { at: oid });
    if (parents.length === 0 && after !== undefined)
      throw gitError('not-linear', { head, at: oid, why: `history ends here without meeting \`${after}\`` });
    oid = parents[0];
  }
  return line;
}

/** Ids as raw bytes: a million of them take 20 to 40 MB, a fraction of what texts in an array would. */
class OidStack {
  readonly #width: number;
  #bytes: Uint8Array;
  #length = 0;
  constructor(private readonly format: ObjectFormat) {
    this.#width = OID_BYTES[format];
    this.#bytes = new Uint8Array(this.#width * 16);
  }

  get length(): number {
    return this.#length;
  }

  push(oid: Oid): void {
    const at = this.#length * this.#width;
    if (at === this.#bytes.length) {
      const larger = new Uint8Array(2 * at);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    putOid(oid, this.#bytes, at);
    this.#length += 1;
  }

  pop(): Oid | undefined {
    if (this.#length === 0) return undefined;
    this.#length -= 1;
    return formatOid(this.#bytes, this.#length * this.#width, this.format);
  }
}
