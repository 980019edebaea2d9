/**
 * `import --format git`: the history of a repository as rows, one a commit. Objects are read as they are stored: replace refs and grafts
 * count for nothing, nothing is fetched, and every commit is hashed again. The whole graph is walked first, at about 100 bytes a commit;
 * then the commits stream by in their order (`git-history-graph.ts`).
 *
 * A commit that cannot be read is a faulty row, with its id for a place, and the walk goes on elsewhere. What lies behind the boundary
 * of a shallow clone is not part of the history that this clone claims to have, so it is no fault: a notice says so.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type GatosError, invariant, isGatosError, type JsonValue, type LongCall, type Oid, utf8 } from 'gatos-core';
import { type NativeBackend, openNativeBackend } from 'gatos-core/node';
import { CommitGraph, type Node } from './git-history-graph.js';
import { commitPayload, parseRawCommit } from './git-history-payload.js';
import { findTips, PLAIN, type TipsRequest } from './git-history-tips.js';
import type { Row } from './row.js';

export interface HistoryRequest extends TipsRequest, LongCall {
  /** A path in the repository. */
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface GitHistory {
  /** Commits, those that cannot be read included. */
  readonly total: number;
  /** What a person should know about what is not there. */
  readonly notices: readonly string[];
  /** One row a commit, parents before children. The payload is described in `git-history-payload.ts`. */
  rows(): AsyncIterable<Row>;
  close(): Promise<void>;
}

/** Walks a history. Throws `git/not-a-repository`, `import/unknown-revision`, and what the signal holds. */
export async function openGitHistory(request: HistoryRequest): Promise<GitHistory> {
  const backend = await openNativeBackend({ path: request.path, env: { ...request.env, ...PLAIN } });
  try {
    const { oids, notices } = await findTips(backend, request);
    const walk = new Walk(backend);
    await walk.from(oids, request);
    const { boundaries } = walk;
    const shallow = `this is a shallow clone: the history is cut off behind ${boundaries} of its commits`;
    return {
      total: walk.graph.size,
      notices: boundaries === 0 ? notices : [...notices, shallow],
      rows: () => readRows(backend, walk),
      close: () => backend.close(),
    };
  } catch (error) {
    await backend.close();
    throw error;
  }
}

/** Commits between two looks at the signal. */
const STRIDE = 512;
const OID_BYTES = { sha1: 20, sha256: 32 } as const;

class Walk {
  readonly graph: CommitGraph;
  /** Why a commit cannot be read. */
  readonly faults = new Map<Node, string>();
  boundaries = 0;
  readonly #shallow: ReadonlySet<Oid>;

  constructor(private readonly backend: NativeBackend) {
    this.graph = new CommitGraph(OID_BYTES[backend.format]);
    this.#shallow = readShallow(backend);
  }

  async from(tips: readonly Oid[], { signal, progress, source }: HistoryRequest): Promise<void> {
    const { ids } = this.graph;
    const open: Node[] = [];
    for (const tip of tips) if (this.graph.add(ids.add(tip))) open.push(ids.add(tip));
    let done = 0;
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      for (const parent of await this.#visit(node)) if (this.graph.add(parent)) open.push(parent);
      done += 1;
      if (done % STRIDE !== 0) continue;
      // Reading objects never leaves this turn of the event loop, in which no signal arrives.
      await setImmediate();
      signal?.throwIfAborted();
      progress?.({ task: `walk ${source}`, done, unit: 'commits' });
    }
  }

  /** Records the parents of a commit and returns those that belong to the history. */
  async #visit(node: Node): Promise<readonly Node[]> {
    const { graph, backend } = this;
    const oid = graph.ids.oid(node);
    try {
      const { type, content } = await backend.objects.read(oid);
      if (type !== 'commit') {
        this.faults.set(node, `object \`${oid}\` is a ${type}, not a commit`);
        return [];
      }
      const parents = parseRawCommit(content, backend.format).parents.map((parent) => graph.ids.add(parent));
      graph.setParents(node, parents);
      if (!this.#shallow.has(oid) || parents.length === 0) return parents;
      this.boundaries += 1;
      return [];
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      this.faults.set(node, error.message);
      return [];
    }
  }
}

/** Commits behind which a shallow clone holds nothing (gitrepository-layout(5), `shallow`). */
function readShallow({ commonDir }: NativeBackend): ReadonlySet<Oid> {
  try {
    return new Set(readFileSync(join(commonDir, 'shallow'), 'latin1').split('\n'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Set();
    throw error;
  }
}

const UNREADABLE = ['git/missing-object', 'git/corrupt-object', 'git/too-large'] as const;

function isUnreadable(error: unknown): error is GatosError {
  return UNREADABLE.some((code) => isGatosError(error, code));
}

/** Rows in order. Faults are known from the walk, or found when a commit is read again. */
async function* readRows(
  { objects, format }: NativeBackend,
  { graph, faults }: Walk,
): AsyncGenerator<Row, void, undefined> {
  const order = graph.order();
  let at = 0;
  const rowOf = (content: { readonly value: JsonValue; readonly size: number } | { readonly fault: string }): Row => {
    const oid = graph.ids.oid(order[at] ?? 0);
    at += 1;
    return { line: at, place: `commit \`${oid}\``, raw: utf8(oid), ...content };
  };
  const faultHere = (): string | undefined => (at < order.length ? faults.get(order[at] ?? 0) : undefined);
  while (at < order.length) {
    try {
      for await (const batch of objects.readBatches(readable(order.subarray(at), { graph, faults }))) {
        for (const { oid, content } of batch) {
          for (let fault = faultHere(); fault !== undefined; fault = faultHere()) yield rowOf({ fault });
          yield rowOf({ value: commitPayload(oid, content, format), size: content.length });
        }
      }
      for (let fault = faultHere(); fault !== undefined; fault = faultHere()) yield rowOf({ fault });
      invariant(at === order.length, 'every commit that was asked for was answered');
    } catch (error) {
      // It was readable when the graph was walked. Commits before it may have been lost with it: they are read again.
      if (!isUnreadable(error)) throw error;
      const { oid } = error.data;
      const node = typeof oid === 'string' ? graph.ids.add(oid) : null;
      if (node === null || faults.has(node)) throw error;
      faults.set(node, error.message);
    }
  }
}

function* readable(
  order: Int32Array,
  { graph, faults }: Pick<Walk, 'graph' | 'faults'>,
): Generator<Oid, void, undefined> {
  for (const node of order) if (!faults.has(node)) yield graph.ids.oid(node);
}
