/** For tests: repositories that hold exactly the given commits, and the way back from a payload to a commit. Not exported from the package. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { JsonValue, Oid } from 'gatos-core';
import { openGitHistory } from './git-history.js';
import { assemble, type Binary } from './git-history-commit.js';
import type { Row } from './row.js';

/** The environment of this process without anything that points git at a repository or a configuration. */
export const CLEAN: Readonly<Record<string, string | undefined>> = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))),
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'A U Thor',
  GIT_AUTHOR_EMAIL: 'author@example.com',
  GIT_COMMITTER_NAME: 'A U Thor',
  GIT_COMMITTER_EMAIL: 'author@example.com',
};

export class ScratchHistory {
  readonly root = mkdtempSync(join(tmpdir(), 'gatos-history-'));
  readonly path = join(this.root, 'source');
  readonly emptyTree: Oid;

  constructor({ format = 'sha1' }: { format?: 'sha1' | 'sha256' } = {}) {
    this.git(['init', '-q', '--bare', '-b', 'main', `--object-format=${format}`, this.path], { cwd: this.root });
    this.emptyTree = this.write('', 'tree');
  }

  /** Runs git here and returns what it prints, without the last line feed. */
  git(
    args: readonly string[],
    { input = '', cwd = this.path }: { input?: string | Uint8Array; cwd?: string } = {},
  ): string {
    const output = execFileSync('git', args, { cwd, env: CLEAN, input, maxBuffer: 1 << 28, stdio: 'pipe' });
    return output.toString('latin1').replace(/\n$/, '');
  }

  /** Stores an object whatever it says. */
  write(content: Binary, type: 'commit' | 'tag' | 'tree' | 'blob' = 'commit'): Oid {
    return this.git(['hash-object', '-t', type, '-w', '--literally', '--stdin'], {
      input: Buffer.from(content, 'latin1'),
    });
  }

  /** Stores a plain commit. */
  commit(message: Binary, parents: readonly Oid[] = [], { tree = this.emptyTree, time = 1_700_000_000 } = {}): Oid {
    const who = `A U Thor <author@example.com> ${time} +0000`;
    return this.write(assemble({ tree, parents, author: who, committer: who, headers: [], message: `${message}\n` }));
  }

  /** Sets a ref as a file: git itself would look at what it points at. */
  ref(name: string, oid: Oid): void {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${oid}\n`);
  }

  /** Many refs at once. */
  packRefs(oids: readonly Oid[]): void {
    const lines = oids.map((oid, i) => `${oid} refs/tags/t${String(i).padStart(6, '0')}\n`);
    writeFileSync(join(this.path, 'packed-refs'), `# pack-refs with: sorted \n${lines.join('')}`);
  }

  loosePath(oid: Oid): string {
    return join(this.path, 'objects', oid.slice(0, 2), oid.slice(2));
  }

  raw(oid: Oid, path = this.path): Buffer {
    return execFileSync('git', ['cat-file', 'commit', oid], {
      cwd: path,
      env: CLEAN,
      maxBuffer: 1 << 28,
      stdio: 'pipe',
    });
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export async function rowsOf(path: string, revisions: readonly string[] = []): Promise<Row[]> {
  return (await historyOf(path, revisions)).rows;
}

export async function historyOf(
  path: string,
  revisions: readonly string[] = [],
): Promise<{ rows: Row[]; notices: readonly string[] }> {
  const history = await openGitHistory({ path, source: 'source', revisions, env: CLEAN });
  try {
    const rows: Row[] = [];
    for await (const row of history.rows()) rows.push(row);
    return { rows, notices: history.notices };
  } finally {
    await history.close();
  }
}

type Map = { readonly [key: string]: JsonValue };

/** The commit that a payload speaks of, by the rule in `git-history-payload.ts`; null when a part was cut. */
export function rebuild(payload: JsonValue): Buffer | null {
  const commit = payload as Map;
  if (JSON.stringify(payload).includes('_cut":{')) return null;
  if (commit.object_base64 !== undefined) return Buffer.from(commit.object_base64 as string, 'base64');
  const headers = (commit.headers ?? []) as readonly Map[];
  const bytes = assemble({
    tree: commit.tree as string | null,
    parents: commit.parents as readonly string[],
    author: lineOf(commit.author as Map),
    committer: lineOf(commit.committer as Map),
    headers: headers.map((header) => ({ name: bytesOf(header, 'name'), value: bytesOf(header, 'value') })),
    message: bytesOf(commit, 'message'),
  });
  return Buffer.from(bytes, 'latin1');
}

function lineOf(ident: Map): Binary | null {
  if (ident.line === null) return null;
  if (ident.line !== undefined) return bytesOf(ident, 'line');
  return `${bytesOf(ident, 'name')} <${bytesOf(ident, 'email')}> ${ident.time} ${ident.zone}`;
}

function bytesOf(map: Map, name: string): Binary {
  const base64 = map[`${name}_base64`] as string | undefined;
  return (base64 === undefined ? Buffer.from(map[name] as string, 'utf8') : Buffer.from(base64, 'base64')).toString(
    'latin1',
  );
}
