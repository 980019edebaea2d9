/**
 * The folder in which one job runs: fresh, for its user alone, named after the process that made it, so that a later one can tell
 * whether it was left behind. `work` is the folder of the job, `temporary` its `TMPDIR`; nothing in the latter is collected.
 */
import { createHash } from 'node:crypto';
import { constants, readFileSync, readlinkSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, open, readdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { GatosError, LIMITS, type Manifest, pathFault } from 'gatos-core';
import { runnerError } from './errors.js';
import { parseGlob } from './glob.js';
import { endFamily, readProcess } from './process-table.js';
import { removeTree } from './remove-tree.js';
import type { GivenFile } from './runner.js';

const PREFIX = 'gatos-job-';

/** A file that the job was given, and what it held. */
export interface Placed {
  readonly path: string;
  readonly size: number;
  /** SHA-256. */
  readonly digest: Uint8Array;
}

export class Scratch {
  readonly folder: string;
  readonly work: string;
  readonly temporary: string;
  #gone: Promise<void> | null = null;

  private constructor(folder: string) {
    this.folder = folder;
    this.work = join(folder, 'work');
    this.temporary = join(folder, 'tmp');
  }

  /** Under `root`, by default the system's folder for temporary files. Throws `runner/scratch`. */
  static async make(root: string = tmpdir()): Promise<Scratch> {
    try {
      const at = await realpath(root);
      const scratch = new Scratch(await mkdtemp(join(at, `${PREFIX}${machineTag()}-${process.pid}-${ownStart()}-`)));
      await mkdir(scratch.work, { mode: 0o700 });
      await mkdir(scratch.temporary, { mode: 0o700 });
      return scratch;
    } catch (error) {
      throw runnerError('scratch', { path: root, why: whyOf(error) }, { cause: error });
    }
  }

  get disposed(): boolean {
    return this.#gone !== null;
  }

  /** Inputs cannot be written to (0444), and those that are programs can be run (0555). Throws `runner/bad-given-file`, `runner/given-size`. */
  async place(files: readonly GivenFile[]): Promise<readonly Placed[]> {
    const placed: Placed[] = [];
    for (const file of files) placed.push(await this.#placeOne(file));
    return placed;
  }

  async #placeOne(file: GivenFile): Promise<Placed> {
    const { path, size, executable } = file;
    const fault = pathFault(path);
    if (fault !== undefined) throw runnerError('bad-given-file', { path, why: `its path ${fault}` });
    if (size > LIMITS.jobFileBytes && file.stream === undefined) {
      throw runnerError('too-large', { what: `the file \`${path}\``, size, limit: LIMITS.jobFileBytes });
    }
    // What is wrong with the bytes is told before there is a file, where they are at hand.
    const whole = file.stream === undefined ? await file.read() : null;
    if (whole !== null && whole.length !== size) throw runnerError('given-size', { path, size, got: whole.length });
    const hash = createHash('sha256');
    let got = 0;
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    try {
      await mkdir(dirname(join(this.work, path)), { recursive: true, mode: 0o700 });
      const handle = await open(join(this.work, path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      try {
        for await (const part of whole === null ? (file.stream?.() ?? []) : [whole]) {
          hash.update(part);
          got += part.length;
          await handle.writeFile(part);
        }
        await handle.chmod(executable ? 0o555 : 0o444);
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (error instanceof GatosError) throw error;
      throw runnerError('bad-given-file', { path, why: placingFault(error) }, { cause: error });
    }
    if (got !== size) throw runnerError('given-size', { path, size, got });
    return { path, size, digest: hash.digest() };
  }

  /** Folders that declared outputs are written to, as far as their names are certain. */
  async prepareOutputs(outputs: Manifest['outputs']): Promise<void> {
    for (const pattern of outputs) {
      const parts = pattern.split('/').slice(0, -1);
      const open = parts.findIndex((part) => !parseGlob(part).literal);
      const folder = parts.slice(0, open < 0 ? parts.length : open).join('/');
      if (folder === '') continue;
      try {
        await mkdir(join(this.work, folder), { recursive: true, mode: 0o700 });
      } catch (error) {
        // A file that was given stands there: then there will be no such output, which is said in the end.
        if (!['EEXIST', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw error;
      }
    }
  }

  /** Also when the job took away rights, or left a million files. */
  dispose(): Promise<void> {
    this.#gone ??= removeTree(this.folder);
    return this.#gone;
  }
}

/** The scratch folders of this user under `root` whose processes are gone: their paths. */
export async function findLeftovers(root: string = tmpdir()): Promise<readonly string[]> {
  const found: string[] = [];
  const at = await realpath(root).catch(() => null);
  if (at === null) return found;
  for (const name of await readdir(at).catch(() => [])) {
    const [tag, pid, started] = name.startsWith(PREFIX) ? name.slice(PREFIX.length).split('-') : [];
    // Other machines, and containers, may share the folder: their processes cannot be seen from here.
    if (tag !== machineTag() || readProcess(Number(pid))?.started === Number(started)) continue;
    const folder = join(at, name);
    const stats = await lstat(folder).catch(() => null);
    if (stats?.isDirectory() && stats.uid === process.getuid?.()) found.push(folder);
  }
  return found;
}

/** Removes what runs of processes that are gone have left under `root`, and ends what still runs in it. Names of what was removed. */
export async function removeLeftovers(root: string = tmpdir()): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const folder of await findLeftovers(root)) {
    const name = basename(folder);
    await endFamily({ leader: null, folder, boxed: false, known: new Set() }, { grace: false });
    // Another process may be removing it too.
    await removeTree(folder).then(
      () => removed.push(name),
      () => undefined,
    );
  }
  return removed;
}

let tag: string | undefined;

/** The same in all processes that see one another: of this start of the machine, in this process namespace. */
function machineTag(): string {
  tag ??= createHash('sha256')
    .update(readOr(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')))
    .update(readOr(() => readlinkSync('/proc/self/ns/pid')))
    .digest('hex')
    .slice(0, 8);
  return tag;
}

function ownStart(): number {
  return readProcess('self')?.started ?? 0;
}

function readOr(read: () => string): string {
  try {
    return read();
  } catch {
    // No such file on this kind of machine.
    return '';
  }
}

function placingFault(error: unknown): string {
  const code = codeOf(error);
  if (code === 'EEXIST' || code === 'EISDIR') return 'another file or folder has this path';
  if (code === 'ENOTDIR') return 'another file stands where its folder has to be';
  return whyOf(error);
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function whyOf(error: unknown): string {
  return codeOf(error) ?? String(error);
}
