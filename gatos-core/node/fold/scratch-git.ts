/** For tests: a repository made by the git that is installed, in a temporary directory. Nothing of it is exported from this package. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export class ScratchGit {
  readonly path = mkdtempSync(join(tmpdir(), 'gatos-fold-'));
  readonly gitDir = join(this.path, '.git');
  /** Without anything that points git at a repository or a configuration. */
  readonly env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  };

  constructor() {
    this.git('init', '-q');
  }

  git(...args: string[]): string {
    return this.gitWith(Buffer.alloc(0), ...args);
  }

  /** Runs git here with bytes on its standard input. */
  gitWith(input: Uint8Array, ...args: string[]): string {
    const options = { cwd: this.path, env: this.env, input, maxBuffer: 1 << 28 };
    return execFileSync('git', args, options).toString();
  }

  /** What `git fsck --strict` complains about: nothing, if all is well. */
  fsck(): string {
    return this.git('fsck', '--strict', '--full', '--no-dangling', '--no-progress');
  }

  /** The file of a loose object. */
  pathOf(oid: string): string {
    return join(this.gitDir, 'objects', oid.slice(0, 2), oid.slice(2));
  }

  /** Takes packs apart, so that one object can be damaged. */
  loosen(): void {
    const folder = join(this.gitDir, 'objects', 'pack');
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const bytes = readFileSync(path);
      rmSync(path, { force: true });
      if (name.endsWith('.pack')) this.gitWith(bytes, 'unpack-objects', '-q');
    }
  }

  /** Flips bits in the middle of a file. */
  damage(path: string): void {
    const bytes = readFileSync(path);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] as number) ^ 0x55;
    chmodSync(path, 0o644);
    writeFileSync(path, bytes);
  }

  /** Writes a file below the git directory. */
  plant(path: string, content: string): void {
    mkdirSync(dirname(join(this.gitDir, path)), { recursive: true });
    writeFileSync(join(this.gitDir, path), content);
  }

  dispose(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
