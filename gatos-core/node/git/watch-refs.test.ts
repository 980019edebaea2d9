import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  type FSWatcher,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Oid } from '../../src/git/index.js';
import { isGatosError } from '../../src/kernel/index.js';
import { writeLine } from '../../testing/git-contract-world.js';
import { type NativeBackend, openNativeBackend } from './index.js';
import { CLEAN, ScratchRepository } from './scratch-repository.js';
import { type RefWatch, type WatchRefsOptions, watchRefs } from './watch-refs.js';

const JOBS = 'refs/gatos/mbus/jobs/';
/** Long enough that no look of its own explains a wake-up in a test of events. */
const NEVER = 3_600_000;

let repository: ScratchRepository;
let backend: NativeBackend;
let line: Oid[];
let watches: RefWatch[];
let open: Set<FSWatcher>;
let made = 0;

beforeEach(async () => {
  repository = new ScratchRepository({ bare: true });
  backend = await openNativeBackend({ path: repository.path, env: CLEAN });
  line = await writeLine(backend, 4);
  watches = [];
  open = new Set();
  made = 0;
});
afterEach(async () => {
  for (const each of watches) each.dispose();
  await backend.close();
  repository.dispose();
});

function counted(path: string, listener: (name: string | null) => void): FSWatcher {
  const watcher = watch(path, (_, name) => listener(name));
  made += 1;
  open.add(watcher);
  watcher.on('close', () => open.delete(watcher));
  return watcher;
}

function watching(options: Partial<WatchRefsOptions> = {}): RefWatch {
  const made = watchRefs(backend.commonDir, { prefixes: [JOBS], pollMs: NEVER, watchFolder: counted, ...options });
  watches.push(made);
  return made;
}

const oid = (index: number): Oid => line[index] as Oid;
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const set = (name: string, to: number, from?: number) =>
  backend.refs.transaction([{ name, expected: from === undefined ? null : oid(from), next: oid(to) }]);

/** One promise for as long as nothing has come of it: one that is given up would take a change with it. */
const pending = new WeakMap<RefWatch, Promise<boolean>>();
function next(watcher: RefWatch): Promise<boolean> {
  const promise = pending.get(watcher) ?? watcher.next().finally(() => pending.delete(watcher));
  pending.set(watcher, promise);
  return promise;
}

/** What happened so far is told; then there is silence. */
async function drain(watcher: RefWatch): Promise<void> {
  for (;;) {
    const quiet = sleep(120).then(() => 'quiet');
    if ((await Promise.race([next(watcher), quiet])) === 'quiet') return;
  }
}

/** Does it stay silent for a while? */
async function silent(watcher: RefWatch, milliseconds = 250): Promise<boolean> {
  const woken = next(watcher).then(() => false);
  return Promise.race([woken, sleep(milliseconds).then(() => true)]);
}

describe('changes that the system tells', () => {
  it('wake for a ref that is made, moved and removed', async () => {
    const watcher = watching();
    const name = `${JOBS}2026/11/20/01`;
    await set(name, 0);
    expect(await next(watcher)).toBe(true);
    await drain(watcher);
    await set(name, 1, 0);
    expect(await next(watcher)).toBe(true);
    await drain(watcher);
    await backend.refs.transaction([{ name, expected: oid(1), next: null }]);
    expect(await next(watcher)).toBe(true);
  });

  it('wake for folders that appear one below the other, and for what is in them already', async () => {
    const watcher = watching();
    for (const day of ['2026/11/20', '2026/11/21', '2026/12/01', '2027/01/01']) {
      const path = join(repository.gitDir, JOBS, day, '01');
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${oid(0)}\n`);
      expect(await next(watcher)).toBe(true);
      await drain(watcher);
      writeFileSync(path, `${oid(1)}\n`);
      expect(await next(watcher)).toBe(true);
      await drain(watcher);
    }
  });

  it.each([
    ['pack-refs', (): string => repository.git('pack-refs', '--all', '--prune')],
    ['gc', (): string => repository.git('gc', '--quiet', '--prune=never')],
    ['update-ref', (): string => repository.git('update-ref', `${JOBS}2026/11/20/02`, oid(2))],
    [
      'a transaction of several refs',
      (): string =>
        repository.gitWith(
          { input: `create ${JOBS}a ${oid(0)}\ncreate ${JOBS}b ${oid(0)}\n` },
          'update-ref',
          '--stdin',
        ),
    ],
  ])('wake for %s of git, and go on after it', async (_, change) => {
    const name = `${JOBS}2026/11/20/01`;
    await set(name, 0);
    const watcher = watching();
    change();
    expect(await next(watcher)).toBe(true);
    await drain(watcher);
    await set(name, 1, 0);
    expect(await next(watcher)).toBe(true);
  });

  it('wake for a fetch of git from elsewhere', async () => {
    const other = new ScratchRepository({ bare: true });
    try {
      await set(`${JOBS}2026/11/20/01`, 3);
      const into = await openNativeBackend({ path: other.path, env: CLEAN });
      const watcher = watchRefs(into.commonDir, { prefixes: [JOBS], pollMs: NEVER });
      watches.push(watcher);
      other.git('fetch', '-q', repository.path, 'refs/gatos/*:refs/gatos/*');
      expect(await next(watcher)).toBe(true);
      expect(await into.refs.read(`${JOBS}2026/11/20/01`)).toBe(oid(3));
      await into.close();
    } finally {
      other.dispose();
    }
  });

  it('wake for a ref that was only packed, and for several that change together', async () => {
    await set(`${JOBS}a`, 0);
    await set(`${JOBS}b`, 0);
    repository.git('pack-refs', '--all', '--prune');
    const watcher = watching();
    await backend.refs.transaction(['a', 'b'].map((name) => ({ name: JOBS + name, expected: oid(0), next: null })));
    expect(await next(watcher)).toBe(true);
  });

  it('survive that a folder goes and comes back, also above the prefix', async () => {
    const watcher = watching();
    for (let round = 0; round < 6; round++) {
      const gone = ['mbus/jobs/2026/11', 'mbus/jobs', 'mbus', ''][round % 4] as string;
      mkdirSync(join(repository.gitDir, JOBS, '2026/11/20'), { recursive: true });
      await drain(watcher);
      rmSync(join(repository.gitDir, 'refs/gatos', gone), { recursive: true });
      mkdirSync(join(repository.gitDir, JOBS, '2026/11/20'), { recursive: true });
      await drain(watcher);
      writeFileSync(join(repository.gitDir, JOBS, `2026/11/20/${round}`), `${oid(0)}\n`);
      expect(await next(watcher)).toBe(true);
    }
  });

  it('survive that a folder is moved away and another one takes its name', async () => {
    const at = (path: string) => join(repository.gitDir, 'refs/gatos/mbus', path);
    mkdirSync(at('jobs/old'), { recursive: true });
    mkdirSync(at('other/new'), { recursive: true });
    const watcher = watching();
    renameSync(at('jobs'), at('away'));
    renameSync(at('other'), at('jobs'));
    await drain(watcher);
    writeFileSync(at('jobs/new/1'), `${oid(0)}\n`);
    expect(await next(watcher)).toBe(true);
    await drain(watcher);
    writeFileSync(at('away/old/1'), `${oid(0)}\n`);
    expect(await silent(watcher)).toBe(true);
  });

  it('are told in a linked worktree as in the main one', async () => {
    const main = new ScratchRepository();
    try {
      main.git('commit', '-q', '--allow-empty', '-m', 'first');
      main.git('worktree', 'add', '-q', join(main.root, 'linked'));
      const linked = await openNativeBackend({ path: join(main.root, 'linked'), env: CLEAN });
      expect(linked.commonDir).not.toBe(linked.gitDir);
      const watcher = watchRefs(linked.commonDir, { prefixes: [JOBS], pollMs: NEVER });
      watches.push(watcher);
      main.git('update-ref', `${JOBS}1`, 'HEAD');
      expect(await next(watcher)).toBe(true);
      await linked.close();
    } finally {
      main.dispose();
    }
  });
});

describe('what does not matter', () => {
  it('wakes nobody: other refs, locks, branches, objects', async () => {
    await set(`${JOBS}1`, 0);
    const watcher = watching();
    await set('refs/gatos/mbus/other/1', 0);
    await set('refs/gatos/trust', 0);
    await set('refs/heads/main', 0);
    await writeLine(backend, 3);
    writeFileSync(join(repository.gitDir, JOBS, '1.lock'), '');
    unlinkSync(join(repository.gitDir, JOBS, '1.lock'));
    expect(await silent(watcher)).toBe(true);
  });

  it('wakes nobody beside a ref with a full name', async () => {
    await set('refs/gatos/other', 0);
    const watcher = watching({ prefixes: ['refs/gatos/trust'] });
    await set('refs/gatos/trusty', 0);
    await set('refs/gatos/mbus/trust', 0);
    expect(await silent(watcher)).toBe(true);
    await set('refs/gatos/trust', 0);
    expect(await next(watcher)).toBe(true);
    await drain(watcher);
    await set('refs/gatos/trust', 1, 0);
    expect(await next(watcher)).toBe(true);
  });

  it('is not a prefix', () => {
    expect(() => watchRefs(backend.commonDir, { prefixes: ['refs/../x/'] })).toThrow('cannot be a ref');
  });
});

describe('waiting', () => {
  it('keeps what changed while nobody waited, and collects a burst', async () => {
    const watcher = watching();
    await Promise.all(Array.from({ length: 50 }, (_, i) => set(`${JOBS}${i}`, 0)));
    await sleep(300);
    expect(await next(watcher)).toBe(true);
    expect(await silent(watcher)).toBe(true);
  });

  it('wakes all who wait for one change', async () => {
    const watcher = watching();
    const waiting = [watcher.next(), watcher.next(), watcher.next()];
    await set(`${JOBS}1`, 0);
    expect(await Promise.all(waiting)).toEqual([true, true, true]);
  });

  it('has a limit where one is given, and what changes then is kept', async () => {
    const watcher = watching();
    expect(await watcher.next({ within: 20 })).toBe(true);
    const other = watcher.next();
    expect(await watcher.next({ within: 20 })).toBe(true);
    await set(`${JOBS}1`, 0);
    expect(await other).toBe(true);
    await sleep(150);
    await set(`${JOBS}1`, 1, 0);
    await sleep(300);
    const limit = sleep(200).then(() => 'nothing was kept');
    expect(await Promise.race([watcher.next(), limit])).toBe(true);
    const waiting = watcher.next({ within: NEVER });
    watcher.dispose();
    expect(await waiting).toBe(false);
  });

  it('ends at once on abort, with nothing left open', async () => {
    const stop = new AbortController();
    const watcher = watching({ signal: stop.signal });
    const waiting = next(watcher);
    expect(open.size).toBeGreaterThan(0);
    stop.abort();
    expect(await waiting).toBe(false);
    expect(await next(watcher)).toBe(false);
    expect(watcher.folders).toBe(0);
    await sleep(20);
    expect(open.size).toBe(0);
    watcher.dispose();
    expect(await watching({ signal: stop.signal }).next()).toBe(false);
    expect(open.size).toBe(0);
  });

  it('is a loop that ends with its watch', async () => {
    const stop = new AbortController();
    let count = 0;
    await set(`${JOBS}0`, 0);
    const watcher = watching({ signal: stop.signal });
    await set(`${JOBS}1`, 0);
    for await (const _ of watcher) {
      count += 1;
      if (count === 3) stop.abort();
      else await set(`${JOBS}next/${count}`, 0);
    }
    expect(count).toBe(3);
    for await (const _ of watching({ signal: stop.signal })) expect.unreachable();
    await sleep(20);
    expect(open.size).toBe(0);
  }, 5_000);

  it.skipIf(process.getuid?.() === 0)('tells of refs that cannot be looked at', async () => {
    const folder = join(repository.gitDir, JOBS);
    mkdirSync(folder, { recursive: true });
    const watcher = watching();
    const waiting = next(watcher);
    chmodSync(folder, 0);
    await expect(waiting).rejects.toSatisfy((error) => isGatosError(error, 'git/no-access'));
    chmodSync(folder, 0o755);
  });
});

describe('a thousand folders', () => {
  it('are watched, each once, and let go', async () => {
    const folders = Array.from({ length: 1000 }, (_, i) => join(repository.gitDir, JOBS, String(i)));
    for (const folder of folders) mkdirSync(folder, { recursive: true });
    const watcher = watching();
    // Beside them: jobs, mbus, gatos, refs, and the git directory.
    expect([watcher.folders, open.size, made]).toEqual([1005, 1005, 1005]);
    await set(`${JOBS}777/x`, 0);
    expect(await next(watcher)).toBe(true);
    await drain(watcher);
    for (const folder of folders.slice(0, 777)) rmdirSync(folder);
    await drain(watcher);
    expect([watcher.folders, open.size]).toEqual([228, 228]);
    watcher.dispose();
    await sleep(50);
    expect(open.size).toBe(0);
  });
});

function refuse(code: string, after: number) {
  let left = after;
  return (path: string, listener: (name: string | null) => void): FSWatcher => {
    if (left-- > 0) return counted(path, listener);
    throw Object.assign(new Error(code), { code, syscall: 'watch' });
  };
}

describe('without watchers of the system', () => {
  it.each([
    ['ENOSPC', 0],
    ['ENOSPC', 3],
    ['EMFILE', 5],
  ])('looks are left (%s after %i), which is said once', async (code, after) => {
    const said: string[] = [];
    await set(`${JOBS}2026/1`, 0);
    const watcher = watching({ pollMs: 20, watchFolder: refuse(code, after), onPollingOnly: (why) => said.push(why) });
    await sleep(20);
    expect([said, open.size, watcher.folders]).toEqual([[code], 0, 0]);
    await drain(watcher);
    await set(`${JOBS}2026/1`, 1, 0);
    expect(await next(watcher)).toBe(true);
    await drain(watcher);
    await set(`${JOBS}2027/new/1`, 0);
    expect(await next(watcher)).toBe(true);
    await drain(watcher);
    repository.git('pack-refs', '--all', '--prune');
    expect(await next(watcher)).toBe(true);
    await set('refs/gatos/mbus/other/1', 0);
    await drain(watcher);
    await set('refs/gatos/mbus/other/1', 1, 0);
    expect(await silent(watcher)).toBe(true);
    rmSync(join(repository.gitDir, 'refs/gatos'), { recursive: true });
    expect(await next(watcher)).toBe(true);
    await drain(watcher);
    await set(`${JOBS}2026/11/20/2`, 0);
    expect(await next(watcher)).toBe(true);
    expect(said).toEqual([code]);
  });

  it('a look finds what the system did not tell', async () => {
    const deaf = (path: string) => counted(path, () => undefined);
    const watcher = watching({ pollMs: 20, watchFolder: deaf, prefixes: [JOBS, 'refs/gatos/trust'] });
    for (const name of [`${JOBS}1`, `${JOBS}2026/11/20/1`, 'refs/gatos/trust']) {
      await set(name, 0);
      expect(await next(watcher), name).toBe(true);
      await drain(watcher);
      await set(name, 1, 0);
      expect(await next(watcher), name).toBe(true);
      await drain(watcher);
    }
  });

  it('a repository that goes and comes back is told, and no more than that', async () => {
    const watcher = watching({ pollMs: 20 });
    renameSync(repository.gitDir, `${repository.gitDir}-away`);
    expect(await next(watcher)).toBe(true);
    await drain(watcher);
    renameSync(`${repository.gitDir}-away`, repository.gitDir);
    expect(await next(watcher)).toBe(true);
    await drain(watcher);
    execFileSync('git', ['update-ref', `${JOBS}1`, oid(0)], { cwd: repository.path });
    expect(await next(watcher)).toBe(true);
  });
});
