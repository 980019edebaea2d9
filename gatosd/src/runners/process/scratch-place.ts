/** Two places for tests of the process runner: one as this machine is, and one without bubblewrap; and what still runs on the machine. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { locate } from '../facts/index.js';
import type { Runner } from '../runner.js';
import { probeBubblewrap } from './bubblewrap.js';
import { type ProcessRunnerOptions, processRunner } from './process-runner.js';

const COMMANDS = ['sh', 'node', 'cat', 'yes', 'env', 'true'];

export class ScratchPlace {
  readonly folder = mkdtempSync(join(realpathSync(tmpdir()), 'gatos-place-'));
  /** Where the scratch folders are: a space and letters beyond ASCII in all of their paths. */
  readonly root = join(this.folder, 'jobs ünd mehr');
  readonly plainPath = join(this.folder, 'bin');

  constructor() {
    mkdirSync(this.root);
    mkdirSync(this.plainPath);
    const path = process.env.PATH ?? '';
    for (const name of COMMANDS) {
      symlinkSync(
        execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8', env: { PATH: path } }).trim(),
        join(this.plainPath, name),
      );
    }
    const python = this.#python();
    if (python !== null) symlinkSync(python, join(this.plainPath, 'python3'));
  }

  #python(): string | null {
    try {
      return execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
    } catch {
      // There is none.
      return null;
    }
  }

  runner(confined: boolean, more: Partial<ProcessRunnerOptions> = {}): Runner {
    const env = confined ? process.env : { ...process.env, PATH: this.plainPath };
    return processRunner({ env, cacheFile: join(this.folder, 'tools.json'), scratchRoot: this.root, ...more });
  }

  /** What is left of scratch folders. */
  leftovers(): readonly string[] {
    return readdirSync(this.root);
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Does bubblewrap work on this machine? */
export async function bubblewrapWorks(): Promise<boolean> {
  const found = await locate('bwrap', { path: process.env.PATH ?? '', env: {}, cwd: '/' });
  return (await probeBubblewrap(found?.real ?? null)).found !== null;
}

/** Processes that have a word among their arguments, such as a number of seconds that nobody else sleeps. */
export function running(word: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word);
      } catch {
        // It has ended.
        return false;
      }
    })
    .map(Number);
}
