/** The other two doors, and hooks that were there before: real pushes from a clone that looks first, and a check as CI makes it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkRange } from './check-range.js';
import { installHooks, uninstallHooks } from './hooks.js';
import { buildProgram, GateStage, type Pushed, removePrograms } from './scratch-gate.js';

const ALICE = 'refs/gatos/journal/default/user-alice';
const FINE: Pushed = { status: 0, stderr: '', remote: [] };
const RULES = `
deny "no-secret" message "{change.path} is a secret" when {
  update in input.updates
  commit in update.commits
  change in commit.changes
  glob.match("secret/**", change.path)
}
`;

let stage: GateStage;
beforeAll(() => {
  stage = new GateStage(buildProgram());
});
afterAll(() => {
  stage.dispose();
  removePrograms();
});

async function lawful() {
  const founded = await stage.founded();
  await stage.adopt(founded.clone, { 'law.rgs': RULES });
  const main = stage.commit(founded.clone, { a: '1' });
  stage.git(founded.clone, 'update-ref', 'refs/heads/main', main);
  expect(await stage.push(founded.clone, 'refs/gatos/*:refs/gatos/*', 'main')).toEqual(FINE);
  stage.git(founded.clone, 'fetch', '-q', 'origin');
  return { ...founded, main };
}

function client(cwd: string) {
  const program = { node: process.execPath, script: stage.program };
  return installHooks({ cwd, env: stage.env(), side: 'client', program, passphrase: async () => null });
}

describe('a clone that looks before it pushes', () => {
  it('hears what the server would say, before anything is sent', async () => {
    const { hub, clone, main } = await lawful();
    await client(clone);
    const before = stage.heads(hub, 'refs/');
    const bad = stage.commit(clone, { 'secret/x': '1' }, main);
    const here = await stage.push(clone, `${bad}:refs/heads/main`);
    expect(here.status).toBe(1);
    expect(here.remote).toEqual([]);
    expect(here.stderr).toContain('refused: secret/x is a secret\n  rule: policy/no-secret\n');
    expect(here.stderr).not.toContain('denial');
    expect(stage.heads(hub, 'refs/')).toEqual(before);
    // Who goes past it meets the server, which says the same.
    const there = await stage.push(clone, '--no-verify', `${bad}:refs/heads/main`);
    expect(there.status).toBe(1);
    for (const line of there.remote.filter((text) => !text.startsWith('denial '))) expect(here.stderr).toContain(line);
    expect(stage.denials(hub)).toHaveLength(1);
  });

  it('passes what the server passes: by name, by url, to where nothing is yet, and nothing at all', async () => {
    const { hub, clone, main } = await lawful();
    await client(clone);
    await stage.emit(clone, ['more']);
    expect(await stage.push(clone, ALICE)).toEqual(FINE);
    expect(await stage.push(clone, ALICE)).toEqual(FINE);
    expect(await stage.push(clone, `${stage.commit(clone, { b: '1' }, main)}:refs/heads/main`)).toEqual(FINE);
    await stage.emit(clone, ['by url']);
    expect(await stage.push(clone, '--to', hub, ALICE)).toEqual(FINE);
    expect((await stage.push(clone, '--to', hub, `:${ALICE}`)).stderr).toContain('rule: gate/no-deletion');
    const { hub: empty } = await stage.server();
    expect(await stage.push(clone, '--to', empty, 'refs/gatos/*:refs/gatos/*')).toEqual(FINE);
  });

  it('refuses what cannot be judged', async () => {
    const { clone } = await lawful();
    await client(clone);
    const { status, stderr } = await stage.pushWith({ GATOS_TEST_TIMEOUT: '0' }, clone, `:${ALICE}`);
    expect(status).toBe(1);
    expect(stderr).toContain('rule: gate/could-not-check');
  });
});

describe('a check in CI', () => {
  it('judges what was pushed to a forge without hooks, from a fresh clone', async () => {
    const { hub, clone, main } = await lawful();
    await uninstallHooks({ cwd: hub, env: stage.env() });
    const bad = stage.commit(clone, { 'secret/x': '1' }, main);
    expect(await stage.push(clone, `${bad}:refs/heads/main`)).toEqual(FINE);
    const ci = stage.at('ci');
    stage.git(stage.root, 'clone', '-q', hub, ci);
    stage.git(ci, 'fetch', '-q', 'origin', '+refs/gatos/*:refs/gatos/*');
    const at = { cwd: ci, env: stage.env('ci') };
    const pushed = await checkRange({ ...at, what: { range: `${main}..${bad}`, ref: 'refs/heads/main' } });
    expect(pushed.exit).toBe(12);
    expect(pushed.lines.slice(0, 2)).toEqual(['refused: secret/x is a secret', '  rule: policy/no-secret']);
    expect(pushed.lines.join('\n')).not.toContain('denial');
    const short = await checkRange({ ...at, what: { range: 'HEAD~1..HEAD', ref: 'main' } });
    expect(short.lines).toEqual(pushed.lines);
    // A new branch brings what no other has: what stands on main already was judged there.
    const topic = stage.commit(clone, { 'secret/y': '1' }, main);
    expect(await stage.push(clone, `${topic}:refs/heads/topic`)).toEqual(FINE);
    stage.git(ci, 'fetch', '-q', 'origin');
    const zero = '0'.repeat(40);
    const fresh = await checkRange({ ...at, what: { range: `${zero}..origin/topic`, ref: 'refs/heads/topic' } });
    expect(fresh.exit).toBe(12);
    const fine = await checkRange({ ...at, what: { range: `${zero}..${main}`, ref: 'refs/heads/other' } });
    expect(fine).toMatchObject({ exit: 0, lines: [] });
    const lost = await checkRange({ ...at, what: { range: `${ALICE}..${zero}`, ref: ALICE } });
    expect(lost.exit).toBe(14);
  });

  it('says what it cannot check, with its own status', async () => {
    const { hub, clone, main } = await lawful();
    const bad = stage.commit(clone, { 'secret/x': '1' }, main);
    stage.git(hub, 'fetch', '-q', clone, `${bad}:refs/heads/topic`);
    const shallow = stage.at('shallow');
    stage.git(stage.root, 'clone', '-q', '--depth=1', '-b', 'topic', `file://${hub}`, shallow);
    const at = { cwd: shallow, env: stage.env('ci') };
    const unknown = await checkRange({ ...at, what: { range: `${main}..HEAD`, ref: 'main' } });
    expect(unknown).toMatchObject({ exit: 1 });
    expect(unknown.lines.join('\n')).toContain('there is no');
    stage.git(shallow, 'fetch', '-q', 'origin', '+refs/gatos/*:refs/gatos/*');
    const zero = '0'.repeat(40);
    const cut = await checkRange({ ...at, what: { range: `${zero}..HEAD`, ref: 'refs/heads/topic' } });
    expect(cut.exit).toBe(30);
    expect(cut.lines).toContain('  rule: gate/could-not-check');
    for (const range of ['HEAD', 'a...b', 'HEAD..', '..', 'HEAD..--all', 'x..y..z']) {
      const odd = await checkRange({ ...at, what: { range, ref: 'main' } });
      expect({ range, verdict: odd.judgement.verdict, exit: odd.exit }).toEqual({ range, verdict: 'deny', exit: 1 });
    }
    const nowhere = await checkRange({
      cwd: stage.folder('no repository'),
      env: stage.env('ci'),
      what: { range: 'a..b', ref: 'main' },
    });
    expect(nowhere.judgement.verdict).toBe('deny');
  });

  it('runs as a program, on lines as of a hook', async () => {
    const { clone, main } = await lawful();
    const bad = stage.commit(clone, { 'secret/x': '1' }, main);
    const args = [stage.program, 'gate', 'check'];
    const env = stage.env() as NodeJS.ProcessEnv;
    const run = (input: string) => spawnSync(process.execPath, args, { cwd: clone, env, input, encoding: 'utf8' });
    expect(run(`${main} ${bad} refs/heads/main\n`)).toMatchObject({ status: 12 });
    expect(run(`${main} ${main} refs/heads/main\n`)).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('a hook that was there before ours', () => {
  it('is asked first by real pushes, and comes back as it was', async () => {
    const { hub, clone, main } = await lawful();
    await uninstallHooks({ cwd: hub, env: stage.env() });
    const hook = join(hub, 'hooks', 'pre-receive');
    const seen = stage.at('seen');
    writeFileSync(hook, `#!/bin/sh\ncat > '${seen}'\n! grep -q forbidden '${seen}'\n`);
    chmodSync(hook, 0o755);
    const before = readFileSync(hook);
    await stage.guard(hub);
    const push = (ref: string, commit: string) => stage.push(clone, `${commit}:${ref}`);
    expect(await push('refs/heads/fine', main)).toEqual(FINE);
    expect(readFileSync(seen, 'utf8')).toBe(`${'0'.repeat(40)} ${main} refs/heads/fine\n`);
    expect((await push('refs/heads/forbidden', main)).status).toBe(1);
    expect(stage.denials(hub)).toEqual([]);
    expect((await push('refs/gatos/x', main)).status).toBe(1);
    expect(stage.denials(hub)).toHaveLength(1);
    await uninstallHooks({ cwd: hub, env: stage.env() });
    expect(readFileSync(hook)).toEqual(before);
    expect(existsSync(`${hook}.gatos-chained`)).toBe(false);
    expect((await push('refs/heads/forbidden', main)).status).toBe(1);
    expect(execFileSync('git', ['-C', hub, 'fsck', '--no-dangling'], { encoding: 'utf8' })).toBe('');
  });
});
