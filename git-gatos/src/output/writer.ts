/**
 * Where output goes: file descriptors, written synchronously. That is the back-pressure (a slow reader slows the writer), it
 * loses nothing at exit, and it spares start-up the cost of node's streams.
 */
import { fstatSync, statSync, writeSync } from 'node:fs';
import { devNull } from 'node:os';

export interface Writer {
  /** Writes all of it before it returns. Throws `BrokenPipe` when nobody reads any more, else the system's error. */
  write(chunk: string | Uint8Array): void;
  readonly isTerminal: boolean;
  /** Width in columns; 80 where unknown. */
  readonly columns: number;
}

/** The reader of a pipe went away: not a fault, the command just ends (exit 141). */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe';
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Milliseconds between two looks at a full pipe: a reader that keeps up empties it at once, for one that does not nobody hurries. */
const FIRST_WAIT = 0.02;
const LONGEST_WAIT = 5;

function writeAll(fd: number, bytes: Uint8Array): void {
  let at = 0;
  let wait = FIRST_WAIT;
  while (at < bytes.length) {
    try {
      at += writeSync(fd, bytes, at);
      wait = FIRST_WAIT;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EPIPE') throw new BrokenPipe();
      if (code !== 'EAGAIN') throw error;
      // A pipe that another process, or a thread of ours, has made non-blocking is full: wait for its reader.
      Atomics.wait(sleeper, 0, 0, wait);
      wait = Math.min(2 * wait, LONGEST_WAIT);
    }
  }
}

/** A character device other than /dev/null: most likely a terminal. */
function mayBeTerminal(fd: number): boolean {
  try {
    const facts = fstatSync(fd);
    return facts.isCharacterDevice() && facts.rdev !== statSync(devNull).rdev;
  } catch (error) {
    // A closed descriptor, or a system without /dev/null.
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

export type Tty = { isatty(fd: number): boolean; columns(fd: number): number };

/** `tty` is asked only about what may be a terminal, so that writing to a pipe or a file does not load it. */
export function descriptorWriter(fd: number, tty: Tty): Writer {
  let terminal: boolean | undefined;
  return {
    write: (chunk) => writeAll(fd, typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk),
    get isTerminal() {
      terminal ??= mayBeTerminal(fd) && tty.isatty(fd);
      return terminal;
    },
    get columns() {
      return this.isTerminal ? tty.columns(fd) : 80;
    },
  };
}
