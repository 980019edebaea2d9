/** Law at the boundary: a decision becomes law, a push is refused and explains itself, two approvals later it passes. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Run, type Stage } from './stage.js';

let stage: Stage;
let work: string;
let server: string;

const gatos = (cwd: string, ...args: string[]): Run => stage.run(['git', 'gatos', ...args], { cwd });

function become(name: string): void {
  const path = join(work, '.git', 'gatos', 'settings.json');
  const settings = { ...JSON.parse(readFileSync(path, 'utf8')), actor: `user:${name}`, key: name };
  writeFileSync(path, JSON.stringify(settings));
}

function commit(path: string, text: string): string {
  mkdirSync(join(work, path, '..'), { recursive: true });
  writeFileSync(join(work, path), text);
  stage.git(['add', '-A'], { cwd: work });
  stage.git(['commit', '-qm', `change ${path}`], { cwd: work });
  return stage.git(['rev-parse', 'HEAD'], { cwd: work });
}

const push = (...args: string[]): Run => stage.run(['git', 'push', 'origin', ...args], { cwd: work });

/** What git says in the name of the server, without its padding. */
function remoteLines({ stderr }: Run): readonly string[] {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('remote: '))
    .map((line) => line.slice('remote: '.length).trimEnd());
}

beforeAll(() => {
  stage = openStage();
  server = stage.at('server.git');
  work = stage.at('work');
  stage.git(['init', '-q', '--bare', '-b', 'main', server]);
  stage.git(['init', '-q', '-b', 'main', work]);
  for (const [key, value] of [
    ['user.name', 'Alice'],
    ['user.email', 'alice@example.org'],
  ] as const)
    stage.git(['config', key, value], { cwd: work });
  stage.git(['remote', 'add', 'origin', server], { cwd: work });
  for (const name of ['alice', 'bob', 'carol']) stage.gatos(['key', 'new', name]);
  stage.gatos(['init', '--actor', 'user:alice', '--key', 'alice'], { cwd: work });
  for (const name of ['bob', 'carol']) stage.gatos(['trust', 'add', `user:${name}`, name], { cwd: work });
  stage.gatos(['trust', 'set-group', 'leads', 'user:alice', 'user:bob', 'user:carol'], { cwd: work });
});
afterAll(() => stage.close());

describe('the gate at a server', () => {
  let denial = '';
  let head = '';

  it('is installed, says which key the roots have to add, and is installed once', () => {
    const first = gatos(server, 'hooks', 'install');
    expect(first.status, first.stderr).toBe(0);
    expect(first.stdout).toContain(`installed pre-receive ${join(server, 'hooks/pre-receive')}\n`);
    expect(first.stdout).toContain('denials are not recorded yet');
    const add = /^next: the roots add the key of the gate: (git gatos trust add service:gate \S+)$/m.exec(first.stderr);
    expect(stage.run(['sh', '-c', add?.[1] ?? ''], { cwd: work })).toMatchObject({ status: 0 });
    expect(gatos(server, 'hooks', 'install', '--server').stdout).toContain('present   pre-receive');
    stage.gatos(['sync'], { cwd: work });
    expect(stage.json(['hooks', 'install', '--server'], { cwd: server })).toMatchObject({
      hooks: [{ what: 'kept', chained: null }],
      gate: { trusted: true, command: null },
    });
  });

  it('lets an ordinary push pass without a word, before there is a law and after', () => {
    commit('README.md', '# x\n');
    expect(push('main')).toMatchObject({ status: 0 });
    stage.gatos(['policy', 'new', '--adr', '0042-public-api'], { cwd: work });
    stage.gatos(['policy', 'adopt'], { cwd: work });
    stage.gatos(['sync'], { cwd: work });
    commit('gatos/README.md', '# y\n');
    const pushed = push('main');
    expect(pushed.status, pushed.stderr).toBe(0);
    expect(remoteLines(pushed)).toEqual([]);
  });

  it('refuses what the law denies: what, which rule, why, what would make it pass, and the id of the denial', () => {
    head = commit('src/api/users.ts', 'export {};\n');
    const refused = push('main');
    expect(refused.status).toBe(1);
    const lines = remoteLines(refused);
    expect(lines[0]).toBe('refused: src/api/users.ts is public API: refs/heads/main needs two of @leads');
    expect(lines).toContain('  rule: policy/0042-public-api');
    expect(lines).toContain('  see:  0042-public-api.md');
    expect(lines.join('\n')).toContain(
      "git gatos propose --action api-change --target refs/heads/main --quorum '2 of @leads'",
    );
    denial = /git gatos policy explain (\w{26})/.exec(lines.at(-1) ?? '')?.[1] ?? '';
    expect(denial).not.toBe('');
    expect(refused.stderr).not.toContain('\u001b');
  });

  it('is explained on another machine, byte for byte', () => {
    stage.gatos(['clone', server, 'elsewhere']);
    const cwd = stage.at('elsewhere');
    expect(stage.json(['policy', 'explain'], { cwd })).toMatchObject([{ ulid: denial }]);
    const { status, stdout } = gatos(cwd, 'policy', 'explain', denial);
    expect(status).toBe(0);
    expect(stdout).toContain('input.updates[0].ref = "refs/heads/main"');
    expect(stdout).toMatch(/✓ judged again under policy \w+: the same decision, byte for byte\n$/);
    expect(stage.json(['policy', 'explain', denial], { cwd })).toMatchObject({
      outcome: 'same',
      differences: [],
      denial: { updates: [{ ref: 'refs/heads/main', new: head }] },
      explanations: [{ firing: { id: '0042-public-api' }, ways: [{}] }],
    });
    stage.gatos(['verify', '--all'], { cwd });
    expect(gatos(cwd, 'policy', 'explain', '01J8Z3V6E0R4Q9T2M5K7N1P8XA')).toMatchObject({ status: 20 });
  });

  it('is the same at every door', () => {
    const refusals = (answer: unknown) =>
      (answer as { refusals: { rule: string; pass: string[] }[] }).refusals.map(({ rule, pass }) => ({ rule, pass }));
    const old = stage.git(['rev-parse', 'HEAD~1'], { cwd: work });
    const range = ['gate', 'check', '--range', `${old}..${head}`, '--ref', 'main'];
    const checked = refusals(stage.json(range, { cwd: work, status: 12 }));
    expect(checked.map(({ rule }) => rule)).toEqual(['policy/0042-public-api']);
    const line = `${old} ${head} refs/heads/main\n`;
    const byLines = stage.run(['git', 'gatos', 'gate', 'check', '--json'], { cwd: work, input: line });
    expect(byLines.status).toBe(12);
    expect(refusals(JSON.parse(byLines.stdout))).toEqual(checked);
    const pre = stage.run(['git', 'gatos', 'gate', 'pre-push', '--json', 'origin', server], {
      cwd: work,
      input: `refs/heads/main ${head} refs/heads/main ${old}\n`,
    });
    expect(pre.status).toBe(1);
    expect(refusals(JSON.parse(pre.stdout))).toEqual(checked);
  });

  it('passes with two approvals, consumes the grant, and refuses the next one', () => {
    const asked = ['propose', '--action', 'api-change', '--target', 'refs/heads/main', '--quorum', '2 of @leads'];
    const { id } = stage.json(asked, { cwd: work }) as { id: string };
    stage.gatos(['approve', id], { cwd: work });
    stage.gatos(['sync'], { cwd: work });
    expect(push('main').status).toBe(1);
    become('bob');
    stage.gatos(['approve', id], { cwd: work });
    stage.gatos(['grant', id], { cwd: work });
    stage.gatos(['sync'], { cwd: work });
    const passed = push('main');
    expect(passed.status, passed.stderr).toBe(0);
    stage.gatos(['sync'], { cwd: work });
    expect(stage.json(['proposals', id], { cwd: work })).toMatchObject({ state: 'used-up', uses_left: 0 });
    commit('src/api/users.ts', 'export const x = 1;\n');
    expect(push('main').status).toBe(1);
  });

  it('does not count a grant that lost an approval', () => {
    const asked = ['propose', '--action', 'api-change', '--target', 'refs/heads/main', '--quorum', '2 of @leads'];
    const { id } = stage.json(asked, { cwd: work }) as { id: string };
    for (const name of ['bob', 'carol']) {
      become(name);
      stage.gatos(['approve', id], { cwd: work });
    }
    stage.gatos(['grant', id], { cwd: work });
    stage.gatos(['revoke', id, '--what', 'approval', '--reason', 'no'], { cwd: work });
    stage.gatos(['sync'], { cwd: work });
    expect(push('main').status).toBe(1);
  });

  it('refuses rewriting and deleting what was recorded', () => {
    stage.git(['config', 'receive.denyDeletes', 'false'], { cwd: server });
    for (const ref of ['refs/gatos/policies/active', `refs/gatos/audit/policy/deny/${denial}`, 'refs/gatos/trust']) {
      const refused = push('--force', `:${ref}`);
      expect(refused.status, ref).toBe(1);
      expect(remoteLines(refused)).toContain('  rule: gate/no-deletion');
    }
    const zeros = '0'.repeat(40);
    const trust = stage.git(['rev-parse', 'refs/gatos/trust'], { cwd: work });
    expect(gatos(work, 'gate', 'check', '--range', `${trust}..${zeros}`, '--ref', 'refs/gatos/trust').status).toBe(14);
  });

  it('tells its reasons through sync too', () => {
    writeFileSync(
      join(work, 'gatos/policies/no_journals.rgs'),
      'deny "closed" message "{update.ref} is closed" when {\n  update in input.updates\n  starts_with(update.name, "journal/")\n}\n',
    );
    become('alice');
    stage.gatos(['policy', 'adopt', '--untested'], { cwd: work });
    stage.gatos(['sync'], { cwd: work });
    stage.gatos(['emit', '--type', 'late'], { cwd: work });
    const { status, stdout } = gatos(work, 'sync');
    expect(status).toBe(12);
    expect(stdout).toContain('refused journal/default/user-alice: ');
    expect(stdout).toContain('        refused: refs/gatos/journal/default/user-alice is closed\n');
    expect(stdout).toMatch(/\n {8}denial (\w{26}): `git gatos policy explain \1`\n/);
  });

  it('judges through a gate that stays, with the same words', async () => {
    const cold = remoteLines(push('main'));
    const gate = stage.start(['gate', 'serve', '--idle', '3s'], { cwd: server });
    const socket = join(server, 'gatos/gate.sock');
    while (statSync(socket, { throwIfNoEntry: false }) === undefined) await new Promise((wake) => setTimeout(wake, 50));
    expect(gatos(server, 'gate', 'serve')).toMatchObject({ status: 1, stderr: expect.stringContaining('already') });
    const warm = remoteLines(push('main'));
    expect(warm.slice(0, -1)).toEqual(cold.slice(0, -1));
    const { status, stdout, stderr } = await gate;
    expect(status).toBe(0);
    expect(stdout).toBe('the gate has ended after 1 push\n');
    expect(stderr).toContain(`a gate is ready on ${socket}\ndeny in `);
  });

  it('is taken away, and the hook that was there comes back', () => {
    const path = join(server, 'hooks/pre-receive');
    expect(gatos(server, 'hooks', 'uninstall')).toMatchObject({ status: 0, stdout: `removed  pre-receive ${path}\n` });
    const own = '#!/bin/sh\necho mine; exit 0\n';
    writeFileSync(path, own, { mode: 0o755 });
    expect(gatos(server, 'hooks', 'install', '--server').stdout).toContain('the hook that was there runs first');
    expect(remoteLines(push('main'))[0]).toBe('mine');
    gatos(server, 'hooks', 'uninstall', '--server');
    expect(readFileSync(path, 'utf8')).toBe(own);
    expect(gatos(server, 'hooks', 'uninstall').stdout).toBe(`not ours, left alone: pre-receive ${path}\n`);
  });
});

describe('the gate of a clone', () => {
  it('says before the push what the server would say', () => {
    expect(gatos(work, 'hooks', 'install')).toMatchObject({ status: 0, stdout: expect.stringContaining('pre-push') });
    const { status, stderr } = push('main:refs/heads/main');
    expect(status).toBe(1);
    expect(stderr).toContain('refused: src/api/users.ts is public API');
    expect(stderr).not.toContain('remote:');
    expect(gatos(work, 'hooks', 'uninstall').stdout).toContain('removed  pre-push');
  });
});

describe('slips', () => {
  const fault = (args: readonly string[], status: number, cwd = work) =>
    (stage.json(args, { cwd, status }) as { error: { code: string } }).error.code;

  it('are named', () => {
    expect(fault(['hooks', 'install', '--server', '--client'], 129)).toBe('cli/bad-value');
    expect(fault(['hooks', 'install', '--client'], 1, server)).toBe('hooks/no-work-tree');
    expect(fault(['gate', 'check', '--ref', 'main'], 129)).toBe('cli/missing-option');
    expect(fault(['gate', 'check', '--range', 'a..b'], 129)).toBe('cli/missing-option');
    expect(fault(['gate', 'serve', '--idle', 'soon'], 129)).toBe('cli/bad-value');
    const bad = stage.json(['gate', 'check', '--range', 'main', '--ref', 'main'], { cwd: work, status: 1 });
    expect(bad).toMatchObject({ verdict: 'deny', refusals: [{ rule: 'gate/malformed' }] });
  });

  it('an input that was cut off, and none at all, are told apart', () => {
    const receive = (input: string) => stage.run(['git', 'gatos', 'gate', 'pre-receive'], { cwd: server, input });
    expect(receive('')).toMatchObject({ status: 1, stdout: '' });
    expect(receive('0000')).toMatchObject({ status: 1, stdout: '' });
    expect(receive('0000').stderr).toContain('gate/malformed');
  });
});
