/** For tests: bytes that follow from a number, and folders that are gone afterwards. Not exported. */
import { createCipheriv } from 'node:crypto';
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bytes that do not compress. */
export function noise(seed: number, size: number): Uint8Array {
  const key = Buffer.alloc(16);
  key.writeUInt32BE(seed >>> 0);
  return new Uint8Array(createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size)));
}

export class ScratchFolder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'gatos-blobs-')));

  at(...parts: readonly string[]): string {
    return join(this.path, ...parts);
  }

  /** Names of all files below, in order. */
  files(...parts: readonly string[]): readonly string[] {
    return readdirSync(this.at(...parts), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
      .sort();
  }

  dispose(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The compiled thread: what the build makes of the file beside this one. */
export const THREAD = new URL('../../dist/chunks/chunk-thread.js', import.meta.url);
