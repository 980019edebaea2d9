/**
 * The processes of this machine, and which of them belong to a job. Source: proc(5), `/proc/[pid]/stat`. Where there is no `/proc` the
 * table is empty, and a job is ended through its process group alone.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Ticks since the machine was started: with the pid it names one process for good. */
  readonly started: number;
  /** It has ended, and its parent has not asked yet. */
  readonly zombie: boolean;
}

/** What is known of the processes of one job. */
export interface Family {
  /** Who was started first: leader of a session and of a group of its own. Null: only what works in `folder`. */
  readonly leader: { readonly pid: number; readonly started: number } | null;
  /** The scratch folder, which stands in their environment; null when they have a process namespace, so that none can leave the tree. */
  readonly folder: string | null;
  /** The leader and its child only hold the namespace: they would end it at once if they were asked to end. */
  readonly boxed: boolean;
  /** `pid:started` of all that were seen before, so that what leaves the tree is still known. Added to. */
  readonly known: Set<string>;
}

export function readProcess(pid: number | 'self'): ProcessEntry | null {
  const text = readProc(`/proc/${pid}/stat`);
  // The name stands in parentheses and may have any character, those too.
  const close = text?.lastIndexOf(')') ?? -1;
  if (text === null || close < 0) return null;
  const fields = text.slice(close + 2).split(' ');
  const [state, parent, group, session] = fields;
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    started: Number(fields[19]),
    zombie: state === 'Z' || state === 'X',
  };
}

export function processTable(): readonly ProcessEntry[] {
  let names: readonly string[];
  try {
    names = readdirSync('/proc');
  } catch {
    // No such file system here.
    return [];
  }
  const entries: ProcessEntry[] = [];
  for (const name of names) {
    const entry = /^\d+$/.test(name) ? readProcess(Number(name)) : null;
    if (entry !== null) entries.push(entry);
  }
  return entries;
}

/** The living processes of a job: descendants, members of its session and group, and those that have its folder in their environment. */
export function membersOf(family: Family, table: readonly ProcessEntry[] = processTable()): readonly ProcessEntry[] {
  const { leader, folder, known } = family;
  const members = new Map<number, ProcessEntry>();
  const others: ProcessEntry[] = [];
  for (const entry of table) {
    if (entry.pid === process.pid) continue;
    if (isNamed(entry, family)) members.set(entry.pid, entry);
    else if (leader === null || entry.started >= leader.started) others.push(entry);
  }
  // Parents may stand after their children.
  for (let grown = true; grown; ) {
    grown = false;
    for (const entry of others) {
      if (members.has(entry.pid) || !members.has(entry.parent)) continue;
      members.set(entry.pid, entry);
      grown = true;
    }
  }
  if (folder !== null) {
    for (const entry of others)
      if (!members.has(entry.pid) && worksIn(entry.pid, folder)) members.set(entry.pid, entry);
  }
  for (const { pid, started } of members.values()) known.add(`${pid}:${started}`);
  return [...members.values()].filter(({ zombie }) => !zombie);
}

function isNamed(entry: ProcessEntry, { leader, known }: Family): boolean {
  if (known.has(`${entry.pid}:${entry.started}`)) return true;
  if (leader === null || entry.started < leader.started) return false;
  return entry.pid === leader.pid || entry.session === leader.pid || entry.group === leader.pid;
}

function worksIn(pid: number, folder: string): boolean {
  const environment = readProc(`/proc/${pid}/environ`);
  if (environment?.split('\0').some((variable) => variable.startsWith('TMPDIR=') && variable.includes(folder)))
    return true;
  try {
    const cwd = readlinkSync(`/proc/${pid}/cwd`);
    return cwd === folder || cwd.startsWith(`${folder}/`);
  } catch {
    // It has ended, or it is of another user.
    return false;
  }
}

const GRACE_MS = 2000;
const PAUSE_MS = 10;
/** As long as processes can be made faster than they are killed; the machine is then beyond help. */
const ROUNDS = 1000;

/** TERM, up to two seconds of grace, then KILL until none is left. Without `grace` KILL at once. True when none is left. */
export async function endFamily(family: Family, { grace }: { readonly grace: boolean }): Promise<boolean> {
  if (grace) {
    askToEnd(family);
    const until = performance.now() + GRACE_MS;
    while (performance.now() < until && isAlive(family)) await sleep(PAUSE_MS);
  }
  let quiet = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const members = membersOf(family);
    if (members.length === 0 && !leaderLives(family)) {
      // One that just then became another program had no environment for a moment.
      if (family.boxed || ++quiet === 2) return true;
      await sleep(1);
      continue;
    }
    quiet = 0;
    // Whoever multiplies is held first, so that none is missed.
    if (round > 0) signalAll(family, members, 'SIGSTOP');
    signalAll(family, members, 'SIGKILL');
    await sleep(round === 0 ? 1 : PAUSE_MS);
  }
  return false;
}

/**
 * Ends the first process of a process namespace, and waits until it is gone: the kernel ends all others in it before (pid_namespaces(7)).
 */
export async function outlive({ pid, started }: ProcessEntry): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const now = readProcess(pid);
    if (now === null || now.zombie || now.started !== started) return;
    send(pid, 'SIGKILL');
    await sleep(1);
  }
}

function askToEnd(family: Family): void {
  const { leader, boxed } = family;
  const members = membersOf(family);
  if (!boxed) {
    signalAll(family, members, 'SIGTERM');
    return;
  }
  for (const { pid, parent } of members) if (pid !== leader?.pid && parent !== leader?.pid) send(pid, 'SIGTERM');
}

function isAlive(family: Family): boolean {
  return membersOf(family).length > 0 || leaderLives(family);
}

/** Where there is no table. */
function leaderLives({ leader }: Family): boolean {
  if (leader === null || processTable().length > 0) return false;
  return send(-leader.pid, 0);
}

function signalAll({ leader }: Family, members: readonly ProcessEntry[], signal: NodeJS.Signals): void {
  // Without a table of processes: whoever stayed in the group.
  if (leader !== null && members.length === 0) send(-leader.pid, signal);
  for (const { pid } of members) send(pid, signal);
}

/** False when there is no such process any more. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

function readProc(path: string): string | null {
  try {
    // Variables may hold the path of a folder in any script.
    return readFileSync(path, 'utf8');
  } catch {
    // It has ended meanwhile, or it is not ours to read.
    return null;
  }
}

/** Anonymous memory of processes in bytes, swapped or not, and what the largest of them shares: `/proc/[pid]/status`. */
export function memoryOf(members: readonly ProcessEntry[]): number {
  let [own, shared] = [0, 0];
  for (const { pid } of members) {
    const status = readProc(`/proc/${pid}/status`) ?? '';
    own += kilobytes(status, 'RssAnon') + kilobytes(status, 'VmSwap');
    shared = Math.max(shared, kilobytes(status, 'RssShmem'));
  }
  return (own + shared) * 1024;
}

function kilobytes(status: string, name: string): number {
  const at = status.indexOf(`\n${name}:`);
  return at < 0 ? 0 : Number.parseInt(status.slice(at + name.length + 2), 10) || 0;
}
