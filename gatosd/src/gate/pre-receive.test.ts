/** Real pushes to a real server with our hook in it, each judged by a process of its own. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeJudgement, readDenial } from 'gatos-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preReceive } from './pre-receive.js';
import { buildProgram, GateStage, type Pushed, removePrograms } from './scratch-gate.js';

const ALICE = 'refs/gatos/journal/default/user-alice';
const ALL = 'refs/gatos/*:refs/gatos/*';
const FINE: Pushed = { status: 0, stderr: '', remote: [] };

/** The line that names the record of a denial. */
function deniedAs({ remote }: Pushed): string | undefined {
  return remote.find((line) => line.startsWith('denial '));
}

let stage: GateStage;
beforeAll(() => {
  stage = new GateStage(buildProgram());
});
afterAll(() => {
  stage.dispose();
  removePrograms();
});

describe('a server with our hook', () => {
  it.each(['sha1', 'sha256'] as const)('takes a whole history and what comes after it (%s)', async (format) => {
    const { hub, clone } = await stage.founded({ format });
    expect(stage.heads(hub)).toEqual(stage.heads(clone));
    await stage.emit(clone, ['second']);
    expect(await stage.push(clone, ALL)).toEqual(FINE);
    expect(stage.heads(hub)).toEqual(stage.heads(clone));
    const { status, remote } = await stage.push(clone, `+${ALICE}~1:${ALICE}`);
    expect({ status, rule: remote[1] }).toEqual({ status: 1, rule: '  rule: gate/append-only' });
    expect(stage.denials(hub)).toHaveLength(1);
  });

  it('refuses in plain words, and records that where it stays', async () => {
    const { hub, clone } = await stage.founded();
    await stage.emit(clone, ['second']);
    await stage.push(clone, ALL);
    const before = stage.heads(hub).get('journal/default/user-alice');
    const { status, remote } = await stage.push(clone, `+${ALICE}~1:${ALICE}`);
    expect(status).toBe(1);
    const [id, ...more] = stage.denials(hub);
    expect(more).toEqual([]);
    expect(remote[0]).toMatch(/^refused: moving `refs\/gatos\/journal\/default\/user-alice` from [0-9a-f]{12} to /);
    expect(remote[1]).toBe('  rule: gate/append-only');
    expect(remote.filter((line) => line.startsWith('  why: '))).toHaveLength(1);
    expect(remote.filter((line) => line.startsWith('  pass:'))).toHaveLength(1);
    expect(remote.at(-1)).toBe(`denial ${id}: \`git gatos policy explain ${id}\``);
    expect(remote.join('')).not.toMatch(/\p{Cc}/u);
    expect(stage.heads(hub).get('journal/default/user-alice')).toBe(before);
    // It outlives the quarantine, in which it never was, and whoever clones can verify it.
    expect(stage.git(hub, 'fsck', '--strict', '--no-dangling')).toBe('');
    stage.git(hub, 'gc', '--quiet', '--prune=now');
    stage.git(clone, 'fetch', '-q', 'origin', 'refs/gatos/audit/*:refs/gatos/audit/*');
    const verdict = await stage.within(clone, ({ repository }) => repository.verify());
    expect(verdict.report.outcome).toBe('pass');
  });

  it('says the same refusal once, and counts the others', async () => {
    const { hub, clone } = await stage.founded();
    const last = async (ref: string) => deniedAs(await stage.push(clone, `main:${ref}`));
    stage.git(clone, 'update-ref', 'refs/heads/main', stage.commit(clone, { a: '1' }));
    const first = await last('refs/gatos/one');
    expect(await last('refs/gatos/one')).toBe(first);
    const { remote } = await stage.push(clone, 'main:refs/gatos/one');
    expect(remote.slice(-2)).toEqual([first, expect.stringMatching(/^ {2}note: .* the same refusal/)]);
    const [one] = stage.denials(hub);
    expect(stage.denials(hub)).toHaveLength(1);
    await stage.pushWith({ GATOS_PUSHER: 'mallory' }, clone, 'main:refs/gatos/two');
    const [two, ...more] = stage.denials(hub).filter((id) => id !== one);
    expect(more).toEqual([]);
    stage.git(clone, 'fetch', '-q', 'origin', 'refs/gatos/audit/*:refs/gatos/audit/*');
    const bodies = await stage.within(clone, async ({ backend }) => [
      (await readDenial(backend, one ?? '')).body,
      (await readDenial(backend, two ?? '')).body,
    ]);
    const main = stage.git(clone, 'rev-parse', 'main').trim();
    expect(bodies).toMatchObject([
      { suppressed: 0, pusher: null, updates: [{ ref: 'refs/gatos/one', old: null, new: main }] },
      { suppressed: 2, pusher: 'mallory', refusals: [{ rule: 'gate/foreign-ref' }], policy_root: null, input: null },
    ]);
  });

  it('is no different from one without for ordinary pushes', async () => {
    const { hub, clone } = await stage.founded();
    const main = stage.commit(clone, { a: '1' });
    expect(await stage.push(clone, `${main}:refs/heads/main`, `${main}:refs/tags/v1`)).toEqual(FINE);
    const other = stage.commit(clone, { a: '2' });
    expect(await stage.push(clone, `+${other}:refs/heads/main`)).toEqual(FINE);
    expect(await stage.push(clone, ':refs/heads/main', ':refs/tags/v1')).toEqual(FINE);
    expect(stage.heads(hub, 'refs/heads/').size).toBe(0);
  });
});

describe('what a push may carry along', () => {
  it('options, and all or nothing', async () => {
    const { hub, clone } = await stage.founded();
    const main = stage.commit(clone, { a: '1' });
    expect(await stage.push(clone, '-o', 'one', '-o', 'two words', '--atomic', `${main}:refs/heads/main`)).toEqual(
      FINE,
    );
    const { status } = await stage.push(clone, '--atomic', `${main}:refs/heads/other`, `${main}:refs/gatos/x`);
    expect(status).toBe(1);
    expect([...stage.heads(hub, 'refs/heads/').keys()]).toEqual(['main']);
  });

  it('a namespace: its own history of its own founder, and its own denials', async () => {
    const { hub, clone } = await stage.founded();
    const there = { GIT_NAMESPACE: 'team/inner' };
    const prefix = 'refs/namespaces/team/refs/namespaces/inner/refs/gatos/';
    expect(await stage.pushWith(there, clone, ALL)).toEqual(FINE);
    expect(stage.heads(hub, prefix)).toEqual(stage.heads(clone));
    const { status, remote } = await stage.pushWith(there, clone, `:${ALICE}`);
    expect({ status, rule: remote[1] }).toEqual({ status: 1, rule: '  rule: gate/no-deletion' });
    expect(stage.denials(hub)).toEqual([]);
    const [id, ...more] = stage.denials(hub, prefix);
    expect({ more, last: remote.at(-1) }).toEqual({
      more: [],
      last: `denial ${id}: \`git gatos policy explain ${id}\``,
    });
  });

  it('refs that the server hides, which git refuses itself, and refs that it does not show', async () => {
    const { hub, clone } = await stage.founded();
    stage.git(hub, 'config', 'transfer.hideRefs', 'refs/hidden');
    stage.git(hub, 'config', '--add', 'receive.hideRefs', 'refs/gatos/audit');
    const main = stage.commit(clone, { a: '1' });
    expect(await stage.push(clone, `${main}:refs/heads/main`)).toEqual(FINE);
    expect((await stage.push(clone, `${main}:refs/hidden/x`)).stderr).toContain('deny updating a hidden ref');
    expect((await stage.push(clone, `${main}:refs/gatos/x`)).status).toBe(1);
    expect(stage.denials(hub)).toHaveLength(1);
  });

  it('replace refs and grafts, which change no verdict', async () => {
    const { hub, clone } = await stage.founded();
    await stage.emit(clone, ['second']);
    await stage.push(clone, ALL);
    const [root, head] = [
      stage.git(clone, 'rev-parse', `${ALICE}~1`).trim(),
      stage.git(clone, 'rev-parse', ALICE).trim(),
    ];
    stage.git(hub, 'replace', head, root);
    mkdirSync(join(hub, 'info'), { recursive: true });
    writeFileSync(join(hub, 'info', 'grafts'), `${head}\n`);
    // Git itself has something to say about grafts.
    expect((await stage.push(clone, `+${root}:${ALICE}`)).remote).toContain('  rule: gate/append-only');
    await stage.emit(clone, ['third']);
    expect((await stage.push(clone, ALICE)).status).toBe(0);
  });
});

describe('paths that are hard to quote', () => {
  it.each(['with: a colon.git', '"quoted": twice".git', 'caf\u00e9 \\ $x\t`y`.git'])('%j', async (name) => {
    const { hub, clone } = await stage.founded();
    const odd = stage.at(name);
    stage.git(stage.root, 'clone', '-q', '--mirror', hub, odd);
    await stage.guard(odd);
    stage.git(clone, 'remote', 'set-url', 'origin', `file://${odd}`);
    await stage.emit(clone, ['second']);
    expect(await stage.push(clone, ALICE)).toEqual(FINE);
    expect((await stage.push(clone, `:${ALICE}`)).remote[1]).toBe('  rule: gate/no-deletion');
  });
});

describe('a refusal that cannot be recorded', () => {
  it('stands, and says that the key of the gate is not trusted', async () => {
    const { hub, clone } = await stage.founded();
    await stage.guard(hub, { actor: 'service:other' });
    const { status, remote } = await stage.push(clone, `:${ALICE}`);
    expect(status).toBe(1);
    expect(remote.join('\n')).toContain(
      'this denial was not recorded\n  why:  the trust chain does not know `ed25519:',
    );
    expect(remote.join('\n')).toContain('git gatos trust add service:other ed25519:');
    expect(stage.denials(hub)).toEqual([]);
  });

  it('stands, and says that the gate has no key', async () => {
    const { hub, clone } = await stage.founded();
    rmSync(join(hub, 'gatos', 'keys'), { recursive: true });
    const { status, remote } = await stage.push(clone, `:${ALICE}`);
    expect({ status, last: remote.slice(-3) }).toEqual({
      status: 1,
      last: [
        'this denial was not recorded',
        '  why:  this gate has no key of its own',
        '  next: make one: `git gatos hooks install --server`',
      ],
    });
  });

  it('stands before there is any history', async () => {
    const { hub } = await stage.server();
    const { clone } = await stage.founded();
    stage.git(clone, 'remote', 'set-url', 'origin', hub);
    const { status, remote } = await stage.push(clone, ALICE);
    expect({ status, rule: remote[1] }).toEqual({ status: 1, rule: '  rule: gate/trust' });
    expect(remote.join('\n')).toContain('this denial was not recorded\n  why:  ');
    expect(stage.heads(hub).size).toBe(0);
  });

  it('stands when the disk is full', async () => {
    const { hub, clone } = await stage.founded();
    // Nothing that this process writes may grow: what a full disk does to it.
    const script = stage.at('full.sh');
    writeFileSync(script, `ulimit -f 0; exec '${process.execPath}' '${stage.program}' "$@"\n`);
    await stage.guard(hub, { program: { node: '/bin/sh', script } });
    const { status, remote } = await stage.push(clone, `:${ALICE}`);
    expect({ status, rule: remote[1] }).toEqual({ status: 1, rule: '  rule: gate/no-deletion' });
    expect(remote.join('\n')).toMatch(/this denial was not recorded\n {2}why: {2}.*(EFBIG|no space)/);
    expect(stage.denials(hub)).toEqual([]);
    expect(stage.git(hub, 'fsck', '--strict', '--no-dangling')).toBe('');
  });
});

describe('a gate that cannot judge', () => {
  it('refuses when it is killed, stopped, or takes too long', async () => {
    const { hub, clone } = await stage.founded();
    await stage.emit(
      clone,
      Array.from({ length: 5 }, (_, i) => i),
    );
    const script = stage.at('dies.sh');
    for (const body of ['kill -9 $$', 'kill -TERM $$', 'exit 3', 'cat >/dev/null; exit 70']) {
      writeFileSync(script, `${body}\n`);
      await stage.guard(hub, { program: { node: '/bin/sh', script } });
      expect((await stage.push(clone, ALICE)).status).toBe(1);
    }
    await stage.guard(hub);
    const late = await stage.pushWith({ GATOS_TEST_TIMEOUT: '0' }, clone, ALICE);
    expect(late.status).toBe(1);
    expect(late.remote.join('\n')).toContain('judging it took longer than 0 seconds');
    expect(await stage.push(clone, ALICE)).toEqual(FINE);
  });

  it.each([
    ['no input', '', 'the push names no ref'],
    [
      'an input that was cut off',
      `${'0'.repeat(40)} ${'a'.repeat(40)} refs/heads/x`,
      'line 1 of the push is malformed: it does not end',
    ],
    [
      'ids of another format',
      `${'0'.repeat(64)} ${'a'.repeat(64)} refs/heads/x\n`,
      'it does not have an object id of a sha1 repository',
    ],
    ['a line without a ref', `${'0'.repeat(40)} ${'a'.repeat(40)}\n`, 'it does not have three words'],
    ['noise', '\xff\xfe\0\n', 'UTF-8'],
  ])('refuses %s', async (_, text, why) => {
    const { hub } = await stage.server();
    const stdin = Buffer.from(text, 'latin1');
    const result = await preReceive({ cwd: hub, env: stage.env('server', { GIT_DIR: hub }), stdin });
    expect(result.exit).toBe(1);
    expect(result.lines.join('\n')).toContain(why);
    expect(result.judgement.refusals[0]?.rule).toBe('gate/malformed');
  });

  it('refuses an input that fails, and one without end, which it reads to its end', async () => {
    const { hub } = await stage.server();
    const door = { cwd: hub, env: stage.env('server', { GIT_DIR: hub }) };
    async function* broken() {
      yield Buffer.from('0');
      throw Object.assign(new Error('EIO: i/o error, read'), { syscall: 'read' });
    }
    expect((await preReceive({ ...door, stdin: broken() })).judgement.refusals[0]?.rule).toBe('gate/could-not-check');
    let chunks = 0;
    async function* endless() {
      for (; chunks < 60; chunks++) yield new Uint8Array(1024 * 1024);
    }
    const long = await preReceive({ ...door, stdin: endless() });
    expect(long.judgement.refusals[0]?.rule).toBe('gate/limits');
    expect(chunks).toBe(60);
  });

  it('refuses where there is no repository, and a quarantine that is none', async () => {
    const stdin = Buffer.from(`${'0'.repeat(40)} ${'a'.repeat(40)} refs/gatos/x\n`);
    const nowhere = await preReceive({ cwd: stage.folder('nowhere'), env: stage.env('server'), stdin });
    expect(nowhere).toMatchObject({ exit: 1, audit: null });
    const { hub } = await stage.server();
    for (const path of [
      stage.folder('elsewhere'),
      '/',
      join(hub, 'objects', 'info'),
      join(hub, 'objects', 'tmp_objdir-incoming-gone'),
    ]) {
      const env = stage.env('server', { GIT_DIR: hub, GIT_QUARANTINE_PATH: path, GIT_OBJECT_DIRECTORY: path });
      const result = await preReceive({ cwd: hub, env, stdin });
      expect(result.judgement.refusals[0]?.why[0]).toContain('the objects of the push cannot be found');
    }
    const spaced = await preReceive({
      cwd: hub,
      env: stage.env('server', { GIT_DIR: hub, GIT_NAMESPACE: 'a b' }),
      stdin,
    });
    expect(spaced.judgement.refusals[0]?.why[0]).toBe('`a b` is no git namespace');
  });

  it('tells of a push that is stopped while it is judged', async () => {
    const { hub } = await stage.founded();
    const stop = new AbortController();
    stop.abort();
    const stdin = Buffer.from(`${'0'.repeat(40)} ${'a'.repeat(40)} refs/gatos/x\n`);
    const result = await preReceive({
      cwd: hub,
      env: stage.env('server', { GIT_DIR: hub }),
      stdin,
      signal: stop.signal,
    });
    expect(result.judgement.refusals[0]?.why).toEqual(['the gate was stopped while it judged']);
    expect([result.audit, stage.denials(hub)]).toEqual([null, []]);
    expect(encodeJudgement(result.judgement).length).toBeGreaterThan(0);
  });
});

describe('several pushes at once', () => {
  it('are each judged, and of those that race for one ref one wins', async () => {
    const { hub, clone } = await stage.founded();
    const clones = await Promise.all(
      [1, 2, 3].map(async (n) => {
        const path = stage.at(`racer ${n}`);
        stage.git(stage.root, 'clone', '-q', '--mirror', clone, path);
        stage.git(path, 'remote', 'set-url', 'origin', hub);
        stage.git(path, 'config', 'remote.origin.mirror', 'false');
        return path;
      }),
    );
    const main = stage.commit(clone, { a: '1' });
    for (const path of clones) stage.git(path, 'fetch', '-q', clone, main);
    const pushed = await Promise.all([
      ...clones.map((path, i) => stage.push(path, `${main}:refs/heads/mine-${i}`)),
      ...clones.map((path) => stage.push(path, `${main}:refs/heads/shared`)),
      ...clones.map((path) => stage.push(path, `:${ALICE}`)),
    ]);
    expect(pushed.slice(0, 3).map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(pushed.slice(3, 6).filter(({ status }) => status === 0).length).toBeGreaterThanOrEqual(1);
    expect(pushed.slice(6).map(({ status }) => status)).toEqual([1, 1, 1]);
    expect([...stage.heads(hub, 'refs/heads/').keys()].sort()).toEqual(['mine-0', 'mine-1', 'mine-2', 'shared']);
    expect(stage.heads(hub).has('journal/default/user-alice')).toBe(true);
    // Each was recorded, or is the same as one that is.
    const ids = new Set(pushed.slice(6).map(deniedAs));
    expect(stage.denials(hub).length).toBe(ids.size);
    expect(existsSync(join(hub, 'gatos', 'gate', 'flood.lock'))).toBe(false);
  });

  it('leave nothing of a push that breaks off', async () => {
    const { hub, clone } = await stage.founded();
    const script = stage.at('slow.sh');
    writeFileSync(script, 'kill -9 $PPID; sleep 1\n');
    await stage.guard(hub, { program: { node: '/bin/sh', script } });
    await stage.emit(clone, ['second']);
    const before = stage.heads(hub);
    expect((await stage.push(clone, ALICE)).status).not.toBe(0);
    expect(stage.heads(hub)).toEqual(before);
    await stage.guard(hub);
    expect(await stage.push(clone, ALICE)).toEqual(FINE);
  });
});
