/** How a process ended, in the terms of the record. */
import { constants } from 'node:os';
import type { End } from '../attempt.js';
import { runnerError } from '../errors.js';
import type { Task } from '../runner.js';
import type { Ended } from '../supervise.js';
import { confinedStatus } from './bubblewrap.js';

/** As shells have it: no such command, and one that cannot be run. */
const NOT_FOUND = 127;
const NOT_RUNNABLE = 126;

export function notFound({ manifest: { program }, program: files }: Task): End {
  const { entry } = program;
  const own = files.find(({ path }) => path === entry);
  const why =
    own === undefined ? 'it is not on the search path of the one who runs it' : `its own file is called \`./${entry}\``;
  const inside = entry.includes('/') ? 'the job has no such file' : why;
  return { exit: NOT_FOUND, signal: null, failure: `there is no command \`${entry}\`: ${inside}` };
}

/** Errnos of execve(2) that are about the program and not about the machine. */
const PROGRAM_FAULTS: Readonly<Record<string, string>> = {
  EACCES: 'it may not be executed',
  ENOEXEC: 'it is no program, and no script with a first line such as `#!/bin/sh`',
  E2BIG: 'its arguments and variables are too long',
  ELOOP: 'its path is a circle of symlinks',
  ENOENT: 'it, or the interpreter that its first line names, is not there',
  ENOTDIR: 'its path goes through a file',
};

/** Throws `runner/not-started` when it was no fault of the program. */
export function readPlainEnd(entry: string, { exit, signal, fault }: Ended): End {
  if (fault === null) return { exit, signal, failure: null };
  const why = PROGRAM_FAULTS[fault];
  if (why === undefined) throw runnerError('not-started', { command: entry, why: fault });
  return {
    exit: fault === 'ENOENT' ? NOT_FOUND : NOT_RUNNABLE,
    signal: null,
    failure: `\`${entry}\` could not be run: ${why}`,
  };
}

/** By number; of two names the first, as `SIGABRT` before `SIGIOT`. */
const SIGNALS = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number, name]),
);
/** Status of a process that a signal ended, as shells and bubblewrap give it: 128 and the number of the signal. */
const SIGNALLED = 128;

/** bubblewrap passes the status on. Throws `runner/not-started` when bubblewrap itself failed. */
export function readConfinedEnd(entry: string, ended: Ended): End {
  const { exit, signal, fault, stop, report, stderr } = ended;
  if (fault !== null) throw runnerError('not-started', { command: 'bwrap', why: fault });
  const status = confinedStatus(report);
  if (status !== null) {
    const name = signalOf(status);
    return name === null ? { exit: status, signal: null, failure: null } : { exit: null, signal: name, failure: null };
  }
  // Ended by us before it could be reported.
  if (stop !== null || signal !== null) return { exit: null, signal: signal ?? 'SIGKILL', failure: null };
  const said = Buffer.from(stderr.bytes()).toString('utf8');
  const why = /^bwrap: execvp .*: (.*)$/m.exec(said)?.[1];
  if (why === undefined)
    throw runnerError('not-started', { command: 'bwrap', why: said.trim().slice(0, 200) || `status ${exit}` });
  const missing = why.startsWith('No such file');
  return {
    exit: missing ? NOT_FOUND : NOT_RUNNABLE,
    signal: null,
    failure: `\`${entry}\` could not be run: ${why.toLowerCase()}`,
  };
}

function signalOf(status: number | null): string | null {
  return status === null || status <= SIGNALLED ? null : (SIGNALS.get(status - SIGNALLED) ?? null);
}
