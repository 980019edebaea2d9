/** What a first-time user types, in an empty directory. */
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.js';

let stage: Stage;
beforeAll(() => {
  stage = openStage();
});
afterAll(() => stage.close());

describe('five minutes in an empty directory', () => {
  it('goes from nothing to a verified state, each step naming the next', () => {
    const next = (args: string[]) => stage.run(['git', 'gatos', ...args]).stderr;
    expect(next(['init'])).toContain(`git gatos emit --type add --payload '{"n":10}'`);
    expect(next(['emit', '--type', 'add', '--payload', '{"n":10}'])).toContain('git gatos fold new NAME');
    expect(next(['fold', 'new', 'sum'])).toContain('git gatos fold run sum');
    expect(next(['fold', 'run', 'sum'])).toContain('git gatos state show sum');
    expect(stage.json(['state', 'show', 'sum'])).toEqual({ events: 1, sum: 10, types: { add: 1 } });
    expect(stage.gatos(['verify', '--all'])).toMatch(/✓ repository verified: \d+ passed/);
  });

  it('is idempotent: init again changes nothing', () => {
    const before = stage.git(['for-each-ref']);
    expect(stage.gatos(['init'])).not.toMatch(/^made/m);
    expect(stage.git(['for-each-ref'])).toBe(before);
  });

  it('works from a subdirectory and with -C', () => {
    mkdirSync(stage.at('deep', 'er'), { recursive: true });
    const { cid } = stage.json(['emit', '--type', 'sub', '--payload', '1'], { cwd: stage.at('deep', 'er') }) as {
      cid: string;
    };
    expect(cid).toMatch(/^bafy/);
    expect(stage.run(['git', '-C', stage.folder, 'gatos', 'log', '-n', '1'], { cwd: '/' }).stdout).toContain(
      cid.slice(-12),
    );
    expect(stage.run(['git', 'gatos', '-C', stage.folder, 'log', '-n', '1'], { cwd: '/' }).stdout).toContain(
      cid.slice(-12),
    );
  });

  it('records an event once under a key, and refuses another event under it', () => {
    const emit = (n: number, status = 0) =>
      stage.json(['emit', '--type', 'add', '--payload', `{"n":${n}}`, '--key', 'k1'], { status }) as Record<
        string,
        unknown
      >;
    const first = emit(1);
    expect(first).toMatchObject({ status: 'recorded' });
    expect(emit(1)).toEqual({ ...first, status: 'exists' });
    expect(emit(2, 16)).toMatchObject({ error: { code: 'journal/duplicate-key', exit: 16 } });
  });

  it('reads the payload from standard input and from a file', () => {
    stage.gatos(['emit', '--type', 'stdin', '--payload', '-'], { input: '{"from":"stdin"}' });
    const [event] = stage.json(['log', '--type', 'stdin']) as [{ payload: unknown }];
    expect(event.payload).toEqual({ from: 'stdin' });
  });

  it.each([
    [['emit'], 129, '--type'],
    [['emit', '--type', 'x', '--payload', '{"a":1,"a":2}'], 1, 'payload'],
    [['emit', '--type', 'x', '--ns', 'No Space'], 1, 'namespace'],
    [['log', '--ns', 'nowhere'], 20, 'nowhere'],
    [['state', 'show', 'nothing'], 20, 'nothing'],
    [['fold', 'run', 'nothing'], 20, 'nothing'],
    [['show', 'bafyreigacutuvnkrns232e5ftqvkqnyf5ner32vcug6vzbbpyqdajs2tn4'], 20, 'bafyreiga'],
    [['bisect', '--state', 'sum', '--bad', 'state.sum < 0'], 1, 'not bad'],
    [['bisect', '--state', 'sum', '--bad', 'state.('], 1, 'predicate'],
    [['fold', 'new', 'sum'], 1, 'already'],
    [['nonsense'], 129, 'nonsense'],
  ])('explains %j with exit %i', (args, status, word) => {
    const result = stage.run(['git', 'gatos', ...args]);
    expect(result.status).toBe(status);
    expect(result.stderr).toContain('error:');
    expect(result.stderr).toContain(word);
    const json = stage.run(['git', 'gatos', ...args, '--json']);
    expect(json.status).toBe(status);
    expect((JSON.parse(json.stdout) as { error: { exit: number } }).error.exit).toBe(status);
  });

  it('refuses to work outside a repository, saying what to do', () => {
    const { status, stderr } = stage.run(['git', 'gatos', 'emit', '--type', 'x'], { cwd: '/' });
    expect(status).toBe(20);
    expect(stderr).toContain('git gatos init');
  });

  it('finds what the last characters of an id name', () => {
    const [event] = stage.json(['log', '-n', '1']) as [{ cid: string; ulid: string }];
    expect(stage.json(['show', event.cid.slice(-12)])).toMatchObject({ cid: event.cid });
    expect(stage.json(['show', event.ulid])).toMatchObject({ cid: event.cid });
    expect(stage.json(['show', 'trust'])).toMatchObject({ kind: 'trust.genesis', chain: 'trust' });
  });
});
