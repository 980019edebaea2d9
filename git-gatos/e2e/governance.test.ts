/** Asking, agreeing, granting, taking back: three leads in one repository. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStage, type Run, type Stage } from './stage.js';

let stage: Stage;
let repo: string;
beforeAll(() => {
  stage = openStage();
  repo = stage.at('repo');
  stage.gatos(['init', repo, '--actor', 'user:alice']);
  for (const name of ['bob', 'carol', 'dave']) {
    stage.gatos(['key', 'new', name]);
    stage.gatos(['trust', 'add', `user:${name}`, name], { cwd: repo });
  }
  stage.gatos(['trust', 'set-group', 'leads', 'user:alice', 'user:bob', 'user:carol'], { cwd: repo });
});
afterAll(() => stage.close());
beforeEach(() => become('alice'));

function become(name: string): void {
  const settings = { actor: `user:${name}`, key: name === 'alice' ? 'default' : name };
  writeFileSync(join(repo, '.git', 'gatos', 'settings.json'), JSON.stringify(settings));
}

const gatos = (...args: string[]): Run => stage.run(['git', 'gatos', ...args], { cwd: repo });

interface View {
  readonly id: string;
  readonly state: string;
  readonly state_reason: string;
  readonly reason: string;
  readonly may_approve: readonly string[];
  readonly approvers: readonly string[];
  readonly next: string | null;
  readonly quorum_met: boolean;
  readonly grant: string | null;
  readonly uses: number | null;
  readonly expires: string | null;
  readonly expression: string;
}

const view = (args: readonly string[], status = 0): View => stage.json(args, { cwd: repo, status }) as View;
const fault = (args: readonly string[], status: number) =>
  (stage.json(args, { cwd: repo, status }) as { error: { code: string; message: string; hint?: string } }).error;

const ASK = ['propose', '--action', 'api-change', '--target', 'refs/heads/main'];

function ask(quorum = '2 of @leads', ...more: string[]): string {
  return view([...ASK, '--quorum', quorum, ...more]).id;
}

describe('a proposal', () => {
  it('goes from hand to hand by the commands that are printed, until it is granted', () => {
    const asked = gatos(...ASK, '--quorum', '2 of @leads', '--reason', 'users need paging');
    expect(asked.stdout).toContain('may still approve: user:alice, user:bob, user:carol\n');
    const own = /^next: .*: (git gatos approve (\w+))$/m.exec(asked.stderr);
    const [line = '', id = ''] = own?.slice(1) ?? [];
    expect(stage.run(['sh', '-c', line], { cwd: repo })).toMatchObject({ status: 0 });
    const listed = gatos('proposals').stdout.split('\n');
    expect(listed.filter((text) => !text.startsWith('  by '))).toEqual([
      `${id} partial`,
      '  api-change on refs/heads/main',
      '  users need paging',
      '  · 2 of @leads: 1 of 2 (user:alice); may still: user:bob, user:carol',
      '  may still approve: user:bob, user:carol',
      '',
    ]);
    become('dave');
    expect(gatos('proposals', id).stdout).not.toContain('next:');
    become('bob');
    const { stdout } = gatos('proposals', id);
    const approve = /^ {2}next: (.*)$/m.exec(stdout)?.[1] ?? '';
    const approved = stage.run(['sh', '-c', approve], { cwd: repo });
    expect(approved.stdout).toContain('✓ 2 of @leads: 2 of 2 (user:alice, user:bob)\n');
    become('dave');
    const grant = /^next: .*: (git gatos grant .*)$/m.exec(approved.stderr)?.[1] ?? '';
    expect(stage.run(['sh', '-c', grant], { cwd: repo })).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^granted\n.* granted: granted by user:alice, user:bob\n/),
    });
    expect(view(['proposals', id])).toMatchObject({
      state: 'granted',
      reason: 'users need paging',
      approvers: ['user:alice', 'user:bob'],
      may_approve: [],
      next: null,
    });
    stage.gatos(['verify', '--all'], { cwd: repo });
  });

  it('is not granted before enough have agreed, by whomever', () => {
    const id = ask('2 of @leads and user:carol');
    view(['approve', id]);
    expect(fault(['grant', id], 17)).toMatchObject({
      code: 'governance/quorum-not-met',
      hint: 'these may still approve: user:bob, user:carol',
    });
    expect(view(['approve', id])).toMatchObject({ status: 'exists', approvers: ['user:alice'] });
    become('dave');
    expect(fault(['approve', id], 12)).toMatchObject({ code: 'governance/no-voice' });
    become('bob');
    expect(view(['approve', id])).toMatchObject({ quorum_met: false, may_approve: ['user:carol'] });
    become('carol');
    expect(view(['approve', id, '--comment', 'fine'])).toMatchObject({
      quorum_met: true,
      next: `git gatos grant ${id}`,
    });
    expect(view(['grant', id])).toMatchObject({ state: 'granted', status: 'recorded' });
    expect(view(['grant', id])).toMatchObject({ state: 'granted', status: 'exists' });
  });

  it('says so when nobody can approve it', () => {
    const { stdout, stderr } = gatos(...ASK, '--quorum', '1 of @nobody');
    expect(stdout).toContain('it cannot be met: nobody is in group `@nobody`');
    expect(stdout).toContain('may still approve: nobody\n');
    expect(stderr).toContain('next: nobody can approve it as things are: git gatos trust show');
  });

  it('has terms of its own', () => {
    expect(view([...ASK, '--quorum', 'any  of @leads'])).toMatchObject({ expression: '1 of @leads', uses: 1 });
    const until = '2099-01-01T00:00:00Z';
    const long = view([...ASK, '--quorum', '1 of @leads', '--uses', 'any', '--expires', until]);
    expect(long).toMatchObject({ uses: null, expires: until });
    expect(view([...ASK, '--quorum', '1 of @leads', '--expires', 'never', '--uses', '3'])).toMatchObject({
      uses: 3,
      expires: null,
    });
  });

  it.each<[string, readonly string[], number, string]>([
    ['a quorum that is none', ['--quorum', '2 off @leads'], 1, 'governance/quorum'],
    ['no quorum', [], 129, 'cli/missing-option'],
    ['an end that is none', ['--quorum', '1 of @leads', '--expires', 'soon'], 129, 'cli/bad-value'],
    [
      'an end that is past',
      ['--quorum', '1 of @leads', '--expires', '2020-01-01T00:00:00Z'],
      1,
      'governance/bad-record',
    ],
    ['no use', ['--quorum', '1 of @leads', '--uses', '0'], 129, 'cli/bad-value'],
    ['what it rests on is not there', ['--quorum', '1 of @leads', '--under', 'x'], 20, 'governance/no-such-proposal'],
  ])('is refused: %s', (_, args, status, code) => {
    expect(fault([...ASK, ...args], status).code).toBe(code);
  });
});

describe('taking back', () => {
  function granted(): string {
    const id = ask();
    view(['approve', id]);
    become('bob');
    view(['approve', id]);
    view(['grant', id]);
    return id;
  }

  it('an approval makes the grant fall', () => {
    const id = granted();
    expect(view(['revoke', id, '--what', 'approval', '--reason', 'wrong numbers'])).toMatchObject({
      revoked: 'approval',
      fell: [id],
      state: 'revoked',
      state_reason: 'quorum-lost',
    });
    expect(fault(['approve', id], 18).code).toBe('governance/approval-revoked');
    expect(stage.gatos(['proposals'], { cwd: repo })).not.toContain(id);
    expect(stage.gatos(['proposals', '--all'], { cwd: repo })).toContain('user:bob took back the approval');
  });

  it('is the grant where there is one, else the proposal', () => {
    const id = granted();
    expect(view(['revoke', id, '--reason', 'x'])).toMatchObject({ revoked: 'grant', status: 'recorded', fell: [id] });
    expect(view(['revoke', id, '--reason', 'x'])).toMatchObject({ revoked: 'grant', status: 'exists', fell: [] });
    become('alice');
    const open = ask();
    expect(view(['revoke', open, '--reason', 'x'])).toMatchObject({ revoked: 'proposal', state: 'revoked' });
    expect(fault(['approve', open], 1).code).toBe('governance/closed');
  });

  it('is for those who may', () => {
    const id = granted();
    become('dave');
    expect(fault(['revoke', id, '--reason', 'x'], 11).code).toBe('governance/not-entitled');
    expect(fault(['revoke', id, '--what', 'approval', '--reason', 'x'], 20).code).toBe('view/nothing-to-revoke');
    expect(fault(['revoke', id], 129).code).toBe('cli/missing-option');
    expect(view(['proposals', id]).state).toBe('granted');
  });

  it('a grant takes those with it that rest on it', () => {
    const below = granted();
    become('alice');
    const above = ask('1 of @leads', '--under', below);
    view(['approve', above]);
    view(['grant', above]);
    expect(view(['revoke', below, '--reason', 'x'])).toMatchObject({ fell: [below, above].sort() });
  });
});

it.each<[readonly string[], string]>([
  [['approve', 'nope'], 'governance/name'],
  [['grant', '01J8Z3V6E0R4Q9T2M5K7N1P8XA'], 'governance/no-such-proposal'],
  [['proposals', '01J8Z3V6E0R4Q9T2M5K7N1P8XA'], 'governance/no-such-proposal'],
  [['revoke', '01J8Z3V6E0R4Q9T2M5K7N1P8XA', '--reason', 'x'], 'governance/no-such-proposal'],
])('%s is told so', (args, code) => {
  expect(fault(args, code === 'governance/name' ? 1 : 20).code).toBe(code);
});
