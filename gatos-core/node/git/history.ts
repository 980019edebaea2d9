/** First-parent history, oldest first. Git finds the way, we check every step of it against the commits' own bytes. */

import { join } from 'node:path';
import { type GitObject, gitError, type ObjectFormat, OID_BYTES, type Oid } from '../../src/git/index.js';
import { type LongCall, utf8 } from '../../src/kernel/index.js';
import { type GitChild, plumbingEnvironment, spawnGit } from './child.js';
import { type Layout, readText } from './discover.js';
import { ChunkReader } from './output.js';

/** So many commits are looked at without git, which is enough for what was appended since the last look. */
const SHORT_WALK = 128;
/** Bytes of commits that are held at once: foreign ones may be huge. */
const HELD_BYTES = 4 * 1024 * 1024;
const PARENT = utf8('parent ');
const SPACE = 0x20;

export interface Range {
  readonly head: Oid;
  readonly after?: Oid | undefined;
}

export interface HistoryOptions {
  readonly layout: Layout;
  /** One object without git, or `foreign`. Throws when it is missing or damaged. */
  readonly readLocal: (oid: Oid) => GitObject | 'foreign';
  /** Many objects through git. */
  readonly readBatches: (oids: AsyncIterable<readonly Oid[]>) => AsyncIterable<readonly GitObject[]>;
}

/** The parents of a raw commit. Throws `git/malformed-object`, `git/wrong-type`. */
export function parentsOf({ oid, type, content }: GitObject, format: ObjectFormat): Oid[] {
  if (type !== 'commit') throw gitError('wrong-type', { oid, want: 'commit', got: type });
  const width = OID_BYTES[format] * 2;
  const parents: Oid[] = [];
  let at = 5 + width + 1;
  if (content.length < at || content[4] !== SPACE) throw gitError('malformed-object', { oid, type, why: 'no tree' });
  while (PARENT.every((byte, i) => content[at + i] === byte)) {
    const start = content.byteOffset + at + PARENT.length;
    parents.push(
      Buffer.from(content.buffer, start, Math.min(width, content.byteLength - at - PARENT.length)).toString('latin1'),
    );
    at += PARENT.length + width + 1;
  }
  return parents;
}

/** Raw commits in batches. Throws as `ObjectStore.history`. */
export async function* history(
  range: Range,
  options: HistoryOptions,
  call: LongCall = {},
): AsyncGenerator<readonly GitObject[], void, void> {
  if (range.head === range.after) return;
  const steps = new Steps(range, options);
  const short = steps.walkBack(SHORT_WALK);
  if (short !== null) {
    call.signal?.throwIfAborted();
    yield short;
    return;
  }
  const { layout } = options;
  const args = [
    'rev-list',
    '--first-parent',
    '--reverse',
    range.head,
    ...(range.after === undefined ? [] : [`^${range.after}`]),
  ];
  const child = await spawnGit({ args, env: plumbingEnvironment(layout), cwd: layout.commonDir });
  child.process.stdin.end();
  let done = 0;
  try {
    for await (const batch of options.readBatches(lines(child))) {
      call.signal?.throwIfAborted();
      for (const commit of batch) steps.check(commit);
      done += batch.length;
      call.progress?.({ task: 'read history', done, unit: 'commits' });
      yield batch;
    }
  } finally {
    child.kill();
  }
  const outcome = await child.outcome();
  if (outcome !== null && !steps.complete) steps.explain(outcome.fault);
  steps.finish();
}

async function* lines(child: GitChild): AsyncGenerator<Oid[], void, void> {
  const chunks = new ChunkReader(child.process.stdout);
  let rest = '';
  for (let chunk = await chunks.next(); chunk !== null; chunk = await chunks.next()) {
    const found = (rest + chunk.toString('latin1')).split('\n');
    rest = found.pop() ?? '';
    yield found;
  }
}

/** Follows one range and refuses whatever is not a line from `after`, or from a root, to `head`. */
class Steps {
  readonly #range: Range;
  readonly #options: HistoryOptions;
  readonly #shallow: ReadonlySet<Oid>;
  #last: Oid | null = null;

  constructor(range: Range, options: HistoryOptions) {
    this.#range = range;
    this.#options = options;
    this.#shallow = new Set((readText(join(options.layout.commonDir, 'shallow')) ?? '').split('\n'));
  }

  get complete(): boolean {
    return this.#last === this.#range.head;
  }

  /** Oldest first: does `commit` follow the one before? */
  check(commit: GitObject): void {
    const parent = this.#parentOf(commit);
    const { head, after } = this.#range;
    if (this.#last !== null && parent !== this.#last) {
      throw gitError('not-linear', {
        head,
        at: commit.oid,
        why: `its parent is ${parent ?? 'none'}, not ${this.#last}`,
      });
    }
    if (this.#last === null && parent !== (after ?? null)) this.#badStart(commit, parent);
    this.#last = commit.oid;
  }

  finish(): void {
    const { head, after } = this.#range;
    if (this.complete) return;
    throw gitError('not-linear', {
      head,
      at: head,
      why: after === undefined ? 'it has no history' : `${after} is not an ancestor`,
    });
  }

  #badStart(commit: GitObject, parent: Oid | null): never {
    const { head, after } = this.#range;
    if (parent === null || after !== undefined) {
      throw gitError('not-linear', { head, at: commit.oid, why: `${after ?? 'the root'} is not an ancestor` });
    }
    throw gitError('missing-object', { oid: parent });
  }

  #parentOf(commit: GitObject): Oid | null {
    const parents = parentsOf(commit, this.#options.layout.format);
    if (parents.length > 1) {
      throw gitError('not-linear', { head: this.#range.head, at: commit.oid, why: `it has ${parents.length} parents` });
    }
    if (parents.length === 1 && this.#shallow.has(commit.oid)) throw gitError('shallow', { at: commit.oid });
    return parents[0] ?? null;
  }

  /** The whole range, oldest first, when it has at most `most` commits, is small and needs no git; else null. */
  walkBack(most: number): GitObject[] | null {
    const found: GitObject[] = [];
    let bytes = 0;
    const { head, after } = this.#range;
    let at: Oid | null = head;
    while (at !== null && at !== after) {
      if (found.length >= most) return null;
      const commit = this.#options.readLocal(at);
      if (commit === 'foreign') return null;
      found.push(commit);
      bytes += commit.content.length;
      if (bytes > HELD_BYTES) return null;
      at = this.#parentOf(commit);
    }
    if (at === null && after !== undefined) throw this.#unrelated(after);
    return found.reverse();
  }

  /** Git gave up: find the commit that stopped it, else report what it said. */
  explain(fault: unknown): never {
    const { after } = this.#range;
    let at: Oid | null = this.#range.head;
    while (at !== null && at !== after) {
      const commit = this.#options.readLocal(at);
      if (commit === 'foreign') throw fault;
      at = this.#parentOf(commit);
    }
    if (at === null && after !== undefined) throw this.#unrelated(after);
    throw fault;
  }

  #unrelated(after: Oid): Error {
    const { head } = this.#range;
    return gitError('not-linear', { head, at: head, why: `${after} is not an ancestor` });
  }
}
