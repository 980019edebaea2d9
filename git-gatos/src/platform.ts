/** What the frame needs of the process: one small port, so that tests run the whole command line in memory. */
import type { Writer } from './output/writer.js';
import type { SignalSource } from './signals.js';

export interface Input {
  readonly isTerminal: boolean;
  /** The rest of standard input, in chunks as they come. */
  chunks(): AsyncIterable<Uint8Array>;
}

export interface Platform {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Input;
  readonly stdout: Writer;
  readonly stderr: Writer;
  readonly signals: SignalSource;
  cwd(): string;
  /** Throws when it is no directory that can be entered. */
  changeDirectory(path: string): void;
  /** Milliseconds, monotonic. */
  now(): number;
}
