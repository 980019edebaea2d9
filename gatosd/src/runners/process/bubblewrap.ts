/**
 * Confinement with bubblewrap, bwrap(1): the folder of the job at `/job` and `/tmp` are all that it can write, programs of the system all
 * that it can read, its own processes all that it can see, and there is no network unless the manifest asks for one. Works without rights
 * of its own where user namespaces are allowed; whether they are is found out by trying.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a confined job finds itself. */
export const JOB_FOLDER = '/job';
export const JOB_TEMPORARY = '/tmp';
/** Nobody's: the same on every machine, whoever runs it there. */
const USER = 1000;

export interface Bubblewrap {
  readonly program: string;
  /** Namespaces inside of it can be forbidden (0.8 and later). */
  readonly hardening: readonly string[];
}

export type Probe = { readonly found: Bubblewrap } | { readonly found: null; readonly why: string };

const probes = new Map<string, Promise<Probe>>();

/** Tries it once in a process. `program` is an absolute path; null when there is none. */
export function probeBubblewrap(program: string | null): Promise<Probe> {
  if (program === null) return Promise.resolve({ found: null, why: 'there is no `bwrap` on the search path' });
  const known = probes.get(program) ?? probe(program);
  probes.set(program, known);
  return known;
}

async function probe(program: string): Promise<Probe> {
  let why = '';
  for (const hardening of [['--disable-userns'], []]) {
    const args = [...NAMESPACES, '--unshare-net', ...hardening, ...FRAME, ...systemFolders()];
    const { status, said } = await run(program, [...args, '--', 'true']);
    if (status === 0) return { found: { program, hardening } };
    why = said.trim().split('\n', 1)[0] || `\`bwrap\` ended with ${status}`;
  }
  return { found: null, why };
}

const PROBE_MS = 5000;
const PROBE_TEXT = 4096;

function run(
  program: string,
  args: readonly string[],
): Promise<{ readonly status: number | null; readonly said: string }> {
  return new Promise((resolve) => {
    let said = '';
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin' };
    const child = spawn(program, [...args], { env, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'], timeout: PROBE_MS });
    child.stderr?.on('data', (chunk: Uint8Array) => {
      if (said.length < PROBE_TEXT) said += Buffer.from(chunk).toString('utf8');
    });
    child.once('error', (error) => resolve({ status: null, said: error.message }));
    child.once('close', (status) => resolve({ status, said }));
  });
}

const NAMESPACES = [
  ...['--unshare-user', '--unshare-ipc', '--unshare-pid', '--unshare-uts', '--unshare-cgroup-try'],
  ...['--uid', String(USER), '--gid', String(USER), '--hostname', 'job'],
  ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv'],
];

const FRAME = ['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/dev/shm', '--remount-ro', '/dev'];

/** Programs and their libraries; on a merged system most are symlinks into `/usr`. */
export const SYSTEM_FOLDERS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store'];

/** What dynamic linking, TLS, time, fonts and installed interpreters look up; no accounts, no keys, nothing of this machine alone. */
const CONFIGURATION =
  /^(alternatives|crypto-policies|fonts|java.*|ld\.so\.cache|mime\.types|protocols|R|services|texmf)$/;
const CERTIFICATES = ['/etc/ssl/certs', '/etc/ssl/openssl.cnf', '/etc/pki/tls/certs', '/etc/pki/ca-trust/extracted'];

function systemFolders(): readonly string[] {
  return SYSTEM_FOLDERS.flatMap((folder) => {
    try {
      return ['--symlink', readlinkSync(folder), folder];
    } catch {
      // No symlink, or not there at all.
      return ['--ro-bind-try', folder, folder];
    }
  });
}

function configuration(): readonly string[] {
  let names: readonly string[] = [];
  try {
    names = readdirSync('/etc').filter((name) => CONFIGURATION.test(name));
  } catch {
    // A system without it.
  }
  return [...names.map((name) => `/etc/${name}`), ...CERTIFICATES].flatMap((path) => ['--ro-bind-try', path, path]);
}

const ACCOUNTS: Readonly<Record<string, string>> = {
  passwd: `job:x:${USER}:${USER}:job:${JOB_FOLDER}:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n`,
  group: `job:x:${USER}:\nnogroup:x:65534:\n`,
  hosts: '127.0.0.1 localhost job\n::1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

export interface Confinement {
  readonly bubblewrap: Bubblewrap;
  /** On this machine: of the job, for temporary files, and one for files of ours. */
  readonly work: string;
  readonly temporary: string;
  readonly own: string;
  /** Folders and files that can be read where they are. */
  readonly exposed: readonly string[];
  /** Folders that can be read inside of the job's folder. */
  readonly libraries: readonly { readonly path: string; readonly real: string }[];
  readonly variables: Readonly<Record<string, string>>;
  readonly network: boolean;
}

export interface ConfinedLaunch {
  readonly args: readonly string[];
  /**
   * The options, for file descriptor 3: other users can read the arguments of a process, and bubblewrap itself must not start with
   * variables that the job's author chose (`LD_PRELOAD`).
   */
  readonly options: Uint8Array;
}

/** The arguments with which the command, given after them, runs confined. */
export async function confine(confinement: Confinement): Promise<ConfinedLaunch> {
  const { bubblewrap, work, temporary, own, exposed, libraries, variables, network } = confinement;
  const etc = join(own, 'etc');
  await mkdir(etc, { mode: 0o700 });
  await Promise.all(Object.entries(ACCOUNTS).map(([name, text]) => writeFile(join(etc, name), text, { mode: 0o444 })));
  const bind = (real: string, path: string): readonly string[] => ['--ro-bind', real, path];
  const options = [
    ...NAMESPACES,
    ...(network ? [] : ['--unshare-net']),
    ...bubblewrap.hardening,
    ...['--tmpfs', '/', '--bind', temporary, JOB_TEMPORARY],
    ...systemFolders(),
    ...configuration(),
    ...Object.keys(ACCOUNTS).flatMap((name) => bind(join(etc, name), `/etc/${name}`)),
    ...(network ? await nameServers() : []),
    ...exposed.flatMap((path) => bind(path, path)),
    ...FRAME,
    ...['--bind', work, JOB_FOLDER],
    ...libraries.flatMap(({ path, real }) => bind(real, `${JOB_FOLDER}/${path}`)),
    ...['--remount-ro', '/', '--chdir', JOB_FOLDER],
    ...Object.entries(variables).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
  return {
    args: ['--args', '3', '--json-status-fd', '4', '--'],
    options: Buffer.from(options.map((option) => `${option}\0`).join('')),
  };
}

/** It is often a symlink to where it cannot be seen from inside. */
async function nameServers(): Promise<readonly string[]> {
  const real = await realpath('/etc/resolv.conf').catch(() => null);
  return real === null ? [] : ['--ro-bind-try', real, '/etc/resolv.conf'];
}

/** What it reported on file descriptor 4: the status of the command; null when the command could not be started. */
export function confinedStatus(report: string): number | null {
  const found = /"exit-code"\s*:\s*(\d+)/.exec(report)?.[1];
  return found === undefined ? null : Number(found);
}
