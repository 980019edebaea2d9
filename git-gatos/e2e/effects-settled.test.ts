/** What is recorded of effects, what people settle, and ledgers that meet. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EffectPlace, type ToolChange } from './effect-tools.js';
import { openStage, type Stage } from './stage.js';

vi.setConfig({ testTimeout: 120_000 });

/** After which a tool that hangs is ended: it has started by then. */
const HANG_MS = 3000;

let stage: Stage;
let repo: string;
let place: EffectPlace;
beforeEach(() => {
  stage = openStage();
  repo = stage.at('repo');
  place = new EffectPlace(stage, repo);
});
afterEach(() => stage.close());

const script = (name: string, then: string, change?: ToolChange) => place.script(name, then, change);
const call = (...args: string[]) => place.call(...args);
const history = () => place.history();
const expectVerified = (cwd?: string): void => place.expectVerified(cwd);

describe('a response', () => {
  it('that is not here any more is told as that, by its hash, and nothing is invoked', () => {
    const tool = script('large', "ok('x'.repeat(50000));");
    const { receipt, response_hash: hash } = JSON.parse(call('large', '--key', 'k', '--json').stdout);
    const { status, stdout } = call('large', '--key', 'k', '--json');
    expect([status, JSON.parse(stdout).receipt]).toEqual([0, receipt]);
    const ref = stage.git(['for-each-ref', '--format=%(refname)', 'refs/gatos/effects/'], { cwd: repo });
    const blob = stage.git(['rev-parse', `${ref}:response`], { cwd: repo });
    rmSync(join(repo, '.git', 'objects', blob.slice(0, 2), blob.slice(2)));
    const gone = call('large', '--key', 'k');
    expect([gone.status, gone.stderr]).toEqual([21, expect.stringContaining(`the response ${hash}`)]);
    expect(tool.count()).toBe(1);
  });
});

describe('what is printed with --json', () => {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
  const errors = (name: string, value: unknown) => {
    const schema = new URL(`../../docs/schemas/output-effect-${name}.schema.json`, import.meta.url);
    const validate = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')));
    return validate(value) ? [] : validate.errors;
  };

  it('has the published form', () => {
    script('done', "ok('done');");
    script('no', "no(402, 'no money');");
    script('bad', 'process.exit(3);');
    const ask = (...args: string[]) => JSON.parse(call(...args, '--json').stdout) as Record<string, unknown>;
    const printed = [ask('done', '--key', 'k'), ask('done', '--key', 'k'), ask('done'), ask('no', '--key', 'k')];
    for (const each of printed) expect(errors('call', each)).toEqual([]);
    expect(call('bad', '--key', 'k').status).toBe(30);
    expect(call('done', '--key', 'k', '--body', '1').status).toBe(15);
    const all = history();
    expect(errors('history', all)).toEqual([]);
    expect(all.map(({ state }) => state).sort()).toEqual(['committed', 'divergent', 'receipt', 'unknown']);
    const shown = all.map(({ id }) => stage.json(['effect', 'show', String(id)], { cwd: repo }));
    for (const each of shown) expect(errors('show', each)).toEqual([]);
    const { id } = all.find(({ state }) => state === 'unknown') ?? {};
    const grant = place.granted(String(id), 'user:alice', ['alice']);
    const how = ['--outcome', 'acted', '--reason', 'looked', '--grant', grant];
    const settled = place.json('effect', 'resolve', String(id), ...how);
    expect(errors('resolve', settled)).toEqual([]);
    expect(errors('show', stage.json(['effect', 'show', String(id)], { cwd: repo }))).toEqual([]);
  });
});

describe('verify', () => {
  it('knows an effect and a receipt by their ids and the start of them, with the capability that they rest on', () => {
    script('known', "ok('done');");
    const ask = (...more: string[]) =>
      JSON.parse(call('known', '--json', ...more).stdout) as { effect?: string; receipt: string; id?: string };
    const keyed = ask('--key', 'k');
    const [{ id: effect } = { id: '' }] = history() as readonly { readonly id: string }[];
    const loose = ask();
    const offered = stage.run(['git-gatos', '__complete', '--', 'effect', 'show', ''], { cwd: repo }).stdout;
    for (const known of [effect, loose.receipt]) expect(offered).toContain(known);
    const wanted = [
      [effect, 'effect'],
      [keyed.receipt, 'receipt'],
      [loose.receipt, 'receipt'],
    ] as const;
    for (const [id, what] of wanted)
      for (const name of [id.replace('sha256:', ''), id.replace('sha256:', '').slice(0, 12)]) {
        const { status, stdout } = stage.run(['git', 'gatos', 'verify', name], { cwd: repo });
        expect([name, status, stdout.split('\n')[0]]).toEqual([name, 0, `${what} ${id.replace('sha256:', '')}`]);
        expect(stdout).toMatch(/effects\/[0-9a-f]: .*authority/);
        expect(stdout).toContain('capabilities/issued');
      }
    for (const id of [effect, loose.receipt]) {
      const shown = stage.gatos(['effect', 'show', id], { cwd: repo });
      expect(stage.gatos(['effect', 'show', id.slice(0, 12)], { cwd: repo })).toBe(shown);
    }
    expect(stage.json(['effect', 'show', '0'.repeat(12)], { cwd: repo, status: 1 })).toMatchObject({
      error: { code: 'effects/bad-id' },
    });
    expect(stage.run(['git', 'gatos', 'verify', '0'.repeat(64)], { cwd: repo }).status).toBe(20);
  });
});

describe('what nobody knows', () => {
  it('is settled under a grant, and then the call may be repeated', () => {
    const tool = script('bad', 'nap(60000);', { timeMs: HANG_MS });
    expect(call('bad', '--key', 'k').status).toBe(30);
    const [{ id = '' } = {}] = history() as readonly { id?: string }[];
    const gatos = (...args: string[]) => stage.gatos(args, { cwd: repo });
    const ask = ['--action', 'effect.resolve', '--target', id, '--quorum', '1 of user:alice'];
    const proposed = stage.json(['propose', ...ask, '--reason', 'nothing happened'], { cwd: repo }) as { id: string };
    const resolve = ['effect', 'resolve', id, '--outcome', 'not-acted', '--reason', 'nothing happened', '--grant'];
    const early = stage.run(['git', 'gatos', ...resolve, proposed.id], { cwd: repo });
    expect([early.status, early.stderr]).toEqual([12, expect.stringContaining('does not let effect')]);
    gatos('approve', proposed.id);
    gatos('grant', proposed.id);
    expect(gatos(...resolve, proposed.id)).toBe('resolved as not-acted: the call may be repeated');
    expect(call('bad', '--key', 'k').status).toBe(30);
    expect(tool.count()).toBe(2);
    const again = stage.run(['git', 'gatos', ...resolve, proposed.id], { cwd: repo });
    expect([again.status, again.stderr]).toEqual([12, expect.stringContaining('as often as it may be')]);
    expectVerified();
  });
});

describe('where trust takes two', () => {
  it('one person alone settles nothing: what he grants himself is refused, with whom it takes', () => {
    const tool = script('bad', 'process.exit(3);');
    expect(call('bad', '--key', 'k').status).toBe(30);
    stage.gatos(['key', 'new', 'bob']);
    stage.gatos(['trust', 'add', 'user:bob', 'bob'], { cwd: repo });
    stage.gatos(['trust', 'set-roots', 'user:alice', 'user:bob', '--threshold', '2'], { cwd: repo });
    const asked = call('bad', '--key', 'k');
    expect([asked.status, asked.stderr]).toEqual([30, expect.stringContaining('2 of (user:alice, user:bob)')]);
    const [{ id = '' } = {}] = history() as readonly { id?: string }[];
    const grant = place.granted(id, 'user:alice', ['alice']);
    const resolve = ['effect', 'resolve', id, '--outcome', 'not-acted', '--reason', 'looked', '--grant'];
    const alone = stage.run(['git', 'gatos', ...resolve, grant], { cwd: repo });
    expect([alone.status, alone.stderr]).toEqual([
      12,
      expect.stringMatching(/2 roots have to approve, .*has 1 \(user:alice\)/),
    ]);
    const [, quorum = ''] = /--quorum '([^']+)'/.exec(alone.stderr) ?? [];
    expect(quorum).toBe('2 of (user:alice, user:bob)');
    stage.gatos([...resolve, place.granted(id, quorum, ['alice', 'bob'])], { cwd: repo });
    expect(call('bad', '--key', 'k').status).toBe(30);
    expect(tool.count()).toBe(2);
    expectVerified();
  });
});

describe('clones that each have a ledger of their own', () => {
  it('invoke once each; where they meet sync refuses, both stay as they are, and one may be let go of', () => {
    const tool = script('fickle', 'ok(String(process.pid));');
    const server = place.server();
    const other = place.clone('other', server);
    const ask = (cwd: string) =>
      stage.json(['effect', 'call', 'fickle', '--key', 'k'], { cwd }) as Readonly<Record<string, string>>;
    const [one, two] = [ask(repo), ask(other)];
    expect([one.status, two.status, one.receipt === two.receipt, tool.count()]).toEqual([
      'invoked',
      'invoked',
      false,
      2,
    ]);
    stage.gatos(['sync'], { cwd: repo });
    const met = stage.json(['sync'], { cwd: other, status: 14 }) as { refused: { code: string; hint: string }[] };
    const refused = stage.run(['git', 'gatos', 'sync'], { cwd: other });
    expect([refused.status, refused.stdout + refused.stderr]).toEqual([14, expect.stringContaining(`${one.effect}`)]);
    for (const [cwd, mine] of [
      [repo, one],
      [other, two],
    ] as const) {
      expect(ask(cwd)).toMatchObject({ status: 'replayed', receipt: mine.receipt });
      expectVerified(cwd);
    }
    expect(met.refused.map(({ code }) => code)).toEqual(['transport/ledger-diverged']);
    const commands = [...(met.refused[0]?.hint ?? '').matchAll(/`git (update-ref [^`]+)`/g)].map(([, words = '']) =>
      words.split(' '),
    );
    expect(commands).toHaveLength(2);
    for (const words of commands) stage.git(words, { cwd: other });
    stage.gatos(['sync'], { cwd: other });
    expect(ask(other)).toMatchObject({ status: 'replayed', receipt: one.receipt });
    expect(tool.count()).toBe(2);
    expect(stage.git(['for-each-ref', 'refs/gatos-kept/'], { cwd: other })).toContain('refs/gatos-kept/effects/');
    expectVerified(other);
  });
});

describe('clones that share a server', () => {
  it('invoke once for one key', async () => {
    const tool = script('slow', "nap(500); ok('done');");
    const server = place.server();
    const other = place.clone('other', server);
    const args = ['effect', 'call', 'slow', '--key', 'k', '--remote', 'origin', '--json'];
    const both = await Promise.all([repo, other].map((cwd) => stage.start(args, { cwd })));
    expect(both.map(({ status, stderr }) => [status, stderr])).toMatchObject([
      [0, ''],
      [0, ''],
    ]);
    const [one, two] = both.map(({ stdout }) => JSON.parse(stdout) as Record<string, unknown>);
    expect(one?.receipt).toEqual(expect.any(String));
    expect(one?.receipt).toBe(two?.receipt);
    expect(tool.count()).toBe(1);
    for (const cwd of [repo, other, server]) expectVerified(cwd);
  });
});
