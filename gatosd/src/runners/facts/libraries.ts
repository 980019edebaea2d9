/** Folders of the machine that a job reads, recorded by digest: which bytes lay there, under which names. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Cid, type Environment, encode, LIMITS, type NamedFile, namedRoot } from 'gatos-core';
import { runnerError } from '../errors.js';
import { fitting } from './tools.js';

export interface Library {
  /** As the manifest names it. */
  readonly path: string;
  /** The folder on this machine. */
  readonly real: string;
  readonly fact: Environment['libraries'][number];
}

/** Files that one library may have. */
const FILES = 262_144;

/** Throws `runner/no-library`, `runner/too-many-files`. `root` is the folder that relative paths begin in; null: there is none. */
export async function describeLibraries(paths: readonly string[], root: string | null): Promise<readonly Library[]> {
  const libraries: Library[] = [];
  for (const path of paths) {
    if (root === null)
      throw runnerError('no-library', { path, why: 'the job runs where there is no folder to find it in' });
    const real = await realpath(join(root, path)).catch(() => null);
    if (real === null) throw runnerError('no-library', { path, why: `there is no \`${path}\`` });
    if (!(await stat(real)).isDirectory()) throw runnerError('no-library', { path, why: 'it is no folder' });
    const files: NamedFile[] = [];
    await addFiles({ files, path }, { folder: real, under: '' });
    libraries.push({ path, real, fact: { path, version: await versionOf(real), digest: namedRoot(files) } });
  }
  return libraries;
}

/**
 * Files by the CID of their bytes; symlinks, which are not followed, by that of `{link: target}`; so neither can pass for the other.
 * Folders count by what is in them.
 */
async function addFiles(
  to: { readonly files: NamedFile[]; readonly path: string },
  { folder, under }: { readonly folder: string; readonly under: string },
): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = under === '' ? entry.name : `${under}/${entry.name}`;
    const full = join(folder, entry.name);
    if (entry.isDirectory()) await addFiles(to, { folder: full, under: path });
    else if (entry.isSymbolicLink()) {
      to.files.push({ path, cid: Cid.hash('dag-cbor', encode({ link: await readlink(full) })) });
    } else if (entry.isFile()) to.files.push({ path, cid: await rawCid(full) });
    if (to.files.length > FILES)
      throw runnerError('too-many-files', { where: `the library \`${to.path}\``, limit: FILES });
  }
}

/** Beyond it a file is hashed in pieces. */
const WHOLE_BYTES = 1024 * 1024;

async function rawCid(file: string): Promise<Cid> {
  const hash = createHash('sha256');
  if ((await stat(file)).size <= WHOLE_BYTES) hash.update(await readFile(file));
  else await pipeline(createReadStream(file, { highWaterMark: WHOLE_BYTES }), hash);
  return Cid.of('raw', new Uint8Array(hash.digest()));
}

/** From `package.json`, `METADATA` (here, or of the `.dist-info` beside it), or `pyproject.toml`. */
async function versionOf(folder: string): Promise<string | null> {
  const packed = await text(join(folder, 'package.json'));
  if (packed !== null) return jsonVersion(packed);
  for (const file of [join(folder, 'METADATA'), await distInfo(folder)]) {
    const version = file === null ? undefined : /^Version: *(\S.*)$/m.exec((await text(file)) ?? '')?.[1];
    if (version !== undefined) return fitting(version, LIMITS.jobFactBytes);
  }
  const project = /^version *= *["']([^"']+)["']/m.exec((await text(join(folder, 'pyproject.toml'))) ?? '')?.[1];
  return project === undefined ? null : fitting(project, LIMITS.jobFactBytes);
}

async function distInfo(folder: string): Promise<string | null> {
  const beside = await readdir(dirname(folder)).catch(() => []);
  const prefix = `${basename(folder).toLowerCase()}-`;
  const name = beside.find((each) => each.endsWith('.dist-info') && each.toLowerCase().startsWith(prefix));
  return name === undefined ? null : join(dirname(folder), name, 'METADATA');
}

function jsonVersion(packed: string): string | null {
  try {
    const { version } = JSON.parse(packed) as { version?: unknown };
    return typeof version === 'string' && version !== '' ? fitting(version, LIMITS.jobFactBytes) : null;
  } catch {
    // Not the file of a package.
    return null;
  }
}

async function text(file: string): Promise<string | null> {
  try {
    return (await stat(file)).size > WHOLE_BYTES ? null : await readFile(file, 'utf8');
  } catch {
    // Not there.
    return null;
  }
}
