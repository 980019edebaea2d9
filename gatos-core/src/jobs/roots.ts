/** Roots over named files, and the ids of programs and jobs (design 2.7). */
import { Cid, encode, type Value } from '../codec/index.js';
import { compareText } from '../kernel/index.js';
import { root } from '../merkle/index.js';
import type { JobProgram, Manifest } from './schema.js';

export interface NamedFile {
  readonly path: string;
  readonly cid: Cid;
}

/** RFC 9162 root over the DAG-CBOR of `[path, cid]`, sorted by the bytes of the paths. 32 bytes. */
export function namedRoot(files: readonly NamedFile[]): Uint8Array {
  const sorted = [...files].sort((a, b) => compareText(a.path, b.path));
  return root(sorted.map(({ path, cid }) => encode([path, cid])));
}

/** `inputs_root` of a job. */
export function inputsRoot({ inputs }: Manifest): Uint8Array {
  return namedRoot(inputs.map(({ name, cid }) => ({ path: name, cid })));
}

/** `program_id`: the same program with the same arguments, on whatever machine. */
export function programId(program: JobProgram): Cid {
  return Cid.hash('dag-cbor', encode(program as unknown as Value));
}

/** The id of a job. */
export function jobId(manifest: Manifest): Cid {
  return Cid.hash('dag-cbor', encode(manifest as unknown as Value));
}
