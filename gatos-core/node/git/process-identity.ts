/** Who holds a lock: names for processes by which others can tell that one has ended. Linux only; elsewhere nobody is ever held for dead. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { errnoOf } from './faults.js';

export interface ProcessIdentity {
  readonly pid: number;
  /** In clock ticks since the machine was started; 0 when unknown. */
  readonly startTime: string;
  /** The same for all processes of one start of one machine that see each other's numbers and start times; `0` when unknown. */
  readonly realm: string;
}

const UNKNOWN = '0';
let mine: ProcessIdentity | null = null;

/** This process. */
export function ownIdentity(): ProcessIdentity {
  mine ??= { pid: process.pid, startTime: statOf(process.pid)?.startTime ?? UNKNOWN, realm: ownRealm() };
  return mine;
}

/**
 * The start of the machine, the process namespace and the time namespace. Containers that share a repository do not share process
 * numbers, so in another one a living process looks as if it were gone; and where time is counted from another start
 * (time_namespaces(7)) the same process has another start time.
 */
function ownRealm(): string {
  const boot = orNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1'));
  const namespace = orNull(() => readlinkSync('/proc/self/ns/pid'));
  // A /proc that was mounted for another process namespace tells of other processes by our numbers.
  const isOurs = orNull(() => readlinkSync('/proc/self')) === String(process.pid);
  if (boot === null || namespace === null || !isOurs) return UNKNOWN;
  // Linux before 5.6 has one time for all.
  const time = orNull(() => readlinkSync('/proc/self/ns/time')) ?? '';
  return createHash('sha256').update(`${boot}\0${namespace}\0${time}`).digest('hex').slice(0, 16);
}

/** Has this process certainly ended? False when there is any doubt. */
export function hasEnded({ pid, startTime, realm }: ProcessIdentity): boolean {
  const own = ownIdentity();
  if (own.realm === UNKNOWN || realm !== own.realm || startTime === UNKNOWN) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return true;
  }
  // Where /proc hides other users' processes this file is missing: then it counts as alive.
  const stat = statOf(pid);
  return stat !== null && (stat.startTime !== startTime || isOver(stat));
}

interface Stat {
  readonly state: string;
  readonly threads: string;
  readonly startTime: string;
}

/** The first thread of a process that is killed may be gone while another one is still inside a system call. */
function isOver({ state, threads }: Stat): boolean {
  return (state === 'Z' || state === 'X') && Number(threads) <= 1;
}

/** State, number of threads and start time of a process (proc(5), /proc/pid/stat, fields 3, 20 and 22). */
function statOf(pid: number): Stat | null {
  const text = orNull(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  if (text === null) return null;
  // The second field is the command in parentheses, which may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const threads = fields[17];
  const startTime = fields[19];
  return state === undefined || threads === undefined || startTime === undefined ? null : { state, threads, startTime };
}

function orNull<T>(body: () => T): T | null {
  try {
    return body();
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    return null;
  }
}
