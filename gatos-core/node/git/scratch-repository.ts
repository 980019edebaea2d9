/** For tests: repositories made by the git that is installed, in a temporary directory. Nothing of it is exported from this package. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ObjectFormat, Oid } from '../../src/git/index.js';
import { plainEnvironment } from './child.js';
import type { Environment } from './discover.js';

/** The environment of this process without anything that points git at a repository or a configuration. */
export const CLEAN: Environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))),
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'A U Thor',
  GIT_AUTHOR_EMAIL: 'author@example.com',
  GIT_COMMITTER_NAME: 'A U Thor',
  GIT_COMMITTER_EMAIL: 'author@example.com',
};

export class ScratchRepository {
  /** Holds everything, also what a test puts beside the repository. */
  readonly root = mkdtempSync(join(tmpdir(), 'gatos-git-'));
  readonly path: string;
  readonly gitDir: string;

  constructor({ format = 'sha1', bare = false }: { format?: ObjectFormat; bare?: boolean } = {}) {
    this.path = join(this.root, 'repo');
    mkdirSync(this.path);
    this.git('init', '-q', '-b', 'main', `--object-format=${format}`, ...(bare ? ['--bare'] : []));
    this.gitDir = bare ? this.path : join(this.path, '.git');
  }

  /** Runs git here and returns what it prints. Throws when it fails. */
  git(...args: string[]): string {
    return this.gitWith({}, ...args);
  }

  gitWith({ input, env, cwd }: { input?: string; env?: Environment; cwd?: string }, ...args: string[]): string {
    return execFileSync('git', args, {
      cwd: cwd ?? this.path,
      env: plainEnvironment({ ...CLEAN, ...env }),
      input: input ?? '',
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  /** What `git fsck --strict` complains about: nothing, if all is well. */
  fsck(): string {
    return this.git('fsck', '--strict', '--full', '--no-dangling', '--no-progress');
  }

  loosePath(oid: Oid): string {
    return join(this.gitDir, 'objects', oid.slice(0, 2), oid.slice(2));
  }

  packs(): string[] {
    const directory = join(this.gitDir, 'objects', 'pack');
    return readdirSync(directory).flatMap((name) => (name.endsWith('.pack') ? [join(directory, name)] : []));
  }

  /** Every file below the git directory that a writer might have left behind. */
  leftovers(): string[] {
    return this.files().filter((path) => /(?:^|\/)tmp_|\.lock$|\.new$|gatos\/locks\//.test(path));
  }

  /** Paths of all files below the git directory. */
  files(): string[] {
    return readdirSync(this.gitDir, { recursive: true, encoding: 'utf8' });
  }

  /** Overwrites bytes in the middle of a file that is read-only. */
  scribble(path: string, at: (length: number) => number = (length) => length >> 1): void {
    const bytes = readFileSync(path);
    const place = at(bytes.length);
    bytes[place] = (bytes[place] as number) ^ 0x55;
    chmodSync(path, 0o644);
    writeFileSync(path, bytes);
  }

  plant(path: string, content: string): void {
    const whole = join(this.gitDir, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, content);
  }

  remove(path: string): void {
    const whole = join(this.gitDir, path);
    if (existsSync(whole)) unlinkSync(whole);
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
