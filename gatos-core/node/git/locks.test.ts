import { spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Oid } from '../../src/git/index.js';
import { writeLine } from '../../testing/git-contract-world.js';
import { type NativeBackend, openNativeBackend } from './index.js';
import type { Step } from './new-object.js';
import { hasEnded, ownIdentity } from './process-identity.js';
import { ScratchProcesses } from './scratch-process.js';
import { CLEAN, ScratchRepository } from './scratch-repository.js';

let processes: ScratchProcesses;
let repository: ScratchRepository;
let backend: NativeBackend;
let line: Oid[];

beforeAll(() => {
  processes = new ScratchProcesses(buildSync);
});
afterAll(() => processes.dispose());
beforeEach(async () => {
  repository = new ScratchRepository({ bare: true });
  backend = await openNativeBackend({ path: repository.path, env: CLEAN, lockWaitMs: 400 });
  line = await writeLine(backend, 8);
});
afterEach(async () => {
  await backend.close();
  repository.dispose();
});

const NAME = 'refs/gatos/journal/default/user-alice';
const oid = (index: number): Oid => line[index] as Oid;

/** Appends to a chain as its owner would, and is killed by SIGKILL at the n-th time a step is reached. */
const KILLED = `
import { openNativeBackend, hashObject, encodeCommit } from './adapter.mjs';
const { path, edits, step, objects, times } = JSON.parse(process.argv[2]);
let left = times ?? 1;
const onStep = (at) => { if (at === step && --left === 0) process.kill(process.pid, 'SIGKILL'); };
const backend = await openNativeBackend({ path, onStep });
if (objects > 0) await backend.objects.write(Array.from({ length: objects }, (_, i) => ({ type: 'blob', content: new TextEncoder().encode('killed ' + objects + ' ' + i) })));
if (edits) await backend.refs.transaction(edits);
console.log('survived');
`;

async function killAt(step: Step, argument: { edits?: object[]; objects?: number; times?: number }): Promise<void> {
  const ended = await processes.run(KILLED, { argument: { path: repository.path, step, ...argument } });
  expect(ended, ended.stderr).toMatchObject({ signal: 'SIGKILL', stdout: '' });
}

describe('a writer that is killed', () => {
  const REF_STEPS: readonly [Step, boolean][] = [
    ['lock-prepared', false],
    ['lock-held', false],
    ['refs-verified', false],
    ['ref-published', true],
    ['refs-published', true],
    ['locks-released', true],
  ];

  it.each(REF_STEPS)('at %s leaves the old value or the new one, and bars nobody', async (step, published) => {
    await backend.refs.transaction([{ name: NAME, expected: null, next: oid(0) }]);
    await killAt(step, { edits: [{ name: NAME, expected: oid(0), next: oid(1) }] });
    const now = published ? oid(1) : oid(0);
    expect(await backend.refs.read(NAME)).toBe(now);
    await backend.refs.transaction([{ name: NAME, expected: now, next: oid(2) }]);
    expect(await backend.refs.read(NAME)).toBe(oid(2));
    expect(repository.git('rev-parse', NAME).trim()).toBe(oid(2));
    repository.git('update-ref', NAME, oid(3), oid(2));
    expect(repository.fsck()).toBe('');
    // Whoever comes next sweeps up.
    const next = await openNativeBackend({ path: repository.path, env: CLEAN });
    await next.refs.transaction([{ name: NAME, expected: oid(3), next: oid(4) }]);
    expect(repository.leftovers()).toEqual([]);
  });

  it.each<Step>(['lock-prepared', 'lock-held', 'refs-verified', 'ref-published', 'refs-published', 'locks-released'])(
    'at %s of a first write',
    async (step) => {
      await killAt(step, { edits: [{ name: NAME, expected: null, next: oid(1) }] });
      const now = await backend.refs.read(NAME);
      expect([null, oid(1)]).toContain(now);
      await backend.refs.transaction([{ name: NAME, expected: now, next: oid(2) }]);
      expect(await backend.refs.list('refs/')).toEqual([{ name: NAME, oid: oid(2) }]);
    },
  );

  const TOGETHER: readonly [Step, number][] = [
    ['lock-held', 1],
    ['refs-verified', 1],
    ['packed-refs-written', 1],
    ['ref-published', 1],
    ['ref-published', 2],
    ['ref-published', 3],
    ['packed-refs-written', 2],
    ['refs-published', 1],
    ['locks-released', 1],
  ];
  it.each(TOGETHER)('at %s (%i) of several refs leaves all as they were, or all changed', async (step, times) => {
    const before = { 'refs/gatos/a/x': oid(0), 'refs/gatos/b': oid(0) };
    for (const [name, next] of Object.entries(before)) await backend.refs.transaction([{ name, expected: null, next }]);
    const edits = [
      { name: 'refs/gatos/a/x', expected: oid(0), next: oid(1) },
      { name: 'refs/gatos/b', expected: oid(0), next: null },
      { name: 'refs/gatos/c', expected: null, next: oid(1) },
    ];
    await killAt(step, { edits, times });
    const now = Object.fromEntries((await backend.refs.list('refs/')).map(({ name, oid: value }) => [name, value]));
    const after = { 'refs/gatos/a/x': oid(1), 'refs/gatos/c': oid(1) };
    expect([before, after]).toContainEqual(now);
    const changed = 'refs/gatos/c' in now;
    expect(changed).toBe(
      (step === 'packed-refs-written' && times === 2) || step === 'refs-published' || step === 'locks-released',
    );
    // The same refs and their packed file are free for the next one.
    await backend.refs.transaction(Object.entries(now).map(([name, value]) => ({ name, expected: value, next: null })));
    await backend.refs.transaction([{ name: 'refs/gatos/a', expected: null, next: oid(2) }]);
    repository.git('pack-refs', '--all');
    expect(await backend.refs.list('refs/')).toEqual([{ name: 'refs/gatos/a', oid: oid(2) }]);
    expect(repository.fsck()).toBe('');
  });

  const OBJECT_STEPS: readonly [Step, number][] = [
    ['object-written', 3],
    ['objects-flushed', 3],
    ['object-published', 3],
    ['objects-durable', 3],
    ['pack-written', 300],
    ['pack-published', 300],
    ['index-published', 300],
    ['objects-durable', 300],
  ];
  it.each(OBJECT_STEPS)('at %s of %i objects leaves nothing half-written', async (step, objects) => {
    await killAt(step, { objects });
    expect(repository.fsck()).toBe('');
    const repeated = await backend.objects.write(
      Array.from({ length: objects }, (_, i) => ({
        type: 'blob' as const,
        content: new TextEncoder().encode(`killed ${objects} ${i}`),
      })),
    );
    expect(await backend.objects.has(repeated)).toEqual(repeated.map(() => true));
    expect(repository.fsck()).toBe('');
    // Git's own gc removes what was never published, once it is old.
    for (const file of repository.leftovers()) utimesSync(join(repository.gitDir, file), 1, 1);
    repository.git('gc', '-q', '--prune=now');
    expect(repository.leftovers()).toEqual([]);
  });
});

describe('taking over the lock of the dead', () => {
  const LOCK = `${NAME}.lock`;
  const locks = () => readdirSync(join(repository.gitDir, 'gatos', 'locks')).sort();
  const edit = { name: NAME, expected: null as Oid | null, next: '' as Oid | null };

  it('an heir that is killed at any point has an heir itself', async () => {
    await killAt('lock-held', { edits: [{ ...edit, next: oid(0) }] });
    for (const step of ['lock-inherited', 'lock-inherited', 'lock-held', 'lock-inherited', 'refs-verified'] as const) {
      await killAt(step, { edits: [{ ...edit, next: oid(1) }] });
      expect(existsSync(join(repository.gitDir, LOCK))).toBe(true);
    }
    await backend.refs.transaction([{ ...edit, next: oid(2) }]);
    expect(await backend.refs.read(NAME)).toBe(oid(2));
    const next = await openNativeBackend({ path: repository.path, env: CLEAN });
    await next.refs.transaction([{ name: NAME, expected: oid(2), next: oid(3) }]);
    expect(repository.leftovers()).toEqual([]);
  });

  const HEIR_STEPS = ['heir-linked', 'lock-inherited', 'take-linked', 'lock-replaced', 'dead-removed'] as const;

  it.each(
    HEIR_STEPS.flatMap((first) =>
      (['take-linked', 'lock-replaced'] as const).map((second) => [first, second] as const),
    ),
  )('heirs that are killed at %s and at %s bar nobody and leave nothing', async (first, second) => {
    await killAt('lock-held', { edits: [{ ...edit, next: oid(0) }] });
    for (const step of [first, second]) {
      await killAt(step, { edits: [{ ...edit, next: oid(1) }] });
      expect(existsSync(join(repository.gitDir, LOCK))).toBe(true);
      expect(await backend.refs.read(NAME)).toBeNull();
    }
    await backend.refs.transaction([{ ...edit, next: oid(2) }]);
    expect(await backend.refs.read(NAME)).toBe(oid(2));
    // One sweep takes the dead, the next one what only they needed.
    for (let i = 2; i < 5; i++) {
      const next = await openNativeBackend({ path: repository.path, env: CLEAN });
      await next.refs.transaction([{ name: NAME, expected: oid(i), next: oid(i + 1) }]);
    }
    expect(repository.leftovers()).toEqual([]);
  });

  it('an heir that cannot go on leaves the lock to others', async () => {
    await killAt('lock-held', { edits: [{ ...edit, next: oid(0) }] });
    const room = join(repository.gitDir, 'gatos', 'locks');
    const dead = locks();
    // Whatever keeps it from making a link: here, the name is taken.
    const onStep = (step: Step): void => {
      if (step !== 'lock-inherited') return;
      const [own] = locks().filter((name) => !dead.includes(name) && !name.endsWith('.heir'));
      writeFileSync(join(room, `${own}.take`), '');
    };
    const unlucky = await openNativeBackend({ path: repository.path, env: CLEAN, onStep });
    await expect(unlucky.refs.transaction([{ ...edit, next: oid(1) }])).rejects.toMatchObject({ code: 'git/io' });
    await backend.refs.transaction([{ ...edit, next: oid(2) }]);
    expect(await backend.refs.read(NAME)).toBe(oid(2));
  });

  it('whoever came by way of an heir that has left meanwhile does not take it', async () => {
    await killAt('lock-held', { edits: [{ ...edit, next: oid(0) }] });
    const [dead] = locks();
    await killAt('lock-inherited', { edits: [{ ...edit, next: oid(1) }] });
    const room = join(repository.gitDir, 'gatos', 'locks');
    const { pid, startTime, realm } = ownIdentity();
    const living = `living.${pid}.${startTime}.${realm}`;
    writeFileSync(join(room, living), '');
    let times = 0;
    const onStep = (step: Step): void => {
      if (step !== 'heir-linked') return;
      times += 1;
      // As if the heir of the holder had been this one all along, and the dead one had its inode only afterwards.
      unlinkSync(join(room, `${dead}.heir`));
      linkSync(join(room, living), join(room, `${dead}.heir`));
    };
    const late = await openNativeBackend({ path: repository.path, env: CLEAN, lockWaitMs: 100, onStep });
    await expect(late.refs.transaction([{ ...edit, next: oid(2) }])).rejects.toMatchObject({ code: 'git/ref-locked' });
    expect(times).toBe(1);
    expect(await backend.refs.read(NAME)).toBeNull();
  });

  it('of many who find it at once, one wins and the others see what it wrote', async () => {
    for (let round = 0; round < 4; round++) {
      const expected = await backend.refs.read(NAME);
      await killAt('lock-held', { edits: [{ name: NAME, expected, next: oid(0) === expected ? oid(7) : oid(0) }] });
      const script = `
        import { openNativeBackend } from './adapter.mjs';
        const { path, edit, at } = JSON.parse(process.argv[2]);
        const backend = await openNativeBackend({ path });
        while (Date.now() < at);
        try { await backend.refs.transaction([edit]); console.log('won'); } catch (error) { console.log(error.code); }
      `;
      const at = Date.now() + 400;
      const rivals = line.slice(1, 7).filter((next) => next !== expected);
      const ended = await Promise.all(
        rivals.map((next) =>
          processes.run(script, { argument: { path: repository.path, edit: { name: NAME, expected, next }, at } }),
        ),
      );
      const words = ended.map(({ stdout, stderr }) => stdout.trim() || stderr);
      expect(words.filter((word) => word === 'won')).toHaveLength(1);
      expect(words.filter((word) => word !== 'won' && word !== 'git/ref-moved')).toEqual([]);
      expect(await backend.refs.read(NAME)).toBe(rivals[words.indexOf('won')]);
    }
  });

  it('a living holder is waited for, and left alone', async () => {
    const script = `
      import { openNativeBackend } from './adapter.mjs';
      import { writeFileSync } from 'node:fs';
      const { path, edit } = JSON.parse(process.argv[2]);
      const onStep = (at) => { if (at === 'lock-held') { writeFileSync(path + '/held', ''); const until = Date.now() + 1500; while (Date.now() < until); } };
      await (await openNativeBackend({ path, onStep })).refs.transaction([edit]);
      console.log('done');
    `;
    const holder = processes.run(script, { argument: { path: repository.path, edit: { ...edit, next: oid(0) } } });
    while (!existsSync(join(repository.gitDir, 'held'))) await new Promise((resolve) => setTimeout(resolve, 5));
    await expect(backend.refs.transaction([{ ...edit, next: oid(1) }])).rejects.toMatchObject({
      code: 'git/ref-locked',
      data: { ref: NAME, lock: join(backend.commonDir, LOCK) },
    });
    expect((await holder).stdout).toBe('done\n');
    expect(await backend.refs.read(NAME)).toBe(oid(0));
    expect(locks()).toEqual([]);
  });

  it('a living holder that counts time from another start is left alone', async ({ skip }) => {
    const elsewhere = ['unshare', '--map-root-user', '--time', '--boottime', '100000', '--fork'];
    if (spawnSync('unshare', [...elsewhere.slice(1), 'true']).status !== 0) skip('no time namespaces here');
    const script = `
      import { openNativeBackend } from './adapter.mjs';
      const { path, edit } = JSON.parse(process.argv[2]);
      const backend = await openNativeBackend({ path, lockWaitMs: 300 });
      await backend.refs.transaction([edit]).then(() => console.log('taken'), ({ code }) => console.log(code));
    `;
    let rival = '';
    const onStep = (step: Step): void => {
      if (step !== 'lock-held') return;
      const argument = JSON.stringify({ path: repository.path, edit: { ...edit, next: oid(1) } });
      const [program = '', ...words] = [...elsewhere, process.execPath, processes.write(script), argument];
      // This process does nothing else meanwhile, as it does between any two system calls.
      rival = spawnSync(program, words, { env: CLEAN, encoding: 'utf8' }).stdout;
    };
    const holder = await openNativeBackend({ path: repository.path, env: CLEAN, onStep });
    await holder.refs.transaction([{ ...edit, next: oid(0) }]);
    expect(rival).toBe('git/ref-locked\n');
    expect(await backend.refs.read(NAME)).toBe(oid(0));
  });

  it('a process that sees the processes of others by its own numbers does not name itself', async ({ skip }) => {
    const inside = ['unshare', '--map-root-user', '--pid', '--fork'];
    if (spawnSync('unshare', [...inside.slice(1), 'true']).status !== 0) skip('no process namespaces here');
    const script = `
      import { openNativeBackend } from './adapter.mjs';
      import { readdirSync } from 'node:fs';
      const { path, edit } = JSON.parse(process.argv[2]);
      const onStep = (step) => { if (step === 'lock-held') console.log(readdirSync(path + '/gatos/locks').join()); };
      await (await openNativeBackend({ path, onStep })).refs.transaction([edit]);
    `;
    const argument = { path: repository.path, edit: { ...edit, next: oid(0) } };
    const { stdout, stderr } = await processes.run(script, { argument, under: inside });
    expect(stdout, stderr).toMatch(/^[\w-]+\.1\.[0-9]+\.0\n$/);
  });

  it.each([
    ['from another start of the machine', (own: string) => own.replace(/[0-9a-f]+$/, '0123456789abcdef')],
    ['whose start is unknown', (own: string) => own.replace(/\.[0-9]+(\.[0-9a-f]+)$/, '.0$1')],
    ['with a name that is none of ours', () => 'somebody'],
  ])('a holder %s is not held for dead', async (_, rename) => {
    await killAt('lock-held', { edits: [{ ...edit, next: oid(0) }] });
    const [own] = locks();
    const directory = join(repository.gitDir, 'gatos', 'locks');
    renameSync(join(directory, own as string), join(directory, rename(own as string)));
    await expect(backend.refs.transaction([{ ...edit, next: oid(1) }])).rejects.toMatchObject({
      code: 'git/ref-locked',
    });
    expect(existsSync(join(repository.gitDir, LOCK))).toBe(true);
  });

  it("git's own lock, and one whose prepared file is gone, stay", async () => {
    await killAt('lock-held', { edits: [{ ...edit, next: oid(0) }] });
    const [own] = locks();
    repository.remove(`gatos/locks/${own}`);
    await expect(backend.refs.transaction([{ ...edit, next: oid(1) }])).rejects.toMatchObject({
      code: 'git/ref-locked',
    });
    repository.remove(LOCK);
    await backend.refs.transaction([{ ...edit, next: oid(1) }]);
  });

  it('git waits for our locks too', async () => {
    await killAt('lock-held', { edits: [{ ...edit, next: oid(0) }] });
    expect(() => repository.git('-c', 'core.filesRefLockTimeout=50', 'update-ref', NAME, oid(1))).toThrow(/lock/);
    expect(repository.git('for-each-ref')).toBe('');
  });

  it('what others need is not swept away', async () => {
    await killAt('ref-published', { edits: [{ ...edit, next: oid(0) }] });
    const [own] = locks();
    // The prepared file is the same file as the ref now: it stays until the ref moves on.
    expect(statSync(join(repository.gitDir, NAME)).nlink).toBe(2);
    await backend.refs.transaction([{ name: 'refs/gatos/other', expected: null, next: oid(1) }]);
    expect(locks()).toEqual([own]);
    await backend.refs.transaction([{ name: NAME, expected: oid(0), next: oid(1) }]);
    const next = await openNativeBackend({ path: repository.path, env: CLEAN });
    await next.refs.transaction([{ name: NAME, expected: oid(1), next: oid(2) }]);
    expect(locks()).toEqual([]);
    writeFileSync(join(repository.gitDir, 'gatos', 'locks', 'README'), '');
    linkSync(join(repository.gitDir, 'HEAD'), join(repository.gitDir, 'gatos', 'locks', 'x.heir'));
    const third = await openNativeBackend({ path: repository.path, env: CLEAN });
    await third.refs.transaction([{ name: NAME, expected: oid(2), next: null }]);
    expect(locks()).toEqual(['README']);
    expect(readFileSync(join(repository.gitDir, 'HEAD'), 'utf8')).toContain('ref:');
  });
});

describe('who a process is', () => {
  it('is known of this one, and that it lives', () => {
    const own = ownIdentity();
    expect(own.pid).toBe(process.pid);
    expect(hasEnded(own)).toBe(false);
    expect(hasEnded({ ...own, startTime: String(Number(own.startTime) + 1) })).toBe(true);
    expect(hasEnded({ ...own, pid: 1 })).toBe(true);
    expect(hasEnded({ ...own, realm: 'f'.repeat(16), pid: 999_999_99 })).toBe(false);
    expect(hasEnded({ ...own, startTime: '0', pid: 999_999_99 })).toBe(false);
  });
});
