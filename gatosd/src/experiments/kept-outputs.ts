/** Outputs of a repetition, kept in a folder: later jobs read them, and people look at what drifted. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cid } from 'gatos-core';
import type { GivenOutput } from '../runners/index.js';
import { piecesOf, restoreStream } from '../work/index.js';

export interface KeptOutput {
  readonly path: string;
  readonly cid: Cid;
  /** Bytes. */
  readonly size: number;
  read(): Promise<Uint8Array>;
}

export interface KeptOutputs {
  readonly folder: string;
  readonly files: readonly KeptOutput[];
}

/** Throws `work/not-restored`. */
export async function keepOutputs(outputs: readonly GivenOutput[], folder: string): Promise<KeptOutputs> {
  const files: KeptOutput[] = [];
  for (const output of outputs) {
    const { path } = output;
    const at = join(folder, path);
    const hash = createHash('sha256');
    let size = 0;
    const counted = async function* () {
      for await (const part of piecesOf(output)) {
        hash.update(part);
        size += part.length;
        yield part;
      }
    };
    await restoreStream(folder, { path, parts: counted() });
    const cid = Cid.of('raw', new Uint8Array(hash.digest()));
    files.push({ path, cid, size, read: async () => readFileSync(at) });
  }
  return { folder, files };
}
