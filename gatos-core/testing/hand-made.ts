/**
 * Chains made by hand: each commit is what an honest writer would have made, except for the one thing that a test changes. Whatever
 * depends on the change (signature, commit, ids) is made to fit it, so that a verifier can object to nothing else.
 */
import {
  type AnyRecordKind,
  buildEnvelope,
  decodeEnvelope,
  defineKind,
  type Envelope,
  type EnvelopeHeader,
  type EnvelopeSignature,
  encodeSigned,
  type NewFile,
  type Rule,
  recordBytes,
  refOfChain,
  signedMessage,
} from '../src/chain/index.js';
import { Cid, decode, encode, s, type Value } from '../src/codec/index.js';
import {
  encodeCommit,
  encodeTree,
  formatIdent,
  type GitBackend,
  memoryBackend,
  type NewCommit,
  type ObjectFormat,
  type Oid,
  type TreeEntry,
} from '../src/git/index.js';
import { keyMailbox, nobleSigner, type Signer } from '../src/identity/index.js';
import { compareBytes, invariant, isGatosError } from '../src/kernel/index.js';

/** A signer whose key follows from a number, the same on every machine. */
export function testSigner(seed: number): Signer {
  return nobleSigner({ seed: new Uint8Array(32).fill(seed), source: `seed ${seed}` });
}

/** A simple kind: notes. */
export const NOTE_KIND = defineKind({
  kind: 'test.note',
  schema: s.struct({ text: s.text({ maxBytes: 100_000 }) }),
  describe: ({ text }, count) => ({
    title: `note: ${text.slice(0, 20)} (${count})`,
    trailers: [['Notes', String(count)]],
  }),
});

export const NOTE_RULE: Rule = {
  plane: 'test',
  pattern: 'notes/*',
  movement: 'append-only',
  kinds: [NOTE_KIND],
  summary: 'notes',
};

/** What one commit departs from. */
export interface Departure {
  /** Another kind than that of the chain. */
  readonly kind?: AnyRecordKind;
  readonly header?: Partial<EnvelopeHeader>;
  readonly bodies?: readonly Value[];
  /** Alters the envelope before it is signed. */
  readonly envelope?: (bytes: Uint8Array) => Uint8Array;
  /** Alters what is stored after everything that depends on it was made. */
  readonly stored?: (bytes: Uint8Array) => Uint8Array;
  readonly signers?: readonly Signer[];
  /** What is signed in the place of the envelope. */
  readonly signs?: Uint8Array;
  /** Alters the signatures; the commit follows. */
  readonly signatures?: (signatures: readonly EnvelopeSignature[]) => readonly EnvelopeSignature[];
  readonly files?: readonly NewFile[];
  /** Alters the root of the tree; the commit follows. */
  readonly tree?: (entries: readonly TreeEntry[]) => readonly TreeEntry[] | Promise<readonly TreeEntry[]>;
  /** Alters the commit. */
  readonly commit?: (commit: NewCommit) => NewCommit;
  readonly rawCommit?: (bytes: Uint8Array) => Uint8Array;
}

export interface HandMadeOptions {
  readonly chain: string;
  readonly kind?: AnyRecordKind;
  readonly repo?: Cid | null;
  readonly actor?: string;
  readonly signer?: Signer;
  readonly backend?: GitBackend;
  readonly format?: ObjectFormat;
  /** Clock of the first envelope; 1 when absent. */
  readonly clock?: number;
}

/** CID of a genesis that is somewhere else. */
export const TEST_REPO: Cid = Cid.hash('dag-cbor', encode('a repository'));

const START = 1_700_000_000_000_000;

export class HandMade {
  readonly backend: GitBackend;
  readonly chain: string;
  readonly oids: Oid[] = [];
  readonly envelopes: Envelope[] = [];
  readonly #options: HandMadeOptions;

  constructor(options: HandMadeOptions) {
    this.#options = options;
    this.chain = options.chain;
    this.backend = options.backend ?? memoryBackend({ format: options.format ?? 'sha1' });
  }

  get head(): Oid {
    const head = this.oids.at(-1);
    invariant(head !== undefined, 'the chain has a commit');
    return head;
  }

  /** Adds commits as an honest writer makes them. */
  async addPlain(count: number): Promise<this> {
    for (let i = 0; i < count; i++) await this.add();
    return this;
  }

  /** Adds one commit, and puts the ref on it. */
  async add(departure: Departure = {}): Promise<Oid> {
    const envelope = this.#envelope(departure);
    const signatures = await this.#sign(envelope.bytes, departure);
    const stored = encodeSigned({ envelope: envelope.bytes, signatures });
    const tree = await this.#tree(departure.stored?.(stored) ?? stored, departure);
    const oid = await this.#commit({ envelope, signatures, tree }, departure);
    await this.point(oid);
    this.oids.push(oid);
    this.envelopes.push(envelope);
    return oid;
  }

  /** Moves the ref wherever one likes. */
  async point(next: Oid): Promise<void> {
    const name = refOfChain(this.chain);
    const expected = await this.backend.refs.read(name);
    await this.backend.refs.transaction([{ name, expected, next }]);
  }

  async put(type: 'blob' | 'tree' | 'commit', content: Uint8Array): Promise<Oid> {
    const [oid] = await this.backend.objects.write([{ type, content }]);
    invariant(oid !== undefined, 'one object has one id');
    return oid;
  }

  #envelope({ kind: other, header, bodies, envelope: alter }: Departure): Envelope {
    const previous = this.envelopes.at(-1);
    const { repo = TEST_REPO, actor = 'user:alice', kind = NOTE_KIND, clock = 1 } = this.#options;
    const place: EnvelopeHeader = {
      v: 1,
      repo,
      chain: this.chain,
      seq: previous === undefined ? 0 : previous.seq + previous.count,
      prev: previous?.cid ?? null,
      clock: previous === undefined ? clock : previous.clock + 1,
      actor,
      time: START + this.envelopes.length * 1_000_000,
      policy: null,
      kind: (other ?? kind).kind,
      ...header,
    };
    const values = bodies ?? [{ text: `note ${this.envelopes.length}` }];
    const built = buildEnvelope(
      place,
      values.map((body) => encode(body)),
    );
    if (alter === undefined) return built;
    const bytes = alter(built.bytes);
    try {
      return decodeEnvelope(bytes);
    } catch (error) {
      if (!isGatosError(error)) throw error;
      return { ...built, bytes, cid: Cid.hash('dag-cbor', bytes) };
    }
  }

  async #sign(
    bytes: Uint8Array,
    { signers, signs, signatures: alter }: Departure,
  ): Promise<readonly EnvelopeSignature[]> {
    const message = signedMessage(signs ?? bytes);
    const made: EnvelopeSignature[] = [];
    for (const signer of signers ?? [this.#options.signer ?? testSigner(1)])
      made.push({ key: signer.key, sig: await signer.sign(message) });
    made.sort((a, b) => compareBytes(a.key, b.key));
    return alter?.(made) ?? made;
  }

  async #tree(stored: Uint8Array, { files = [], tree: alter }: Departure): Promise<Oid> {
    const entries = await this.folder([{ path: 'envelope', bytes: stored }, ...files]);
    return this.put('tree', encodeTree((await alter?.(entries)) ?? entries));
  }

  /** Entries of a folder with these files, all that is below them written. */
  async folder(files: readonly NewFile[]): Promise<TreeEntry[]> {
    const entries: TreeEntry[] = [];
    const folders = new Map<string, NewFile[]>();
    for (const { path, bytes } of files) {
      const slash = path.indexOf('/');
      if (slash < 0) entries.push({ mode: '100644', name: path, oid: await this.put('blob', bytes) });
      else {
        const name = path.slice(0, slash);
        folders.set(name, [...(folders.get(name) ?? []), { path: path.slice(slash + 1), bytes }]);
      }
    }
    for (const [name, below] of folders)
      entries.push({ mode: '40000', name, oid: await this.put('tree', encodeTree(await this.folder(below))) });
    return entries;
  }

  async #commit(
    { envelope, signatures, tree }: { envelope: Envelope; signatures: readonly EnvelopeSignature[]; tree: Oid },
    { kind = this.#options.kind ?? NOTE_KIND, commit: alter, rawCommit }: Departure,
  ): Promise<Oid> {
    const [first] = signatures;
    const ident = formatIdent({
      name: envelope.actor,
      email: first === undefined ? 'unsigned@gatos' : keyMailbox(first.key),
      seconds: Math.floor(envelope.time / 1_000_000),
    });
    const parent = this.oids.at(-1);
    const message = messageOf(envelope, kind);
    const parents = parent === undefined ? [] : [parent];
    const commit = { tree, parents, author: ident, committer: ident, message };
    const bytes = encodeCommit(alter?.(commit) ?? commit);
    return this.put('commit', rawCommit?.(bytes) ?? bytes);
  }
}

/** Written without the code that it tests. */
function messageOf(envelope: Envelope, of: AnyRecordKind): string {
  const { cid, kind, actor, seq, count } = envelope;
  const { title, trailers = [] } = describeWith(of, { kind, body: firstBody(envelope), count });
  const lines = [title, '', `Envelope-CID: ${cid}`, `Kind: ${kind}`, `Actor: ${actor}`, `Seq: ${seq}`];
  return `${[...lines, ...trailers.map(([name, value]) => `${name}: ${value}`)].join('\n')}\n`;
}

/** The first body, or null in an envelope that was altered beyond reading. */
function firstBody(envelope: Envelope): Value {
  try {
    return decode(recordBytes(envelope, 0));
  } catch (error) {
    if (!isGatosError(error)) throw error;
    return null;
  }
}

/** A body that the kind cannot describe gets a line of its own: what is wrong with it shows before its message counts. */
function describeWith(kind: AnyRecordKind, record: { kind: string; body: Value; count: number }) {
  const fits = record.kind === kind.kind && kind.schema.find(record.body) === undefined;
  return fits ? kind.describe(record.body, record.count) : { title: 'a record of another kind' };
}

/** A backend over another one in which some objects are not there, or are something else. */
export function withoutObjects(
  { objects, refs }: GitBackend,
  missing: ReadonlySet<Oid>,
  fault: (oid: Oid) => Error,
): GitBackend {
  const check = (oid: Oid): void => {
    if (missing.has(oid)) throw fault(oid);
  };
  return {
    refs,
    objects: {
      format: objects.format,
      read: async (oid, options) => {
        check(oid);
        return objects.read(oid, options);
      },
      readMany: async function* (oids, options) {
        for await (const oid of oids) {
          check(oid);
          yield await objects.read(oid, options);
        }
      },
      has: (oids) => objects.has(oids),
      write: (batch) => objects.write(batch),
      history: async function* (range, options) {
        for await (const commit of objects.history(range, options)) {
          check(commit.oid);
          yield commit;
        }
      },
      close: () => objects.close(),
    },
  };
}
