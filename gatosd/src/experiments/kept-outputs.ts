/** Outputs of a repetition, kept in a folder: later jobs read them, and people look at what drifted. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cid } from 'gatos-core';
import type { GivenOutput } from '../runners/index.js';
import { restoreFile } from '../work/index.js';

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
  for (const { path, read } of outputs) {
    const bytes = await read();
    restoreFile(folder, { path, bytes });
    const at = join(folder, path);
    files.push({ path, cid: Cid.hash('raw', bytes), size: bytes.length, read: async () => readFileSync(at) });
  }
  return { folder, files };
}
