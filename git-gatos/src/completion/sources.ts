/**
 * Names that only the repository or the disk knows. Completion runs at every press of TAB, in any directory: what cannot be read
 * offers nothing and never complains.
 */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type CompletionSource, entriesOf, isGroup, listed, lookUp, type Table } from '../command/index.js';

export interface Candidate {
  readonly value: string;
  readonly summary?: string;
}

export interface SourceRequest {
  readonly table: Table;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The positional arguments before the one to complete. */
  readonly before: readonly string[];
}

/** Full names of the refs under a prefix, from git's plumbing. */
function refsUnder(prefix: string, place: Place): Promise<string[]> {
  return linesOf(['for-each-ref', '--format=%(refname)', prefix], place);
}

type Place = Pick<SourceRequest, 'cwd' | 'env'>;

function linesOf(args: readonly string[], { cwd, env }: Place): Promise<string[]> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...env, LC_ALL: 'C' }, maxBuffer: 16 * 1024 * 1024, timeout: 2_000 };
    execFile('git', args, options, (error, stdout) => {
      resolve(error === null ? stdout.split('\n').filter((line) => line !== '') : []);
    });
  });
}

const unique = (values: readonly string[]): Candidate[] => [...new Set(values)].sort().map((value) => ({ value }));

/** The part of each ref's name that follows the prefix, up to the next slash. */
async function firstParts(prefix: string, request: SourceRequest): Promise<Candidate[]> {
  const refs = await refsUnder(prefix, request);
  return unique(refs.map((ref) => ref.slice(prefix.length).split('/')[0] as string));
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
}

async function folds(request: SourceRequest): Promise<Candidate[]> {
  const adopted = await firstParts('refs/gatos/folds/', request);
  const sources = await namesIn(join(request.cwd, 'gatos', 'folds'));
  return unique([...adopted.map(({ value }) => value), ...sources]);
}

/** Ids of blobs: each commit of their chains names the first that it is about. */
async function blobs({ cwd, env }: SourceRequest): Promise<Candidate[]> {
  const lines = await linesOf(['log', '--glob=refs/gatos/blobs/*', '--format=%(trailers:key=Blob,valueonly)'], {
    cwd,
    env,
  });
  return unique(lines);
}

/** Names of tools: each commit of their chain names the one that it declares. */
async function tools({ cwd, env }: SourceRequest): Promise<Candidate[]> {
  return unique(await linesOf(['log', 'refs/gatos/tools', '--format=%(trailers:key=Tool,valueonly)'], { cwd, env }));
}

/** Ids of capabilities: each commit of their log names the first that it brings. */
async function capabilities({ cwd, env }: SourceRequest): Promise<Candidate[]> {
  const args = ['log', 'refs/gatos/capabilities/issued', '--format=%(trailers:key=Capability,valueonly)'];
  return unique(await linesOf(args, { cwd, env }));
}

/** Ids of effects and of receipts by themselves: each commit of the ledger names the one that it is about. The newest are offered. */
async function effects({ cwd, env }: SourceRequest): Promise<Candidate[]> {
  const format = '--format=%(trailers:key=Effect,valueonly)%(trailers:key=Receipt,valueonly)';
  return unique(await linesOf(['log', '--glob=refs/gatos/effects/*', `--max-count=${NEWEST}`, format], { cwd, env }));
}

/** Commits of a ledger that are looked at: it has one for each step of each call. */
const NEWEST = 2000;

/** Own key files; gatos-core/node/identity says where they live. */
async function keys({ env }: SourceRequest): Promise<Candidate[]> {
  const configured = env.XDG_CONFIG_HOME ?? '';
  const config = isAbsolute(configured) ? configured : join(env.HOME || homedir(), '.config');
  const files = await namesIn(join(config, 'gatos', 'keys'));
  return unique(files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length)));
}

async function commands({ table, before }: SourceRequest): Promise<Candidate[]> {
  const found = before.length === 0 ? undefined : lookUp(table, before);
  const entries = before.length === 0 ? entriesOf(table) : found !== undefined && isGroup(found) ? found.commands : [];
  return listed(entries).map(({ name, summary }) => ({ value: name, summary }));
}

/** Names of git's remotes. */
async function remotes(place: SourceRequest): Promise<Candidate[]> {
  return unique(await linesOf(['remote'], place));
}

type Names = (request: SourceRequest) => Promise<Candidate[]>;

/** Files and directories are completed by the shell itself. */
export const SOURCES: Readonly<Record<Exclude<CompletionSource, 'files' | 'directories'>, Names>> = {
  commands,
  folds,
  keys,
  states: (request) => firstParts('refs/gatos/state/', request),
  namespaces: (request) => firstParts('refs/gatos/journal/', request),
  proposals: (request) => firstParts('refs/gatos/proposals/', request),
  jobs: (request) => firstParts('refs/gatos/jobs/', request),
  experiments: (request) => firstParts('refs/gatos/audit/proofs/experiments/', request),
  topics: (request) => firstParts('refs/gatos/mbus/', request),
  blobs,
  tools,
  remotes,
  capabilities,
  effects,
  denials: (request) => firstParts('refs/gatos/audit/policy/deny/', request),
  refs: async (request) => unique(await refsUnder('refs/gatos/', request)),
};
