/** Effects as processes: races for one key, deaths at every step, tools that misbehave. */
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Child, type Ended } from './child.js';
import { buildGateway, type Death, type EffectOrder } from './effect-program.js';
import { EffectPlace, type ToolChange } from './effect-tools.js';
import { openStage, type Stage } from './stage.js';

// Each of these starts many processes, and some wait for leases to end.
vi.setConfig({ testTimeout: 120_000 });

/** Leases that do not end while a test runs, on the slowest machine. */
const LONG_MS = 600_000;
/** After which a tool that hangs is ended: it has started by then. */
const HANG_MS = 3000;

let stage: Stage;
let repo: string;
let place: EffectPlace;
let program: ReturnType<typeof buildGateway>;
beforeAll(() => {
  program = buildGateway();
});
afterAll(() => rmSync(program.folder, { recursive: true, force: true }));
beforeEach(() => {
  stage = openStage();
  repo = stage.at('repo');
  place = new EffectPlace(stage, repo);
});
afterEach(() => stage.close());

const script = (name: string, then: string, change?: ToolChange) => place.script(name, then, change);
const call = (...args: string[]) => place.call(...args);
const history = () => place.history();

interface Told {
  readonly status?: string;
  readonly receipt?: string;
  readonly error?: string;
}
const gateway = (order: Omit<EffectOrder, 'cwd'>) =>
  new Child(stage, [JSON.stringify({ cwd: repo, ...order })], { program: program.file });
const told = ({ out }: Ended): Told => JSON.parse(out) as Told;

const expectVerified = (): void => place.expectVerified();

describe('two processes with one key at once', () => {
  it('invoke once, both get the one receipt, and a third with another body gets exit 15', async () => {
    const tool = script('slow', "nap(700); ok('done');");
    const ask = (...more: string[]) =>
      stage.start(['effect', 'call', 'slow', '--key', 'k', '--wait', '90s', '--json', ...more], { cwd: repo });
    const both = await Promise.all([ask(), ask()]);
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    const answers = both.map(({ stdout }) => JSON.parse(stdout) as Record<string, unknown>);
    expect(answers.map(({ status }) => status).sort()).toEqual(['invoked', 'replayed']);
    expect(answers[0]?.receipt).toEqual(expect.any(String));
    expect(answers[0]?.receipt).toBe(answers[1]?.receipt);
    expect(tool.count()).toBe(1);
    const third = await ask('--body', '"other"');
    expect([third.status, JSON.parse(third.stdout)]).toMatchObject([
      15,
      { error: { code: 'effects/idempotency-conflict', exit: 15 } },
    ]);
    expect(tool.count()).toBe(1);
    expect((await ask()).status).toBe(15);
    expect(tool.count()).toBe(1);
    expectVerified();
  });

  it('of which one does not wait is told who has it', async () => {
    const tool = script('slow', "ok('done');");
    const first = gateway({ tool: 'slow', key: 'k', stopAt: 'registered', leaseMs: LONG_MS });
    await first.says('registered');
    const { status, stderr } = call('slow', '--key', 'k', '--wait', '0s');
    expect([status, stderr]).toEqual([16, expect.stringContaining('is being invoked by the key ed25519:')]);
    expect(tool.count()).toBe(0);
    first.kill('SIGCONT');
    expect(told(await first.ended).status).toBe('invoked');
    expect(tool.count()).toBe(1);
  });

  it('share one count of their capability', async () => {
    const tool = script('counted', "ok('done');", { calls: '1' });
    const both = await Promise.all(
      ['a', 'b'].map((key) => stage.start(['effect', 'call', 'counted', '--key', key], { cwd: repo })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([0, 12]);
    expect(tool.count()).toBe(1);
    expectVerified();
  });
});

describe('a gateway that is killed', () => {
  /** What the next call comes to, and how often the tool ran in all, for a tool that may be invoked once and one that may be again. */
  const rows: readonly (readonly [Death, string, number, string, number])[] = [
    ['register written', 'invoked', 1, 'invoked', 1],
    ['register moved', 'effects/outcome-unknown', 0, 'invoked', 1],
    ['registered', 'effects/outcome-unknown', 0, 'invoked', 1],
    ['invoked', 'effects/outcome-unknown', 1, 'invoked', 2],
    ['receipt', 'effects/outcome-unknown', 1, 'invoked', 2],
    ['commit written', 'effects/outcome-unknown', 1, 'invoked', 2],
    ['commit moved', 'replayed', 1, 'replayed', 1],
    ['committed', 'replayed', 1, 'replayed', 1],
  ];
  it.each(rows)('at `%s` leaves %s to others, after %i invocation(s)', async (dieAt, once, ran, again, twice) => {
    const tools = [script('once', "ok('done');"), script('again', "ok('done');", { retrySafe: true })];
    const die = await Promise.all(tools.map(({ name }) => gateway({ tool: name, key: 'k', dieAt }).ended));
    expect(die.map(({ signal }) => signal)).toEqual(['SIGKILL', 'SIGKILL']);
    const next = await Promise.all(tools.map(({ name }) => gateway({ tool: name, key: 'k' }).ended));
    expect(next.map((ended) => told(ended).status ?? told(ended).error)).toEqual([once, again]);
    expect(tools.map(({ count }) => count())).toEqual([ran, twice]);
    const last = await Promise.all(tools.map(({ name }) => gateway({ tool: name, key: 'k' }).ended));
    const settled = [once === 'invoked' ? 'replayed' : once, 'replayed'];
    expect(last.map((ended) => told(ended).status ?? told(ended).error)).toEqual(settled);
    expect(tools.map(({ count }) => count())).toEqual([ran, twice]);
    expectVerified();
  });
});

describe('clocks that differ by an hour', () => {
  it.each([
    ['fast', 3_600_000],
    ['slow', -3_600_000],
  ])('one of them %s: a tool that may be invoked once is', async (_, skewMs) => {
    const tool = script('once', "ok('done');");
    const [own, other] = [Math.min(skewMs, 0), Math.max(skewMs, 0)];
    const first = gateway({ tool: 'once', key: 'k', leaseMs: LONG_MS, skewMs: own, stopAt: 'registered' });
    await first.says('registered');
    const second = await gateway({ tool: 'once', key: 'k', leaseMs: LONG_MS, skewMs: other, waitMs: 0 }).ended;
    expect(['effects/outcome-unknown', 'effects/held']).toContain(told(second).error);
    expect(tool.count()).toBe(0);
    first.kill('SIGCONT');
    expect(told(await first.ended).status).toBe('invoked');
    expect(tool.count()).toBe(1);
    expect(told(await gateway({ tool: 'once', key: 'k', skewMs: other }).ended).status).toBe('replayed');
    expectVerified();
  });
});

describe('a gateway that was held up past its lease', () => {
  it('cannot replace what another one recorded; when its tool answered differently that is told for ever', async () => {
    const tool = script('fickle', 'ok(String(process.pid));', { retrySafe: true });
    const first = gateway({ tool: 'fickle', key: 'k', stopAt: 'invoked' });
    await first.says('invoked');
    const second = await gateway({ tool: 'fickle', key: 'k' }).ended;
    expect(told(second).status).toBe('invoked');
    first.kill('SIGCONT');
    const late = await first.ended;
    expect([late.code, told(late).error]).toEqual([15, 'effects/non-deterministic']);
    expect(call('fickle', '--key', 'k').status).toBe(15);
    expect(tool.count()).toBe(2);
    expect(history()).toMatchObject([{ state: 'divergent', attempt: 2 }]);
    expectVerified();
  });
});

describe('a tool', () => {
  it.each([
    ['hangs', 'nap(60000);', { timeMs: HANG_MS }],
    ['floods', "for (;;) all(Buffer.alloc(65536, 'x'));", {}],
    ['crashes after acting', 'process.exit(3);', {}],
    ['is killed', "process.kill(process.pid, 'SIGKILL'); nap(1000);", {}],
    ['says what is no answer', 'say([6, 2, 104, 105]);', {}],
  ] as const)('that %s is not invoked again, and somebody is told to look', (_, then, change) => {
    const tool = script('bad', then, change);
    const first = call('bad', '--key', 'k');
    expect([first.status, first.stderr]).toEqual([30, expect.stringContaining('the tool may have acted')]);
    const second = call('bad', '--key', 'k');
    expect([second.status, second.stderr]).toEqual([30, expect.stringContaining('nobody knows whether effect')]);
    expect(second.stderr).toContain('--action effect.resolve');
    expect(tool.count()).toBe(1);
    expect(history()).toMatchObject([{ state: 'unknown', key: 'k', status: null }]);
    expectVerified();
  });

  it('is heard on its standard error, also when it fails, and nothing of it is recorded', () => {
    script('bad', "process.stderr.write('no route to the bank\\n\\x1b[31msecret'); process.exit(3);");
    const { status, stderr } = call('bad', '--key', 'k');
    expect([status, stderr]).toEqual([
      30,
      expect.stringMatching(/^bad: no route to the bank\nbad: \S*\[31msecret\nerror: /),
    ]);
    expect(stderr).not.toContain('\x1b');
    script('good', "process.stderr.write('warming up\\n'); ok('done');");
    expect(call('good', '--key', 'k').stderr).toMatch(/^good: warming up\n/);
    expect(call('good', '--key', 'k').stderr).not.toContain('warming up');
    const objects = stage.git(['cat-file', '--batch', '--batch-all-objects'], { cwd: repo });
    for (const said of ['no route to the bank', 'warming up']) expect(objects).not.toContain(`${said}\n`);
  });

  it('that hangs and may be invoked again is, by the next call', () => {
    const tool = script('bad', 'nap(60000);', { timeMs: HANG_MS, retrySafe: true });
    for (const times of [1, 2]) {
      expect(call('bad', '--key', 'k').status).toBe(30);
      expect(tool.count()).toBe(times);
    }
    expectVerified();
  });

  it('that cannot be started did nothing, and is tried again at once', () => {
    script('gone', "ok('done');", { argv: ['no-such-command-here'] });
    for (let i = 0; i < 2; i++) {
      const { status, stderr } = call('gone', '--key', 'k');
      expect([status, stderr]).toEqual([75, expect.stringContaining('and did nothing')]);
    }
    expect(history()).toMatchObject([{ state: 'released', attempt: 2 }]);
    expectVerified();
  });

  it('that says no is answered for, and the answer stays', () => {
    const tool = script('no', "no(402, 'no money');");
    for (let i = 0; i < 2; i++) {
      const { status, stdout } = call('no', '--key', 'k');
      expect([status, stdout]).toEqual([1, expect.stringContaining('status 402: no money')]);
    }
    expect(tool.count()).toBe(1);
    expectVerified();
  });

  it('whose answer is not what it declares has acted, and that is told every time', () => {
    const tool = script('liar', "ok('text');", { response: { type: 'integer' } });
    for (let i = 0; i < 2; i++) {
      const { status, stderr } = call('liar', '--key', 'k');
      expect([status, stderr]).toEqual([13, expect.stringContaining('its answer is not what it declares')]);
    }
    expect(tool.count()).toBe(1);
    expect(history()).toMatchObject([{ state: 'committed', status: 502 }]);
    expectVerified();
  });

  it('that takes no such request is not called, and nothing is recorded', () => {
    stage.git(['config', 'user.name', 'x'], { cwd: repo });
    script('picky', "ok('done');");
    const { status, stderr } = stage.run(['git', 'gatos', 'effect', 'call', 'nothing'], { cwd: repo });
    expect([status, stderr]).toEqual([20, expect.stringContaining('there is no tool `nothing` here')]);
    expect(call('picky', '--body', '{"x":1.5}').status).toBe(1);
    expect(call('picky', '--body', '{').status).toBe(1);
    expect(call('picky', '--cap', 'a'.repeat(64)).status).toBe(12);
    expect(history()).toEqual([]);
  });

  it('without a key is invoked at every call, each with a receipt', () => {
    const tool = script('plain', "ok('done');");
    const receipts = [1, 2].map(() => (JSON.parse(call('plain', '--json').stdout) as { receipt: string }).receipt);
    expect(tool.count()).toBe(2);
    expect(new Set(receipts).size).toBe(2);
    for (const receipt of receipts)
      expect(stage.json(['effect', 'show', receipt], { cwd: repo })).toMatchObject({ state: 'receipt' });
    expectVerified();
  });
});
