/** Damage, attacks and bad luck: each has a clear error and its own status, and loses nothing. */
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.js';

const JOURNAL = 'refs/gatos/journal/default/user-alice';

let stage: Stage;
let repo: string;
beforeEach(() => {
  stage = openStage();
  repo = stage.at('repo');
  stage.gatos(['init', repo, '--actor', 'user:alice']);
  for (let n = 1; n <= 3; n++) stage.gatos(['emit', '--type', 'add', '--payload', `{"n":${n}}`], { cwd: repo });
});
afterEach(() => stage.close());

interface Verdict {
  readonly outcome: string;
  readonly checks: readonly { readonly name: string; readonly outcome: string; readonly code?: string }[];
}

function verify(status: number): Verdict {
  return stage.json(['verify', '--all'], { cwd: repo, status }) as Verdict;
}

function loosePath(name: string): string {
  const oid = stage.git(['rev-parse', name], { cwd: repo });
  return join(repo, '.git', 'objects', oid.slice(0, 2), oid.slice(2));
}

describe('damaged repositories', () => {
  it('a flipped byte in a stored object is named', () => {
    const path = loosePath(`${JOURNAL}~1:envelope`);
    chmodSync(path, 0o644);
    const bytes = readFileSync(path);
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const { checks } = verify(13);
    expect(checks.find(({ outcome }) => outcome === 'fail')).toMatchObject({ code: 'git/corrupt-object' });
  });

  it('a truncated object is damage', () => {
    const path = loosePath(`${JOURNAL}:envelope`);
    chmodSync(path, 0o644);
    writeFileSync(path, readFileSync(path).subarray(0, 20));
    expect(verify(13).outcome).toBe('fail');
  });

  it('a missing object is "could not check", exit 30', () => {
    rmSync(loosePath(`${JOURNAL}~1:envelope`), { force: true });
    const verdict = verify(30);
    expect(verdict.outcome).toBe('unknown');
    expect(verdict.checks.some(({ code }) => code === 'git/missing-object')).toBe(true);
  });

  it('a shallow clone is "could not check", exit 30', () => {
    stage.git(['clone', '-q', '--mirror', repo, stage.at('mirror')]);
    stage.git(['init', '-q', '--bare', stage.at('shallow')]);
    stage.git(['fetch', '-q', '--depth', '1', `file://${stage.at('mirror')}`, '+refs/gatos/*:refs/gatos/*'], {
      cwd: stage.at('shallow'),
    });
    const { status, stdout } = stage.run(['git', 'gatos', 'verify', '--all', '--json'], { cwd: stage.at('shallow') });
    expect(status).toBe(30);
    expect(stdout).toContain('git/shallow');
  });

  it('a damaged ref is damage, and the other chains are looked at all the same', () => {
    writeFileSync(join(repo, '.git', JOURNAL), 'not an object id\n');
    const { status, stdout } = stage.run(['git', 'gatos', 'verify', '--all', '--json'], { cwd: repo });
    expect(status).toBe(13);
    expect(stdout).toContain('git/corrupt-ref');
  });

  it('a foreign ref under refs/gatos/ is refused', () => {
    stage.git(['update-ref', 'refs/gatos/elsewhere/x', stage.git(['rev-parse', JOURNAL], { cwd: repo })], {
      cwd: repo,
    });
    expect(verify(12).checks.some(({ code }) => code === 'chain/foreign-ref')).toBe(true);
  });

  it('a rewritten chain that git finds healthy is refused', () => {
    const head = stage.git(['rev-parse', `${JOURNAL}~1`], { cwd: repo });
    const tree = stage.git(['rev-parse', `${JOURNAL}^{tree}`], { cwd: repo });
    const forged = stage.git(
      ['-c', 'user.name=eve', '-c', 'user.email=e@x', 'commit-tree', tree, '-p', head, '-m', 'forged'],
      { cwd: repo },
    );
    stage.git(['update-ref', JOURNAL, forged], { cwd: repo });
    expect(verify(13).checks.some(({ code }) => code === 'chain/other-commit')).toBe(true);
    expect(stage.run(['git', 'fsck', '--strict', '--no-dangling'], { cwd: repo }).status).toBe(0);
  });
});

describe('keys', () => {
  it('a key that is not in trust cannot record, and is told who can help', () => {
    stage.gatos(['key', 'new', 'other'], { cwd: repo });
    stage.gatos(['config', 'set', 'key', 'other'], { cwd: repo });
    const before = stage.git(['rev-parse', JOURNAL], { cwd: repo });
    const { status, stderr } = stage.run(['git', 'gatos', 'emit', '--type', 'x'], { cwd: repo });
    expect(status).toBe(11);
    expect(stderr).toContain('git gatos trust add');
    expect(stage.git(['rev-parse', JOURNAL], { cwd: repo })).toBe(before);
  });

  it('a revoked key cannot record, what it signed before still verifies, and "compromised since" reaches back', () => {
    stage.gatos(['key', 'new', 'second'], { cwd: repo });
    stage.gatos(['trust', 'rotate', 'default', 'second'], { cwd: repo });
    expect(stage.run(['git', 'gatos', 'emit', '--type', 'x'], { cwd: repo }).status).toBe(18);
    stage.gatos(['config', 'set', 'key', 'second'], { cwd: repo });
    stage.gatos(['emit', '--type', 'x'], { cwd: repo });
    expect(verify(0).outcome).toBe('pass');
    const events = stage.json(['log', '--reverse'], { cwd: repo }) as { clock: number }[];
    const since = String(events[1]?.clock);
    stage.gatos(['trust', 'revoke', 'default', '--reason', 'stolen', '--since', since], { cwd: repo });
    const { checks } = verify(18);
    expect(checks.some(({ code }) => code === 'trust/revoked')).toBe(true);
  });

  it('a secret key that others can read is refused', () => {
    const path = stage.at('config', 'gatos', 'keys', 'default.json');
    chmodSync(path, 0o644);
    const { status, stderr } = stage.run(['git', 'gatos', 'emit', '--type', 'x'], { cwd: repo });
    expect(status).not.toBe(0);
    expect(stderr).toContain('chmod');
  });
});

describe('a clone', () => {
  it('refuses another genesis than the one asked for', () => {
    const { status, stderr } = stage.run([
      'git',
      'gatos',
      'clone',
      '--root',
      'bafyreigacutuvnkrns232e5ftqvkqnyf5ner32vcug6vzbbpyqdajs2tn4',
      repo,
      stage.at('copy'),
    ]);
    expect(status).toBe(13);
    expect(stderr).toContain('bafyreigacutuvnkrns232e5ftqvkqnyf5ner32vcug6vzbbpyqdajs2tn4');
    if (existsSync(stage.at('copy')))
      expect(stage.git(['for-each-ref', 'refs/gatos/'], { cwd: stage.at('copy') })).toBe('');
  });

  it('takes over nothing from a tampered chain', () => {
    const head = stage.git(['rev-parse', `${JOURNAL}~1`], { cwd: repo });
    const tree = stage.git(['rev-parse', `${JOURNAL}^{tree}`], { cwd: repo });
    const forged = stage.git(
      ['-c', 'user.name=eve', '-c', 'user.email=e@x', 'commit-tree', tree, '-p', head, '-m', 'forged'],
      { cwd: repo },
    );
    stage.git(['update-ref', JOURNAL, forged], { cwd: repo });
    const { status, stdout } = stage.run(['git', 'gatos', 'clone', repo, stage.at('copy')]);
    expect(status).toBe(13);
    expect(stdout).toContain('refused journal/default/user-alice');
    expect(stage.git(['for-each-ref', 'refs/gatos/journal/'], { cwd: stage.at('copy') })).toBe('');
  });
});

it('leaves no temporary file behind', () => {
  const left = readdirSync(join(repo, '.git'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.(lock|tmp)$|tmp_/.test(path),
  );
  expect(left).toEqual([]);
});
