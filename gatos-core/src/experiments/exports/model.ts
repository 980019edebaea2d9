/** What exports are made from: plain data that somebody has read and verified. Nothing here asks the time, a repository or the network. */
import type { Cid } from '../../codec/index.js';
import type { Execution, Manifest } from '../../jobs/index.js';
import type { Experiment } from '../schema.js';

/** A job of the experiment. */
export interface ExportedJob {
  readonly manifest: Manifest;
  readonly execution: Execution;
  /** Envelope of its Proof-of-Execution. */
  readonly poe: Cid;
  /** Who ran it and signed for it: the actor of that envelope, and one of its keys (32 bytes). */
  readonly actor: string;
  readonly key: Uint8Array;
}

/** Under what others may use what is exported; nobody can guess it. */
export interface License {
  /** A URI, such as `https://spdx.org/licenses/CC-BY-4.0`. */
  readonly id: string;
  readonly name: string;
  /** SPDX identifier, where it has one. */
  readonly spdx?: string | undefined;
}

export interface ExportedExperiment {
  readonly proof: Experiment;
  /** Envelope of the Proof-of-Experiment, who made it, with which key (32 bytes), and when (µs since the epoch). */
  readonly pox: Cid;
  readonly actor: string;
  readonly key: Uint8Array;
  readonly time: number;
  /** Envelope of the genesis of the repository in which it stands: the root of trust. */
  readonly repo: Cid;
  /** In the order of `proof.jobs`. */
  readonly jobs: readonly ExportedJob[];
  readonly license: License | null;
}

/** A name for a thing of this system: `urn:gatos:<sort>:<part>…`, every part percent-encoded (RFC 8141, RFC 3986 section 2.1). */
export function urn(sort: string, ...parts: readonly (string | Cid)[]): string {
  return ['urn:gatos', sort, ...parts.map((part) => encodePart(String(part)))].join(':');
}

/** Percent-encoding of one component, which no text can fail: lone surrogates become U+FFFD. */
export function encodePart(text: string): string {
  return encodeURIComponent(text.isWellFormed() ? text : text.replace(/\p{Cs}/gu, '\ufffd')).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The same of a path: its separators stay. */
export function encodePath(path: string): string {
  return path.split('/').map(encodePart).join('/');
}
