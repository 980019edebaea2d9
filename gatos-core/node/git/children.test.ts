import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeCommit, encodeTree, hashObject, type NewObject, type Oid } from '../../src/git/index.js';
import { utf8 } from '../../src/kernel/index.js';
import { writeLine } from '../../testing/git-contract-world.js';
import { type NativeBackend, openNativeBackend } from './index.js';
import { ScratchProcesses } from './scratch-process.js';
import { CLEAN, ScratchRepository } from './scratch-repository.js';

let repository: ScratchRepository;
let backend: NativeBackend;
beforeEach(async () => {
  repository = new ScratchRepository({ bare: true });
  backend = await openNativeBackend({ path: repository.path, env: CLEAN });
});
afterEach(async () => {
  await backend.close();
  repository.dispose();
});

const blobs = (count: number, size = 20) =>
  Array.from({ length: count }, (_, i) => ({ type: 'blob' as const, content: utf8(`${i} ${'x'.repeat(size)}`) }));

/** The git processes that this one has started and that still run. */
function children(): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^[0-9]+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const [, , parent] = stat.slice(stat.lastIndexOf(')')).split(' ');
      return Number(parent) === process.pid && /git$/.test(readlinkSync(`/proc/${name}/exe`)) ? [Number(name)] : [];
    } catch (error) {
      if (error instanceof Error) return [];
      throw error;
    }
  });
}

/** A git that does what it is told before it becomes the real one. */
function wrapper(script: string): string {
  const directory = join(repository.root, 'bin');
  mkdirSync(directory, { recursive: true });
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  writeFileSync(join(directory, 'git'), `#!/bin/sh\n${script}\nexec ${real} "$@"\n`);
  chmodSync(join(directory, 'git'), 0o755);
  return `${directory}:${process.env.PATH}`;
}

describe('bulk reading', () => {
  it('keeps one child for many calls, and none after close', async () => {
    const oids = await backend.objects.write(blobs(400));
    for (let round = 0; round < 5; round++)
      for await (const _ of backend.objects.readBatches(oids)) expect(children()).toHaveLength(1);
    expect(children()).toHaveLength(1);
    await backend.close();
    await expect.poll(children).toHaveLength(0);
  });

  it('leaves no child behind when it is given up half way', async () => {
    const oids = await backend.objects.write(blobs(3000, 2000));
    for (let round = 0; round < 4; round++) for await (const _ of backend.objects.readBatches(oids)) break;
    await expect.poll(children).toHaveLength(0);
  });

  it('a short history of huge commits is not held at once', async () => {
    const tree = await backend.objects.write([{ type: 'tree', content: new Uint8Array(0) }]);
    const ident = 'a <a@b> 1 +0000';
    const line: Oid[] = [];
    for (let i = 0; i < 4; i++) {
      const message = 'x'.repeat(3 * 1024 * 1024);
      const commit = { tree: tree[0] as Oid, parents: line.slice(-1), author: ident, committer: ident, message };
      line.push(...(await backend.objects.write([{ type: 'commit', content: encodeCommit(commit) }])));
    }
    const batches: Oid[][] = [];
    for await (const batch of backend.objects.historyBatches({ head: line[3] as Oid }))
      batches.push(batch.map(({ oid }) => oid));
    expect(batches.flat()).toEqual(line);
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThan(3);
  });

  it('objects of all sizes cross the borders of chunks unharmed', async () => {
    const sizes = [0, 1, 100, 65_400, 65_535, 65_536, 200_000, 3_000_000];
    const objects = Array.from({ length: 600 }, (_, i) => ({
      type: 'blob' as const,
      content: new Uint8Array((sizes[i % sizes.length] as number) % (i % 100 === 7 ? 4e6 : 70_000)).fill(i),
    }));
    const oids = await backend.objects.write(objects);
    let at = 0;
    for await (const batch of backend.objects.readBatches(oids)) {
      for (const { oid, content } of batch) {
        expect(oid).toBe(oids[at]);
        expect(content.length).toBe(objects[at]?.content.length);
        at++;
      }
    }
    expect(at).toBe(600);
  });

  it('a child that dies is replaced, and nothing is lost or repeated', async () => {
    const oids = await backend.objects.write(blobs(5000, 500));
    const got: Oid[] = [];
    let killed = 0;
    for await (const batch of backend.objects.readBatches(oids)) {
      for (const { oid } of batch) got.push(oid);
      if (killed < 3 && got.length > killed * 1500) {
        killed++;
        for (const pid of children()) process.kill(pid, 'SIGKILL');
      }
    }
    expect(killed).toBe(3);
    expect(got).toEqual(oids);
  });

  it('a child that dies again and again is a typed fault', async () => {
    const oids = await backend.objects.write(blobs(400));
    const env = { ...CLEAN, PATH: wrapper('case "$*" in *cat-file*) echo "out of cheese" >&2; exit 3;; esac') };
    const broken = await openNativeBackend({ path: repository.path, env });
    const read = async () => {
      for await (const _ of broken.objects.readBatches(oids));
    };
    await expect(read()).rejects.toMatchObject({
      code: 'git/git-failed',
      data: { command: 'cat-file', status: 3, why: 'out of cheese' },
    });
    await broken.close();
  });

  it('without git, few objects are read all the same and many are a typed fault', async () => {
    const oids = await backend.objects.write(blobs(400));
    const alone = await openNativeBackend({
      path: repository.path,
      env: { ...CLEAN, PATH: join(repository.root, 'nowhere') },
    });
    expect((await alone.objects.read(oids[3] as Oid)).oid).toBe(oids[3]);
    const read = async () => {
      for await (const _ of alone.objects.readBatches(oids));
    };
    await expect(read()).rejects.toMatchObject({ code: 'git/io', data: { path: 'git', operation: 'run' } });
    await alone.close();
  });

  it('a git before 2.36, which has no --batch-command, does as well', async () => {
    const log = join(repository.root, 'log');
    const env = { ...CLEAN, PATH: wrapper(`echo "$*" >> ${log}\ncase "$*" in *--batch-command*) exit 129;; esac`) };
    const old = await openNativeBackend({ path: repository.path, env });
    const oids = await backend.objects.write(blobs(3000));
    for (let round = 0; round < 2; round++) {
      const got: Oid[] = [];
      for await (const batch of old.objects.readBatches(oids)) for (const { oid } of batch) got.push(oid);
      expect(got).toEqual(oids);
    }
    await old.close();
    expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual([
      'cat-file --batch-command --buffer',
      'cat-file --batch',
    ]);
  });

  it('an answer that makes no sense is a typed fault', async () => {
    const oids = await backend.objects.write(blobs(400));
    for (const answer of [
      'nonsense',
      `${oids[0]} blob x`,
      `${oids[1]} blob 3`,
      `${oids[0]} frog 3`,
      'x'.repeat(100_000),
    ]) {
      const env = {
        ...CLEAN,
        PATH: wrapper(
          `case "$*" in *cat-file*) head -c 50 >/dev/null; printf '%s\\n' '${answer}'; sleep 5; exit;; esac`,
        ),
      };
      const odd = await openNativeBackend({ path: repository.path, env });
      const read = async () => {
        for await (const _ of odd.objects.readBatches(oids));
      };
      await expect(read(), answer.slice(0, 60)).rejects.toMatchObject({ code: 'git/git-failed' });
      await odd.close();
    }
  });

  it('replace refs and grafts are ignored', async () => {
    const line = await writeLine(backend, 300);
    const head = line.at(-1) as Oid;
    repository.git('update-ref', 'refs/heads/main', head);
    repository.gitWith(
      { env: { GIT_NO_REPLACE_OBJECTS: undefined } },
      'replace',
      line[100] as string,
      line[5] as string,
    );
    repository.plant('info/grafts', `${line[200]} ${line[3]}\n`);
    const got: Oid[] = [];
    for await (const { oid } of backend.objects.history({ head })) got.push(oid);
    expect(got).toEqual(line);
    const many = [...line, ...line];
    let same = 0;
    for await (const { oid } of backend.objects.readMany(many)) same += oid === many[same] ? 1 : 0;
    expect(same).toBe(600);
  });
});

describe('a partial clone', () => {
  it('never fetches: what is not there is missing', async () => {
    const line = await writeLine(backend, 3);
    const oids = await backend.objects.write(blobs(400));
    const entries = oids.map((oid, i) => `100644 blob ${oid}\tf${i}\n`).join('');
    const tree = repository.gitWith({ input: entries }, 'mktree').trim();
    const commit = repository.git('commit-tree', tree, '-m', 'files').trim();
    repository.git('update-ref', 'refs/heads/main', commit);
    repository.git('config', 'uploadpack.allowFilter', 'true');
    const clone = join(repository.root, 'clone');
    repository.gitWith(
      { cwd: repository.root },
      'clone',
      '-q',
      '--bare',
      '--filter=blob:none',
      `file://${repository.path}`,
      clone,
    );
    const before = readdirSync(join(clone, 'objects', 'pack')).sort();
    const partial = await openNativeBackend({ path: clone, env: CLEAN });
    expect((await partial.objects.read(commit)).type).toBe('commit');
    await expect(partial.objects.read(oids[0] as Oid)).rejects.toMatchObject({ code: 'git/missing-object' });
    const read = async () => {
      for await (const _ of partial.objects.readBatches([...Array<Oid>(300).fill(tree), ...oids]));
    };
    await expect(read()).rejects.toMatchObject({ code: 'git/missing-object', data: { oid: oids[0] } });
    expect(await partial.objects.has([oids[0] as Oid, line[0] as Oid, tree])).toEqual([false, false, true]);
    expect(readdirSync(join(clone, 'objects', 'pack')).sort()).toEqual(before);
    await partial.close();
  });
});

describe('this process', () => {
  let processes: ScratchProcesses;
  beforeAll(() => {
    processes = new ScratchProcesses(buildSync);
  });
  afterAll(() => processes.dispose());

  it('ends by itself, whether the adapter was closed or not', async () => {
    const oids = await backend.objects.write(blobs(400));
    const script = `
      import { openNativeBackend } from './adapter.mjs';
      const { path, oids, close } = JSON.parse(process.argv[2]);
      const backend = await openNativeBackend(path);
      let count = 0;
      for await (const batch of backend.objects.readBatches(oids)) count += batch.length;
      if (close) await backend.close();
      console.log(count);
    `;
    for (const close of [false, true]) {
      expect(
        await processes.run(script, { argument: { path: repository.path, oids, close }, limit: 10_000 }),
      ).toMatchObject({ status: 0, stdout: '400\n', stderr: '' });
    }
    await expect.poll(children).toHaveLength(0);
  });

  it('appends without starting git, also on a history that git has packed', async () => {
    const line = await writeLine(backend, 50);
    await backend.refs.transaction([{ name: 'refs/gatos/x', expected: null, next: line.at(-1) as Oid }]);
    repository.git('gc', '-q', '--prune=now');
    const script = `
      import { openNativeBackend, encodeCommit, emptyTreeOid } from './adapter.mjs';
      const { path } = JSON.parse(process.argv[2]);
      const backend = await openNativeBackend({ path });
      const head = await backend.refs.read('refs/gatos/x');
      let count = 0;
      for await (const commit of backend.objects.history({ head })) count += 1;
      const who = 'a <b@c> 1 +0000';
      const content = encodeCommit({ tree: emptyTreeOid('sha1'), parents: [head], author: who, committer: who, message: 'next' });
      const [next] = await backend.objects.write([{ type: 'commit', content }]);
      await backend.refs.transaction([{ name: 'refs/gatos/x', expected: head, next }]);
      console.log(count, (await backend.refs.list('refs/')).length);
    `;
    const ended = await processes.run(script, {
      argument: { path: repository.path },
      env: { PATH: join(repository.root, 'nowhere') },
    });
    expect(ended).toMatchObject({ status: 0, stdout: '50 1\n', stderr: '' });
    expect(repository.git('rev-list', '--count', 'refs/gatos/x').trim()).toBe('51');
    expect(repository.fsck()).toBe('');
  });
});

function commitOf(tree: Uint8Array, parent: Oid | null, count: number): NewObject {
  const who = 'a <b@c> 1 +0000';
  const parents = parent === null ? [] : [parent];
  return {
    type: 'commit',
    content: encodeCommit({
      tree: hashObject('sha1', 'tree', tree),
      parents,
      author: who,
      committer: who,
      message: `${count}`,
    }),
  };
}

describe('while git works on the repository', () => {
  it('gc, repack and pack-refs lose nothing that is being written or read', async () => {
    const stop = join(repository.root, 'stop');
    const script = `while [ ! -e ${stop} ]; do git -C ${repository.path} pack-refs --all && git -C ${repository.path} repack -Adq && git -C ${repository.path} prune-packed -q; done`;
    const processes = new ScratchProcesses(buildSync);
    const loop = processes.run(
      `import { spawnSync } from 'node:child_process'; const r = spawnSync('sh', ['-c', ${JSON.stringify(script)}], { encoding: 'utf8' }); process.stdout.write(r.stderr);`,
    );
    const written: Oid[] = [];
    let head: Oid | null = null;
    for (let i = 0; i < 150; i++) {
      const oids = await backend.objects.write(blobs(1 + (i % 40), 10 + i));
      const tree = encodeTree(oids.map((oid, k) => ({ mode: '100644', name: `f${k}`, oid })));
      const [treeOid, next] = await backend.objects.write([{ type: 'tree', content: tree }, commitOf(tree, head, i)]);
      await backend.refs.transaction([{ name: 'refs/gatos/x', expected: head, next: next as Oid }]);
      head = next as Oid;
      written.push(...oids, treeOid as Oid, head);
      expect(await backend.refs.read('refs/gatos/x')).toBe(head);
      await backend.objects.read(written[i % written.length] as Oid);
    }
    writeFileSync(stop, '');
    const said = (await loop).stdout;
    processes.dispose();
    expect(said.split('\n').filter((each) => each !== '' && !/lock/.test(each))).toEqual([]);
    expect(written.length).toBeGreaterThan(20);
    expect(await backend.objects.has(written)).toEqual(written.map(() => true));
    let count = 0;
    for await (const batch of backend.objects.readBatches(written)) count += batch.length;
    expect(count).toBe(written.length);
    expect(repository.fsck()).toBe('');
  });

  it.each([4])('%i processes of ours and git append to one chain: all survive, none twice', async (count) => {
    const processes = new ScratchProcesses(buildSync);
    const script = `
      import { openNativeBackend, encodeCommit, emptyTreeOid } from './adapter.mjs';
      const { path, name, each } = JSON.parse(process.argv[2]);
      const backend = await openNativeBackend({ path });
      let lost = 0;
      for (let i = 0; i < each; i++) {
        for (;;) {
          const head = await backend.refs.read('refs/gatos/x');
          const who = 'a <b@c> 1 +0000';
          const content = encodeCommit({ tree: emptyTreeOid('sha1'), parents: head ? [head] : [], author: who, committer: who, message: name + ' ' + i });
          const [next] = await backend.objects.write([{ type: 'commit', content }, { type: 'tree', content: new Uint8Array(0) }]);
          try { await backend.refs.transaction([{ name: 'refs/gatos/x', expected: head, next }]); break; }
          catch (error) { if (error.kind !== 'conflict') throw error; lost++; await new Promise((done) => setTimeout(done, Math.random() * 10)); }
        }
      }
      console.log('done', lost);
    `;
    const each = 25;
    const git = `import { execFileSync } from 'node:child_process';
      const { path, each } = JSON.parse(process.argv[2]);
      const run = (...args) => execFileSync('git', ['-C', path, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
      for (let i = 0; i < each; i++) for (;;) {
        try {
          const head = run('for-each-ref', '--format=%(objectname)', 'refs/gatos/x');
          const next = run('commit-tree', '4b825dc642cb6eb9a060e54bf8d69288fbee4904', '-m', 'git ' + i, ...(head ? ['-p', head] : []));
          run('update-ref', 'refs/gatos/x', next, head || '0'.repeat(40));
          break;
        } catch (error) { if (error.status !== 128) throw error; }
      }
      console.log('done');`;
    await backend.objects.write([{ type: 'tree', content: new Uint8Array(0) }]);
    const runs = Array.from({ length: count }, (_, i) =>
      processes.run(script, { argument: { path: repository.path, name: `writer ${i}`, each } }),
    );
    const ended = await Promise.all([...runs, processes.run(git, { argument: { path: repository.path, each } })]);
    processes.dispose();
    for (const { status, stderr } of ended) expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const messages = repository.git('log', '--format=%s', 'refs/gatos/x').trim().split('\n');
    expect(messages).toHaveLength((count + 1) * each);
    expect(new Set(messages).size).toBe((count + 1) * each);
    expect(repository.fsck()).toBe('');
    expect(existsSync(join(repository.path, 'refs/gatos/x.lock'))).toBe(false);
  });
});
