/** For tests: the program of the threads from the present sources, and modules from text. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export class BuiltThread {
  readonly #folder = mkdtempSync(join(tmpdir(), 'gatos-thread-'));
  readonly url: URL;

  constructor() {
    const program = join(this.#folder, 'thread.mjs');
    const source = at('./runners/sandboxed/thread.ts');
    execFileSync(process.execPath, [at('../../tools/build-program.mjs'), source, program]);
    this.url = pathToFileURL(program);
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The part of `wabt` that is used. A development dependency of the whole repository, so tests bring it. */
interface Wabt {
  parseWat(
    name: string,
    text: string,
    features: object,
  ): { toBinary(options: object): { buffer: Uint8Array }; destroy(): void };
}

/** The binary of a module in text form; whether it is valid is not asked. */
export function assemblerOf(wabt: Wabt): (text: string) => Uint8Array {
  return (text) => {
    const module = wabt.parseWat('test.wat', text, {});
    try {
      return new Uint8Array(module.toBinary({}).buffer);
    } finally {
      module.destroy();
    }
  };
}
