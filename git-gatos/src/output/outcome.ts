/** What a command returns. The frame prints it: as text for people, or with `--json` as one document. */
import type { ExitName } from 'gatos-core';

/**
 * Anything the JSON writer knows: the JSON values, and besides bytes (as base64url), values with their own text form (CIDs),
 * maps and sets. Properties that are undefined are left out.
 */
export type Printable = unknown;

interface Ending {
  /** Default: ok. A function is asked when the output is complete. */
  readonly exit?: ExitName | (() => ExitName);
  /** The exit status of a program that was run for the caller, in place of ours: 0 to 255. */
  readonly relayed?: number | undefined;
}

/** An answer: the same facts as data and as text. */
export interface Answer extends Ending {
  readonly value: Printable;
  /** For people, without a final newline. Several lines may be given as a list. */
  readonly text: string | readonly string[];
  /** What one may do next, a sentence or a command each. Shown to people only, apart from the answer. */
  readonly next?: readonly string[];
}

/** A stream of lines, written as they come with or without `--json`; none ends in a newline. Ends early when the reader leaves. */
export interface Lines extends Ending {
  readonly lines: AsyncIterable<string> | Iterable<string>;
}

/** Exact bytes, written as they are. */
export interface Bytes extends Ending {
  readonly bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export type Outcome = Answer | Lines | Bytes;
