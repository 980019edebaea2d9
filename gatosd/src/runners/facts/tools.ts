/** What is recorded of the programs that a job runs: the command, and what its first line names when it is a script. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { compareText, type Environment, formatHex, LIMITS, parseHex, utf8 } from 'gatos-core';
import { interpreterOf } from './interpreters.js';
import { type Located, locate, readShebang, type Search } from './locate.js';
import type { ToolCache } from './tool-cache.js';

export type Tool = Environment['tools'][number];

/** Scripts that name scripts. Linux follows five. */
const SHEBANGS = 5;

/**
 * The interpreters of a script, outermost last: `npm` is run by `node`. `first` is what its first line names (`readShebang`); null: it is
 * no script.
 */
export async function interpretersOf(first: string | null, search: Search): Promise<readonly Located[]> {
  const found: Located[] = [];
  for (let command = first; found.length < SHEBANGS; ) {
    const next = command === null ? null : await locate(command, search);
    if (next === null) break;
    found.push(next);
    command = await readShebang(next.real);
  }
  return found;
}

/** Sorted by name; of two with one name the first. */
export async function describeTools(programs: readonly Located[], cache: ToolCache): Promise<readonly Tool[]> {
  const tools = new Map<string, Tool>();
  for (const program of programs) {
    const name = fitting(program.name, LIMITS.nameBytes);
    if (!tools.has(name)) tools.set(name, { name, ...(await describe(program, cache)) });
  }
  await cache.save();
  return [...tools.values()].sort((a, b) => compareText(a.name, b.name));
}

async function describe({ name, real }: Located, cache: ToolCache): Promise<Omit<Tool, 'name'>> {
  const stats = await stat(real, { bigint: true });
  // Some files are several programs, told apart by the name that they are called by.
  const key = `${name} ${real}`;
  const known = await cache.find(key, stats);
  if (known !== null) return { version: known.version, digest: parseHex(known.digest) };
  const [digest, version] = await Promise.all([digestOf(real), versionOf(name, real)]);
  await cache.keep(key, stats, { digest: formatHex(digest), version });
  return { version, digest };
}

async function digestOf(file: string): Promise<Uint8Array> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  return new Uint8Array(hash.digest());
}

const VERSION_MS = 2000;
const VERSION_BYTES = 64 * 1024;
export const UNKNOWN_VERSION = 'unknown';

/** The first line that it prints, of a known interpreter. */
async function versionOf(name: string, real: string): Promise<string> {
  const ask = interpreterOf(name)?.version;
  if (ask === undefined) return UNKNOWN_VERSION;
  const options = {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent', LC_ALL: 'C', TZ: 'UTC' },
    cwd: '/',
    timeout: VERSION_MS,
    maxBuffer: VERSION_BYTES,
    killSignal: 'SIGKILL' as const,
  };
  const [failed, printed] = await new Promise<readonly [boolean, string]>((resolve) => {
    const child = execFile(real, [...ask], options, (error, stdout, stderr) => {
      resolve([error !== null, stdout.trim() === '' ? stderr : stdout]);
    });
    child.stdin?.end();
  });
  const line = printed.trim().split('\n', 1)[0] ?? '';
  return failed || line === '' ? UNKNOWN_VERSION : fitting(line, LIMITS.jobFactBytes);
}

/** One line, cut at a number of UTF-8 bytes. */
export function fitting(text: string, bytes: number): string {
  const line = text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();
  if (utf8(line).length <= bytes) return line;
  let cut = '';
  let room = bytes - utf8('…').length;
  for (const character of line) {
    room -= utf8(character).length;
    if (room < 0) break;
    cut += character;
  }
  return `${cut}…`;
}
