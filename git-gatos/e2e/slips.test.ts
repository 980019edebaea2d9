/** What people get wrong: each slip is named, says what was not done and what to do next, and has its status. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.js';

let stage: Stage;
let repo: string;
let event: string;
beforeAll(() => {
  stage = openStage();
  repo = stage.at('repo');
  stage.gatos(['init', repo, '--actor', 'user:alice']);
  event = stage.gatos(['emit', '--type', 'add', '--payload', '{"n":1}'], { cwd: repo });
  stage.gatos(['fold', 'new', 'sum'], { cwd: repo });
  stage.gatos(['fold', 'run', 'sum'], { cwd: repo });
});
afterAll(() => stage.close());

interface Fault {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

function fault(args: readonly string[], status: number, cwd = repo): Fault {
  return (stage.json(args, { cwd, status }) as { error: Fault }).error;
}

describe('a slip', () => {
  it.each<[string, number, string, string]>([
    ['state show sum~5', 20, 'view/no-checkpoint', 'state `sum` has 1 checkpoint'],
    ['state diff sum', 20, 'view/no-checkpoint', 'there is no `sum~1`'],
    ['state diff sum~3', 20, 'view/no-checkpoint', 'there is no `sum~4`'],
    ['state show nope~1', 20, 'fold/no-such-state', 'there is no state `nope` yet'],
    ['state show sum~x', 1, 'view/bad-name', '`sum~x` cannot be the name of a state'],
    ['fold run ../sum', 1, 'view/bad-name', '`../sum` cannot be the name of a fold'],
    ['fold lint /tmp/sum', 1, 'view/bad-name', '`/tmp/sum` cannot be the name of a fold'],
    ['fold new Sum', 1, 'view/bad-name', '`Sum` cannot be the name of a fold'],
    ['verify nope', 20, 'view/no-chain', 'there is no chain `nope` here'],
    ['verify refs/gatos/state/nope', 20, 'view/no-chain', 'there is no chain `state/nope` here'],
    ['verify --proof gatos/folds/sum/fold.mjs', 1, 'view/not-a-proof', 'is not a proof file'],
    ['prove event trust --in sum -o x.proof', 1, 'view/not-an-event', '`trust` is no event'],
    ['prove event aaaaaaaa --in sum -o x.proof', 20, 'view/nothing-found', 'nothing here is called `aaaaaaaa`'],
    ['state prove sum sum -o nowhere/x.proof', 75, 'cli/unwritable-file', 'there is no such folder'],
    ['state get sum sum --proof gatos', 75, 'cli/unwritable-file', 'it is a folder'],
    ['state prove sum sum -o -', 129, 'cli/file-wanted', 'standard output carries the answer'],
    ['trust set-group leads user:alice --out nowhere/x', 75, 'cli/unwritable-file', 'there is no such folder'],
    ['log --actor bob', 1, 'identity/actor', '`bob` is not an actor'],
    ['emit --type x --payload @gatos', 1, 'cli/not-a-file', 'is a directory'],
    ['clone nowhere', 75, 'transport/not-cloned', '`nowhere` could not be cloned'],
    ['clone . gatos', 1, 'transport/folder-taken', 'is not an empty folder'],
  ])('%s', (line, status, code, message) => {
    const { code: found, message: said, hint } = fault(line.split(' '), status);
    expect(said).toContain(message);
    expect(found).toBe(code);
    expect(hint ?? '').not.toMatch(/fold run \S*~/);
    expect(readdirSync(repo).filter((name) => name !== '.git')).toEqual(['gatos']);
  });

  it('a group of somebody whom trust does not know is made, and said', () => {
    const group = (members: readonly string[]): unknown =>
      stage.json(['trust', 'set-group', 'leads', ...members], { cwd: repo });
    expect(group(['user:alcie', 'user:alice'])).toMatchObject({ without_key: ['user:alcie'] });
    expect(group(['user:alice'])).toMatchObject({ without_key: [] });
    const { stderr } = stage.run(['git', 'gatos', 'trust', 'set-group', 'leads', 'user:alcie'], { cwd: repo });
    expect(stderr).toContain('user:alcie has no key here yet: git gatos trust add user:alcie');
  });

  it('a fold whose source is gone is said to be so, once', () => {
    const dir = stage.at('half-a-fold');
    stage.gatos(['fold', 'new', 'half', '--dir', dir], { cwd: repo });
    stage.run(['rm', `${dir}/fold.mjs`]);
    const { stderr, status } = stage.run(['git', 'gatos', 'fold', 'run', 'half', '--dir', dir], { cwd: repo });
    expect(stderr).toBe(`error: cannot read \`${dir}/fold.mjs\`: there is no such file\n`);
    expect(status).toBe(20);
  });

  it('an answer that is empty says so to people only', () => {
    const none = (...args: string[]) => stage.run(['git', 'gatos', 'log', '--grep', 'nothing', ...args], { cwd: repo });
    expect(none()).toEqual({ status: 0, stdout: '', stderr: 'no event in namespace default is like that\n' });
    expect(none('--jsonl')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(none('--json')).toEqual({ status: 0, stdout: '[]\n', stderr: '' });
    expect(none('-q')).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

describe('what comes next can be typed as it is printed', () => {
  const next = (args: readonly string[], cwd = repo): string[] => {
    const { stderr, status } = stage.run(['git', 'gatos', ...args], { cwd });
    expect(status, stderr).toBe(0);
    return stderr.split('\n').flatMap((line) => /^next: (?:.*: )?(git .*)$/.exec(line)?.[1] ?? []);
  };
  const typed = (line: string, cwd: string) => {
    const { status, stderr } = stage.run(['sh', '-c', line], { cwd });
    expect(status, `${line}: ${stderr}`).toBe(0);
  };

  it('after an init elsewhere, a clone and a proof, whatever the names', () => {
    const folder = stage.at("it's öne folder");
    mkdirSync(folder);
    for (const line of next(['init', 'a repo', '--actor', 'user:alice'], folder)) typed(line, folder);
    for (const line of next(['clone', 'a repo', '$copy'], folder)) typed(line, folder);
    for (const line of next(['state', 'prove', 'sum', 'sum', '-o', `${folder}/sum proof`])) typed(line, folder);
    expect(existsSync(`${folder}/sum proof`)).toBe(true);
  });

  it('after a fold in a folder of its own', () => {
    const dir = stage.at('own fold');
    for (const line of next(['fold', 'new', 'own', '--dir', dir])) typed(line, repo);
    expect(stage.json(['state', 'show', 'own'], { cwd: repo })).toMatchObject({ sum: 1 });
  });

  it('an event is proved by the short id that log prints', () => {
    const short = stage.gatos(['log'], { cwd: repo }).split(' ')[0] ?? '';
    const proof = stage.at('event.proof');
    const { event: cid } = stage.json(['prove', 'event', short, '--in', 'sum', '-o', proof], { cwd: repo }) as {
      event: string;
    };
    expect(cid).toBe(event);
    stage.gatos(['verify', '--proof', proof]);
  });
});

it('a key that may not speak records no checkpoint and no definition', () => {
  const folder = stage.at('untrusted');
  stage.gatos(['init', folder, '--actor', 'user:alice']);
  stage.gatos(['emit', '--type', 'add'], { cwd: folder });
  stage.gatos(['fold', 'new', 'sum'], { cwd: folder });
  stage.gatos(['key', 'new', 'laptop']);
  const settings = ['config', 'set', 'key'];
  stage.gatos([...settings, 'laptop'], { cwd: folder });
  expect(fault(['fold', 'run', 'sum'], 11, folder)).toMatchObject({ code: 'trust/unknown-key' });
  expect(stage.git(['for-each-ref', '--format=%(refname)'], { cwd: folder }).split('\n')).toEqual([
    'refs/gatos/journal/default/user-alice',
    'refs/gatos/trust',
  ]);
  // A checkpoint is judged too where the definition is known already.
  stage.gatos([...settings, 'default'], { cwd: folder });
  stage.gatos(['fold', 'run', 'sum'], { cwd: folder });
  stage.gatos(['emit', '--type', 'add'], { cwd: folder });
  stage.gatos([...settings, 'laptop'], { cwd: folder });
  expect(fault(['fold', 'run', 'sum'], 11, folder)).toMatchObject({ code: 'trust/unknown-key' });
  stage.gatos(['verify', '--all'], { cwd: folder });
});

it('a trust chain that is gone is not replaced by another', () => {
  const folder = stage.at('lost');
  stage.gatos(['init', folder, '--actor', 'user:alice']);
  stage.gatos(['emit', '--type', 'add'], { cwd: folder });
  const genesis = stage.gatos(['config', 'get', 'genesis'], { cwd: folder });
  stage.git(['update-ref', '-d', 'refs/gatos/trust'], { cwd: folder });
  expect(fault(['init'], 14, folder)).toMatchObject({ code: 'transport/trust-lost' });
  expect(stage.gatos(['config', 'get', 'genesis'], { cwd: folder })).toBe(genesis);
});

it('a proof file with a wrong byte is not taken for a proof of anything', () => {
  const proof = stage.at('junk.proof');
  writeFileSync(proof, 'not CBOR at all');
  expect(fault(['verify', '--proof', proof], 1)).toMatchObject({
    code: 'view/not-a-proof',
    hint: expect.stringContaining('git gatos state prove'),
  });
});
