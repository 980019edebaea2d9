/**
 * What a job left: the files that its globs name, within the bounds, and whether what it was given is as it was. Runs when all of its
 * processes have ended. Regular files alone are outputs; symlinks are never followed.
 */
import { createHash } from 'node:crypto';
import { constants, type Dirent, type Stats } from 'node:fs';
import { chmod, type FileHandle, lstat, open, opendir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { compareText, LIMITS, type Manifest, pathFault, type Status, utf8 } from 'gatos-core';
import { runnerError } from './errors.js';
import { type Glob, parseGlob } from './glob.js';
import type { GivenOutput } from './runner.js';
import type { Placed, Scratch } from './scratch.js';

/** Why a run that ended well did not succeed after all. */
export interface Shortfall {
  readonly status: Status;
  readonly failure: string;
}

export interface Collected {
  readonly outputs: readonly GivenOutput[];
  readonly shortfall: Shortfall | null;
}

export interface CollectRequest {
  readonly scratch: Scratch;
  readonly patterns: Manifest['outputs'];
  /** Paths of files that the job was given, and folders of libraries: no outputs. */
  readonly given: ReadonlySet<string>;
  /** Bytes that its outputs may have together. */
  readonly budget: number;
}

/** Entries of folders that are looked at. */
const ENTRIES = 262_144;

interface Found {
  readonly path: string;
  readonly stat: Stats;
}

interface Walk {
  readonly globs: readonly Glob[];
  readonly files: Found[];
  /** What matches and is no output, with the reason. */
  readonly refused: Map<string, string>;
  entries: number;
  overflow: boolean;
}

export async function collectOutputs({ scratch, patterns, given, budget }: CollectRequest): Promise<Collected> {
  const globs = patterns.map(parseGlob);
  const walk: Walk = { globs, files: [], refused: new Map(), entries: 0, overflow: false };
  await walkFolder(walk, { root: scratch.work, folder: '', given });
  refuseForeignLinks(walk);
  walk.files.sort((a, b) => compareText(a.path, b.path));
  const { kept, over } = withinBounds(walk, budget);
  for (const { path, stat } of kept) await allow(join(scratch.work, path), { stat, rights: 0o400 });
  const outputs = kept.map((found) => readable(scratch, found));
  return { outputs, shortfall: over ?? unrecordable(walk) ?? missingOutput(walk) };
}

/** A job may have taken rights from what it left; nothing of it runs any more that could put a symlink there. */
async function allow(path: string, { stat, rights }: { readonly stat: Stats; readonly rights: number }): Promise<void> {
  if ((stat.mode & rights) !== rights) await chmod(path, (stat.mode & 0o777) | rights);
}

/** The folders on the way to a path, as far as there are any. */
async function allowFolders(root: string, path: string): Promise<void> {
  const parts = path.split('/').slice(0, -1);
  for (let i = 0; i <= parts.length; i++) {
    const folder = join(root, ...parts.slice(0, i));
    const stat = await lstat(folder).catch(() => null);
    if (!stat?.isDirectory()) return;
    await allow(folder, { stat, rights: 0o700 });
  }
}

async function walkFolder(
  walk: Walk,
  at: { readonly root: string; readonly folder: string; readonly given: ReadonlySet<string> },
): Promise<void> {
  const { root, folder, given } = at;
  const stat = await lstat(join(root, folder)).catch(() => null);
  // An unconfined job can take away the very folder that it was started in.
  if (!stat?.isDirectory()) return;
  await allow(join(root, folder), { stat, rights: 0o700 });
  // Names that are no UTF-8 cannot be recorded; as text they would be other names.
  const entries = await opendir(join(root, folder), { encoding: 'buffer' as BufferEncoding }).catch(() => null);
  if (entries === null) return;
  for await (const entry of entries as AsyncIterable<Dirent>) {
    if (++walk.entries > ENTRIES || walk.files.length > LIMITS.jobFiles) {
      walk.overflow = true;
      return;
    }
    const name = decodeName(entry.name as unknown as Uint8Array);
    if (name === null) continue;
    const path = folder === '' ? name : `${folder}/${name}`;
    if (given.has(path)) continue;
    const matches = walk.globs.some((glob) => glob.matches(path));
    if (entry.isDirectory()) {
      if (matches) walk.refused.set(path, 'is a folder');
      // One level more than can be recorded, so that it is said what lies too deep.
      if (path.split('/').length < LIMITS.treeFolders && walk.globs.some((glob) => glob.reaches(path))) {
        await walkFolder(walk, { root, folder: path, given });
      }
    } else if (matches || walk.globs.some((glob) => glob.reaches(path))) await take(walk, { root, path, matches });
  }
}

async function take(
  walk: Walk,
  { root, path, matches }: { readonly root: string; readonly path: string; readonly matches: boolean },
): Promise<void> {
  const stat = await lstat(join(root, path));
  if (stat.isSymbolicLink()) walk.refused.set(path, 'is a symbolic link');
  else if (!matches) return;
  else if (stat.isFile()) walk.files.push({ path, stat });
  else walk.refused.set(path, 'is no regular file');
}

function decodeName(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // No UTF-8.
    return null;
  }
}

/** A file with another name outside of what is collected may be a file of the machine. */
function refuseForeignLinks(walk: Walk): void {
  const names = new Map<string, number>();
  const idOf = ({ stat }: Found): string => `${stat.dev}:${stat.ino}`;
  for (const found of walk.files) names.set(idOf(found), (names.get(idOf(found)) ?? 0) + 1);
  const kept = walk.files.filter((found) => {
    if (found.stat.nlink === names.get(idOf(found))) return true;
    walk.refused.set(found.path, 'is a hard link to a file that is no output');
    return false;
  });
  walk.files.splice(0, walk.files.length, ...kept);
}

function withinBounds(
  walk: Walk,
  budget: number,
): { readonly kept: readonly Found[]; readonly over: Shortfall | null } {
  const over = (failure: string): Shortfall => ({ status: 'over-limit', failure });
  const kept: Found[] = [];
  let [left, why] = [budget, null as string | null];
  for (const found of walk.files) {
    const { path, stat } = found;
    if (kept.length === LIMITS.jobFiles) break;
    if (recordingFault(path) !== undefined) continue;
    if (stat.size > left) {
      why ??= `with the output \`${path}\` of ${stat.size} bytes the job gives more than the ${budget} bytes that it has left`;
    } else {
      left -= stat.size;
      kept.push(found);
    }
  }
  const tooMany = walk.overflow || walk.files.length > LIMITS.jobFiles;
  if (tooMany)
    return { kept, over: over(`it left more files than can be looked at; outputs are at most ${LIMITS.jobFiles}`) };
  return { kept, over: why === null ? null : over(why) };
}

// Control characters: paths are shown in terminals.
const LINE = /^[^\p{Cc}\u2028\u2029]*$/u;

function recordingFault(path: string): string | undefined {
  if (!LINE.test(path)) return 'has a control character';
  if (utf8(path).length > LIMITS.attachmentPathBytes) return 'is too long';
  return pathFault(path);
}

function unrecordable({ files }: Walk): Shortfall | null {
  for (const { path } of files) {
    const fault = recordingFault(path);
    if (fault !== undefined) {
      return { status: 'failed', failure: `the output \`${path}\` cannot be recorded: its path ${fault}` };
    }
  }
  return null;
}

function missingOutput({ globs, files, refused }: Walk): Shortfall | null {
  const empty = globs.find((glob) => !files.some(({ path }) => glob.matches(path)));
  if (empty === undefined) return null;
  // It, or a folder on the way to it.
  const [path, why] = [...refused].find(([each]) => empty.matches(each) || empty.reaches(each)) ?? [];
  const because = path === undefined ? '' : `: \`${path}\` ${why}`;
  return { status: 'no-output', failure: `there is no output \`${empty.pattern}\`${because}` };
}

/** It is opened when it is asked for, and only if it is still the file that was found. */
function readable(scratch: Scratch, { path, stat }: Found): GivenOutput {
  const gone = (): never => {
    throw runnerError('disposed', { path });
  };
  const open = async (): Promise<FileHandle> => {
    if (scratch.disposed) gone();
    const handle = await openPlain({ root: scratch.work, path });
    if (handle === null) return gone();
    const now = await handle.stat();
    if (now.ino === stat.ino && now.dev === stat.dev && now.size === stat.size) return handle;
    await handle.close();
    return gone();
  };
  return {
    path,
    size: stat.size,
    read: async () => {
      const handle = await open();
      try {
        return await handle.readFile();
      } finally {
        await handle.close();
      }
    },
    stream: async function* () {
      const handle = await open();
      try {
        yield* handle.createReadStream({ autoClose: false, highWaterMark: CHUNK });
      } finally {
        await handle.close();
      }
    },
  };
}

/** Null when there is no regular file there, or a symlink on the way. */
async function openPlain({ root, path }: { readonly root: string; readonly path: string }): Promise<FileHandle | null> {
  const full = join(root, path);
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    if ((await realpath(dirname(full))) !== dirname(full)) return null;
    const handle = await open(full, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch {
    // It is gone, or it cannot be read: either way it is not what was there.
  }
  return null;
}

const CHUNK = 1024 * 1024;

/** The first given file that is not as it was, or null. */
export async function changedFile(scratch: Scratch, placed: readonly Placed[]): Promise<Shortfall | null> {
  for (const file of placed) {
    const fault = await changeOf(scratch, file);
    if (fault !== null)
      return { status: 'changed-input', failure: `the job ${fault} the file \`${file.path}\` that it was given` };
  }
  return null;
}

async function changeOf({ work }: Scratch, { path, size, digest }: Placed): Promise<string | null> {
  await allowFolders(work, path);
  const full = join(work, path);
  const there = await lstat(full).catch(() => null);
  if (there === null) return 'removed';
  const folder = await realpath(dirname(full)).catch(() => null);
  if (!there.isFile() || folder !== dirname(full)) return 'replaced';
  if (there.nlink === 1) await allow(full, { stat: there, rights: 0o400 });
  const handle = await openPlain({ root: work, path });
  if (handle === null) return 'made unreadable';
  try {
    if ((await handle.stat()).size !== size) return 'changed';
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, size) || 1);
    for (let at = 0; at < size; ) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) return 'changed';
      hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    return hash.digest().equals(digest) ? null : 'changed';
  } finally {
    await handle.close();
  }
}
