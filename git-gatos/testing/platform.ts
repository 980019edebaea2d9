/** A platform in memory: runs the whole command line without a process. */

import { runCli } from '../src/cli.js';
import type { Table } from '../src/command/index.js';
import { BrokenPipe, type Writer } from '../src/output/writer.js';
import type { Platform } from '../src/platform.js';

export interface FakeOptions {
  readonly env?: Record<string, string>;
  readonly stdin?: string;
  /** Standard output and error are terminals. */
  readonly terminal?: boolean;
  readonly columns?: number;
  /** The reader of standard output leaves after so many writes. */
  readonly readerLeavesAfter?: number;
  /** Every write to standard output fails with this errno. */
  readonly outputFault?: string;
}

export interface FakePlatform extends Platform {
  readonly out: () => string;
  readonly err: () => string;
  /** Sends a signal to who listens; returns whether somebody did. */
  readonly send: (signal: 'SIGINT' | 'SIGTERM') => boolean;
  readonly exits: readonly number[];
  advance(milliseconds: number): void;
}

function memoryWriter({ terminal = false, columns = 80, readerLeavesAfter, outputFault }: FakeOptions) {
  const chunks: Uint8Array[] = [];
  const writer: Writer = {
    isTerminal: terminal,
    columns,
    write(chunk) {
      if (readerLeavesAfter !== undefined && chunks.length >= readerLeavesAfter) throw new BrokenPipe();
      if (outputFault !== undefined) throw Object.assign(new Error(outputFault), { code: outputFault });
      chunks.push(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk);
    },
  };
  return { writer, text: () => Buffer.concat(chunks).toString('utf8') };
}

export function fakePlatform(options: FakeOptions = {}): FakePlatform {
  const { env = {}, stdin = '' } = options;
  const out = memoryWriter(options);
  const { terminal = false, columns = 80 } = options;
  const err = memoryWriter({ terminal, columns });
  const listeners = { SIGINT: new Set<() => void>(), SIGTERM: new Set<() => void>() };
  const exits: number[] = [];
  let cwd = '/start';
  let time = 0;
  return {
    env,
    stdin: {
      isTerminal: false,
      async *chunks() {
        yield new TextEncoder().encode(stdin);
      },
    },
    stdout: out.writer,
    stderr: err.writer,
    signals: {
      on: (signal, listener) => listeners[signal].add(listener),
      off: (signal, listener) => listeners[signal].delete(listener),
      exit: (code) => {
        exits.push(code);
      },
    },
    cwd: () => cwd,
    changeDirectory(path) {
      if (path.includes('missing')) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
      cwd = path.startsWith('/') ? path : `${cwd}/${path}`;
    },
    now: () => time,
    out: out.text,
    err: err.text,
    send(signal) {
      const heard = [...listeners[signal]];
      for (const listener of heard) listener();
      return heard.length > 0;
    },
    exits,
    advance(milliseconds) {
      time += milliseconds;
    },
  };
}

export interface Run {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** One run from argv to exit status. */
export async function run(table: Table, argv: readonly string[], options: FakeOptions = {}): Promise<Run> {
  const platform = fakePlatform(options);
  const exit = await runCli(table, { argv, platform });
  return { exit, out: platform.out(), err: platform.err() };
}
