/** Refs through git itself: for storages that only git knows (reftable), for refs that have a log, and where a hook wants to be asked. */
import { dirname } from 'node:path';
import { gitError, isNullOid, isOid, type Oid, type RefEdit } from '../../src/git/index.js';
import { compareText, fromUtf8 } from '../../src/kernel/index.js';
import { plumbingEnvironment } from './child.js';
import { runGit } from './command.js';
import type { Layout } from './discover.js';
import { flushDirectories } from './files.js';
import { namesAbove } from './ref-conflicts.js';
import type { RefFiles } from './ref-files.js';
import type { Settings } from './settings.js';

export class GitRefs {
  readonly #layout: Layout;
  readonly #settings: Settings;

  constructor({ layout, settings }: { layout: Layout; settings: Settings }) {
    this.#layout = layout;
    this.#settings = settings;
  }

  async read(name: string): Promise<Oid | null> {
    if (name.startsWith('refs/')) return (await this.list(name))[0]?.oid ?? null;
    const { status, stdout } = await this.#run(['rev-parse', '--verify', '--quiet', '--end-of-options', name], {
      accept: [0, 1],
    });
    const oid = fromUtf8(stdout).trim();
    if (status === 1) return null;
    if (!isOid(oid, this.#layout.format)) throw gitError('corrupt-ref', { ref: name, why: 'git names no object' });
    return oid;
  }

  async list(prefix: string): Promise<{ name: string; oid: Oid }[]> {
    const { stdout } = await this.#run(['for-each-ref', '--format=%(objectname) %(refname)', '--', prefix]);
    const refs = fromUtf8(stdout)
      .split('\n')
      .flatMap((line) => {
        const space = line.indexOf(' ');
        const name = line.slice(space + 1);
        const wanted = prefix.endsWith('/') ? name.startsWith(prefix) : name === prefix;
        return space < 0 || !wanted ? [] : [{ name, oid: line.slice(0, space) }];
      });
    const bad = refs.find(({ oid }) => !isOid(oid, this.#layout.format) || isNullOid(oid));
    if (bad !== undefined) throw gitError('corrupt-ref', { ref: bad.name, why: 'git names no object' });
    return refs.sort((a, b) => compareText(a.name, b.name));
  }

  /** As `RefStore.transaction`, for valid and sorted edits. `files` is given when refs are files, so that they can be flushed. */
  async transaction(edits: readonly RefEdit[], files: RefFiles | null): Promise<void> {
    await this.#checkExpected(edits);
    const input = edits.map(commandFor).join('');
    const { status, stderr } = await this.#run(['-c', 'core.fsync=all', 'update-ref', '--stdin', '-z'], {
      input,
      accept: [0, 1, 128],
    });
    if (status !== 0) return this.#explain(edits, { status, stderr });
    // Before 2.36 git does not flush refs.
    if (files !== null && this.#settings.flush.refs)
      await flushDirectories(new Set(edits.map(({ name }) => dirname(files.path(name)))));
  }

  async #checkExpected(edits: readonly RefEdit[]): Promise<void> {
    for (const { name, expected } of edits) {
      const found = await this.read(name);
      if (found !== expected) throw gitError('ref-moved', { ref: name, expected, found });
    }
  }

  /** Git's exit status does not tell why it refused, and its words are not for programs: look at the refs again. */
  async #explain(edits: readonly RefEdit[], { status, stderr }: { status: number; stderr: string }): Promise<never> {
    await this.#checkExpected(edits);
    for (const { name, next } of edits) {
      if (next === null) continue;
      const [below] = await this.list(`${name}/`);
      if (below !== undefined) throw gitError('ref-name', { ref: name, why: `the ref \`${below.name}\` exists` });
      for (const above of namesAbove(name)) {
        if ((await this.read(above)) !== null)
          throw gitError('ref-name', { ref: name, why: `the ref \`${above}\` exists` });
      }
    }
    throw gitError('git-failed', { command: 'update-ref', status, why: stderr.trim().split('\n')[0] ?? '' });
  }

  #run(args: readonly string[], options: { input?: string; accept?: readonly number[] } = {}) {
    return runGit(args, { cwd: this.#layout.commonDir, env: plumbingEnvironment(this.#layout), ...options });
  }
}

function commandFor({ name, expected, next }: RefEdit): string {
  if (next === expected) return `verify ${name}\0${expected ?? ''}\0`;
  if (expected === null) return `create ${name}\0${next}\0`;
  if (next === null) return `delete ${name}\0${expected}\0`;
  return `update ${name}\0${next}\0${expected}\0`;
}
