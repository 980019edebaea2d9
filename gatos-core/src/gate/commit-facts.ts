/** What policies see of the commits and tags of ordinary refs. */
import { formatKey } from '../codec/index.js';
import { decodeCommit, diffTrees, type GitObject, type Oid, type TreeChange, type TreeFile } from '../git/index.js';
import { type SignedBytes, signedCommit, signedTag } from '../identity/index.js';
import { compareText, isGatosError, LIMITS, type LongCall } from '../kernel/index.js';
import type { InputChange, InputCommit, InputPerson, InputSigner, InputTag } from '../policy/index.js';
import type { TrustHistory } from '../trust/index.js';
import { DocumentRoom } from './document-room.js';
import { gateError } from './errors.js';
import type { GatePorts } from './push.js';
import { encodable } from './text.js';

const MICROS = 1_000_000;
/** The largest second that is a safe integer in microseconds. */
const LAST_SECOND = Math.floor(Number.MAX_SAFE_INTEGER / MICROS);
const PERSON = /^(.*?) ?<([^<>]*)> (\d{1,16}) [+-]\d{4}$/s;

/** An author line as far as it can be read; what cannot stays empty. */
function personOf(line: string): InputPerson {
  const [, name = line, email = '', seconds = '0'] = PERSON.exec(line) ?? [];
  return { name: encodable(name), email: encodable(email), time: Math.min(Number(seconds), LAST_SECOND) * MICROS };
}

export interface FactSources {
  readonly ports: GatePorts;
  /** The accepted one. */
  readonly trust: TrustHistory;
  /** Microseconds since the epoch. */
  readonly received: number;
}

/** Whose key signed, by the accepted trust: one that is revoked, or not valid when the push came, is nobody's. */
function signerOf({ ports, trust, received }: FactSources, signed: SignedBytes | null): InputSigner | null {
  if (signed === null) return null;
  const key = formatKey(signed.key);
  const known = trust.state.keys.get(key);
  const holds =
    known !== undefined && known.revoked === null && received >= known.not_before && received <= known.not_after;
  return { key, actor: holds ? known.actor : null, valid: ports.engine.verify(signed) };
}

/** A commit with what is still to be weighed. */
interface Drafted {
  readonly commit: Omit<InputCommit, 'changes'>;
  readonly changes: readonly TreeChange[];
}

export class CommitFacts {
  readonly #known = new Map<Oid, InputCommit>();
  readonly #room = new DocumentRoom();
  #commits: number = LIMITS.gateCommits;
  #changes: number = LIMITS.gateChanges;

  constructor(private readonly sources: FactSources) {}

  /** How many commits may still be learnt. */
  get room(): number {
    return this.#commits;
  }

  /** Reads these commits, each once however many refs bring it. Throws `gate/limit`, `git/too-large`, `git/too-many`. */
  async learn(oids: readonly Oid[], options: LongCall): Promise<void> {
    const { backend } = this.sources.ports;
    const fresh = oids.filter((oid) => !this.#known.has(oid));
    this.#commits -= fresh.length;
    const limit = LIMITS.gateCommits;
    if (this.#commits < 0) throw gateError('limit', { what: 'new commits', count: limit - this.#commits, limit });
    const drafts: Drafted[] = [];
    for await (const commit of backend.objects.readMany(fresh, { maxBytes: LIMITS.gateCommitBytes })) {
      drafts.push(await this.#draft(commit));
      options.signal?.throwIfAborted();
    }
    const blobs = drafts.flatMap(({ changes }) => changes.flatMap(({ next }) => (isBlob(next) ? [next.oid] : [])));
    const sizes = await sizesOf(this.sources.ports, blobs);
    for (const { commit, changes } of drafts)
      this.#known.set(commit.id, { ...commit, changes: changes.map((change) => describeChange(change, sizes)) });
  }

  /** Commits that were learnt, in the order of a document, which has to have room for them. Throws `gate/limit`. */
  list(oids: Iterable<Oid>): readonly InputCommit[] {
    const commits: InputCommit[] = [];
    for (const oid of oids) {
      const commit = this.#known.get(oid);
      if (commit === undefined) continue;
      this.#room.take(commit);
      commits.push(commit);
    }
    return inOrder(commits);
  }

  /** What a commit reaches among these. */
  reached(tip: Oid, among: ReadonlySet<Oid>): ReadonlySet<Oid> {
    const seen = new Set<Oid>();
    const open = [tip];
    for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
      if (seen.has(oid) || !among.has(oid)) continue;
      seen.add(oid);
      open.push(...(this.#known.get(oid)?.parents ?? []));
    }
    return seen;
  }

  async #draft({ oid, content }: GitObject): Promise<Drafted> {
    const { objects } = this.sources.ports.backend;
    const { tree, parents, author, committer, message } = decodeCommit(content, objects.format);
    const [parent] = parents;
    const old = parent === undefined ? null : await this.#treeOf(parent);
    const changes = await diffTrees(objects, { old, next: tree }, { changes: this.#changes });
    this.#changes -= changes.length;
    const end = message.indexOf('\n');
    const commit = {
      id: oid,
      parents: [...parents],
      author: personOf(author),
      committer: personOf(committer),
      signer: signerOf(this.sources, signedCommit(content, objects.format)),
      subject: encodable(end < 0 ? message : message.slice(0, end)),
      message: encodable(message),
    };
    return { commit, changes };
  }

  async #treeOf(commit: Oid): Promise<Oid> {
    const { objects } = this.sources.ports.backend;
    const { content } = await objects.read(commit, { maxBytes: LIMITS.gateCommitBytes });
    return decodeCommit(content, objects.format).tree;
  }

  /** Facts of an annotated tag. Throws `gate/limit`. */
  tag({ content }: GitObject): InputTag {
    const limit = LIMITS.gateCommitBytes;
    if (content.length > limit) throw gateError('limit', { what: 'bytes of a tag', count: content.length, limit });
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(content);
    const end = text.indexOf('\n\n');
    const head = end < 0 ? text : text.slice(0, end);
    const field = (name: string): string | null => new RegExp(`^${name} (.*)$`, 'm').exec(head)?.[1] ?? null;
    const tagger = field('tagger');
    return {
      name: encodable(field('tag') ?? ''),
      target: encodable(field('object') ?? ''),
      tagger: tagger === null ? null : personOf(tagger),
      signer: signerOf(this.sources, signedTag(content)),
      message: encodable(end < 0 ? '' : text.slice(end + 2)),
    };
  }
}

/** Parents before children, and one order however history was walked: by the length of the way from the oldest, then by id. */
function inOrder(commits: readonly InputCommit[]): readonly InputCommit[] {
  const inside = new Map(commits.map((commit) => [commit.id, commit]));
  const depth = new Map<Oid, number>();
  for (const { id } of commits) {
    const open = [id];
    for (let at = open.at(-1); at !== undefined; at = open.at(-1)) {
      const parents = (inside.get(at)?.parents ?? []).filter((parent) => inside.has(parent));
      const next = depth.has(at) ? undefined : parents.find((parent) => !depth.has(parent));
      if (next !== undefined) {
        open.push(next);
        continue;
      }
      depth.set(at, 1 + parents.reduce((deepest, parent) => Math.max(deepest, depth.get(parent) ?? 0), 0));
      open.pop();
    }
  }
  const depthOf = ({ id }: InputCommit): number => depth.get(id) ?? 0;
  return [...commits].sort((a, b) => depthOf(a) - depthOf(b) || compareText(a.id, b.id));
}

/** What can be weighed: no commit of another repository. */
function isBlob(file: TreeFile | null): file is TreeFile {
  return file !== null && file.mode !== '160000';
}

function describeChange({ path, op, next, old }: TreeChange, sizes: ReadonlyMap<Oid, number>): InputChange {
  return {
    path: encodable(path),
    op,
    mode: next?.mode ?? null,
    old_mode: old?.mode ?? null,
    id: next?.oid ?? null,
    old_id: old?.oid ?? null,
    size: isBlob(next) ? (sizes.get(next.oid) ?? null) : null,
  };
}

async function sizesOf({ ranges, backend }: GatePorts, oids: readonly Oid[]): Promise<ReadonlyMap<Oid, number>> {
  if (oids.length === 0) return new Map();
  if (ranges.sizes !== undefined) return ranges.sizes(oids);
  const sizes = new Map<Oid, number>();
  for (const oid of new Set(oids)) {
    try {
      sizes.set(oid, (await backend.objects.read(oid)).content.length);
    } catch (error) {
      // How large it is stands in the fault; a blob may be as large as it likes as far as the gate is concerned.
      if (!isGatosError(error, 'git/too-large')) throw error;
      sizes.set(oid, Number(error.data.size));
    }
  }
  return sizes;
}
