/** Bulk reading through `git cat-file`: one child serves call after call, requests run ahead of answers within a bound. */
import { type GitObject, gitError, type Oid } from '../../src/git/index.js';
import { BatchParser, Garbled } from './batch-parser.js';
import { type GitChild, plumbingEnvironment, spawnGit } from './child.js';
import type { Layout } from './discover.js';
import { ChunkReader } from './output.js';
import { type OidSource, type Receiver, Requests } from './requests.js';

/** Children that may die in one call while others answered in between. */
const RESTARTS = 8;
const USAGE = 129;

interface Worker extends Receiver {
  readonly child: GitChild;
  readonly chunks: ChunkReader;
}

export interface ReadOptions {
  readonly maxBytes: number;
  /** The object as read without git, or `foreign` when only git can read it. Throws when it is missing or damaged. */
  readonly referee: (oid: Oid) => GitObject | 'foreign';
}

export class CatFile {
  readonly #layout: Layout;
  readonly #busy = new Set<Worker>();
  #idle: Worker | null = null;
  #buffered = true;
  #closed = false;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Ends every child, also under a call that still runs. */
  close(): void {
    this.#closed = true;
    this.#idle?.child.kill();
    this.#idle = null;
    for (const worker of this.#busy) worker.child.kill();
  }

  /** The objects in the order asked, in batches as they come. Throws as `ObjectStore.read`, and `git/git-failed`. */
  async *read(oids: OidSource, { maxBytes, referee }: ReadOptions): AsyncGenerator<GitObject[], void, void> {
    const requests = new Requests(oids, this.#layout.format);
    const open = () =>
      new BatchParser({
        format: this.#layout.format,
        maxBytes,
        expected: () => requests.first(),
        answered: () => requests.answered(),
        missing: (oid) => missing(oid, referee),
      });
    let parser = open();
    let worker = await this.#take();
    let restarts = 0;
    let done = false;
    try {
      requests.start(worker);
      while (await requests.pending()) {
        const chunk = await worker.chunks.next();
        if (chunk !== null) {
          const batch = parser.push(chunk);
          if (batch.length > 0) yield batch;
          continue;
        }
        const saved = await this.#afterDeath(worker, { requests, referee, restarts: restarts++ });
        parser = open();
        worker = await this.#take();
        requests.resend(worker);
        if (saved !== null) yield [saved];
      }
      done = true;
    } catch (error) {
      if (!(error instanceof Garbled)) throw error;
      throw gitError('git-failed', { command: 'cat-file', status: null, why: error.message }, { cause: error });
    } finally {
      requests.stop();
      this.#give(worker, done);
    }
  }

  /** What stopped the child: a damaged object in most cases. Returns the object if it can be read without git. */
  async #afterDeath(
    worker: Worker,
    { requests, referee, restarts }: { requests: Requests; referee: ReadOptions['referee']; restarts: number },
  ): Promise<GitObject | null> {
    this.#busy.delete(worker);
    const outcome = await worker.child.outcome();
    if (outcome?.status === USAGE && worker.buffered && this.#buffered) {
      this.#buffered = false;
      return null;
    }
    const fault = outcome?.fault ?? gitError('git-failed', { command: 'cat-file', status: 0, why: 'it ended early' });
    const first = requests.first();
    if (restarts >= RESTARTS || this.#closed) throw fault;
    const saved = referee(first);
    if (saved === 'foreign') throw fault;
    requests.answered();
    return saved;
  }

  async #take(): Promise<Worker> {
    const idle = this.#idle;
    this.#idle = null;
    const worker = idle !== null && idle.child.process.exitCode === null ? idle : await this.#start();
    worker.child.hold(true);
    this.#busy.add(worker);
    return worker;
  }

  async #start(): Promise<Worker> {
    // `--batch-command --buffer` came with git 2.36; older ones have `--batch`.
    const buffered = this.#buffered;
    const args = ['cat-file', ...(buffered ? ['--batch-command', '--buffer'] : ['--batch'])];
    const child = await spawnGit({ args, env: plumbingEnvironment(this.#layout), cwd: this.#layout.commonDir });
    const send = (text: string) => void child.process.stdin.write(text, 'latin1');
    return { child, chunks: new ChunkReader(child.process.stdout), buffered, send };
  }

  #give(worker: Worker, reusable: boolean): void {
    this.#busy.delete(worker);
    if (!reusable || this.#closed || this.#idle !== null) {
      worker.child.kill();
      return;
    }
    worker.child.hold(false);
    this.#idle = worker;
  }
}

function missing(oid: Oid, referee: ReadOptions['referee']): GitObject {
  const found = referee(oid);
  if (found === 'foreign') throw gitError('missing-object', { oid });
  return found;
}
