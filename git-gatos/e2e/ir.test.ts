/** Building, reading, checking and running packets, as a person does it. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.js';

const ECHO = fileURLToPath(new URL('../../examples/first-build/tools/builtin/tool.json', import.meta.url));

let stage: Stage;
let cwd: string;
let cap: string;

const gatos = (args: readonly string[]) => stage.gatos(args, { cwd });
const json = (args: readonly string[], status = 0) => stage.json(args, { cwd, status }) as Record<string, never>;

interface RunOnce {
  readonly run: { readonly receipts: unknown; readonly trace_blob: string };
}

const BUDGET = { cpu_us: 5000, io_count: 1, state_writes: 0 };

/** Writes a description, and makes the packet `NAME.mythos` of it. */
function build(name: string, ops: readonly unknown[], more: object = {}): string {
  const tasks = [{ id: name, budget: BUDGET }];
  writeFileSync(join(cwd, `${name}.json`), JSON.stringify({ module: name, ops, tasks, ...more }));
  gatos(['ir', 'build', `${name}.json`, '-o', `${name}.mythos`]);
  return `${name}.mythos`;
}

const hello = (): readonly unknown[] => [
  ['CONST', 'r0', { text: 'hello' }],
  ['REQUIRE_CAP', cap],
  ['EFFECT', 'echo', 'r0', 'r1', 'r2'],
  ['RET', 'r1'],
];

beforeAll(() => {
  stage = openStage();
  cwd = stage.at('clone');
  mkdirSync(cwd);
  gatos(['init', '--actor', 'user:alice']);
  gatos(['trust', 'set-group', 'cap-tool', 'user:alice']);
  gatos(['tool', 'declare', ECHO]);
  const terms = ['--subject', 'user:alice', '--tool', 'echo', '--max-calls', '5', '--for', '1d'];
  cap = json(['cap', 'issue', ...terms]).id ?? '';
});
afterAll(() => stage.close());

describe('git gatos ir', () => {
  it('shows a packet in words, without a repository', () => {
    const packet = build('shown', hello());
    copyFileSync(join(cwd, packet), stage.at('shown.mythos'));
    const text = stage.gatos(['ir', 'show', 'shown.mythos'], { cwd: stage.at() });
    expect(text).toContain('the signature holds');
    expect(text).toMatch(/0 {2}CONST r0, c0 +; c0 is text "hello"/);
    expect(text).toMatch(/2 {2}EFFECT [0-9a-f]{8}…, r0 -> r1, r2 +; [0-9a-f]{8}… is tool `echo`/);
    expect(text).toContain('5000 µs of processor, 1 effect, 0 writes of state');
    const told = stage.json(['ir', 'show', 'shown.mythos'], { cwd: stage.at() }) as { operations: { op: string }[] };
    expect(told.operations.map(({ op }) => op)).toEqual(['CONST', 'REQUIRE_CAP', 'EFFECT', 'RET']);
  });

  it('runs it under the capability that it is lent, once', () => {
    const packet = build('once', hello());
    expect(json(['ir', 'check', packet])).toMatchObject({ outcome: 'pass', signatures: [{ actor: 'user:alice' }] });
    const first = json(['ir', 'run', packet, '--cap', cap]) as unknown as RunOnce;
    expect(first).toMatchObject({
      run: { outcome: { kind: 'returned', value: 'hello' }, effects: [{ tool: 'echo', status: 'invoked' }] },
    });
    const again = json(['ir', 'run', packet, '--cap', cap]);
    expect(again).toMatchObject({ run: { effects: [{ status: 'replayed' }], receipts: first.run.receipts } });
    expect(gatos(['ir', 'run', packet, '--cap', cap])).toContain('known to the ledger, not invoked again');
    expect(gatos(['blob', 'get', first.run.trace_blob, '-o', 'once.trace'])).toBeDefined();
    expect(readFileSync(join(cwd, 'once.trace')).length).toBeGreaterThan(100);
  });

  it('two at once: one of them invokes the tool, both have the same receipt', async () => {
    const packet = build('twice', hello());
    const args = ['ir', 'run', packet, '--cap', cap, '--no-trace', '--json'];
    const both = await Promise.all([stage.start(args, { cwd }), stage.start(args, { cwd })]);
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    const [a, b] = both.map(
      ({ stdout }) => JSON.parse(stdout) as { run: { effects: { status: string }[]; receipts: unknown } },
    );
    expect([a, b].map((done) => done?.run.effects[0]?.status).sort()).toEqual(['invoked', 'replayed']);
    expect(a?.run.receipts).toEqual(b?.run.receipts);
  });

  it('compressed it is the same bundle, and the ledger knows it', () => {
    const packet = build('small', hello());
    const first = json(['ir', 'run', packet, '--cap', cap, '--no-trace']);
    expect(first).toMatchObject({ run: { trace_blob: null, effects: [{ status: 'invoked' }] } });
    gatos(['ir', 'build', 'small.json', '-o', 'small.zst', '--compress']);
    const packed = json(['ir', 'run', 'small.zst', '--cap', cap, '--no-trace']);
    expect(packed).toMatchObject({ bundle: first.bundle, run: { effects: [{ status: 'replayed' }] } });
  });

  it('refuses what was not lent with 12, a budget that is used up with 1, and says where', () => {
    const packet = build('denied', hello());
    const denied = json(['ir', 'run', packet], 12);
    expect(denied).toMatchObject({ run: { outcome: { kind: 'failed', at: 1, error: { code: 'execute/not-lent' } } } });
    const told = stage.run(['git', 'gatos', 'ir', 'run', packet], { cwd });
    expect(told).toMatchObject({ status: 12, stdout: expect.stringContaining(`--cap ${cap}`) });
    const poor = build('poor', hello(), { tasks: [{ id: 'poor', budget: { ...BUDGET, io_count: 0 } }] });
    const failed = json(['ir', 'run', poor, '--cap', cap], 1);
    const error = { code: 'ir/budget', data: { budget: 'io_count' } };
    expect(failed).toMatchObject({ run: { outcome: { kind: 'failed', at: 2, error } } });
    const half = stage.run(['git', 'gatos', 'ir', 'run', packet, '--cap', 'abc'], { cwd });
    expect([half.status, half.stderr]).toEqual([129, expect.stringContaining('`git gatos ir run -h` shows the usage')]);
  });

  it('runs nothing of a packet that was altered, that nobody trusted signed, or that does not pass', () => {
    const packet = build('altered', hello());
    const bytes = readFileSync(join(cwd, packet));
    bytes.write('jello', bytes.indexOf('hello'));
    writeFileSync(join(cwd, 'forged.mythos'), bytes);
    for (const extra of [[], ['--unsigned']])
      expect(json(['ir', 'run', 'forged.mythos', '--cap', cap, ...extra], 11)).toMatchObject({ run: null });

    const there = stage.at('elsewhere');
    mkdirSync(there);
    stage.gatos(['init', '--actor', 'user:mallory'], { cwd: there, env: { XDG_CONFIG_HOME: stage.at('mallory') } });
    copyFileSync(join(cwd, packet), join(there, packet));
    const stranger = stage.json(['ir', 'check', packet], { cwd: there, status: 11 }) as { signatures: unknown };
    expect(stranger.signatures).toMatchObject([{ verdict: 'valid', actor: null }]);
    expect(stage.json(['ir', 'check', packet, '--unsigned'], { cwd: there })).toMatchObject({ outcome: 'pass' });

    const jumps = build('jumps', [
      ['JMP', { unsigned: 0 }],
      ['RET', 'r0'],
    ]);
    expect(json(['ir', 'run', jumps], 30)).toMatchObject({ run: null });
    expect(gatos(['ir', 'show', jumps])).toContain('it would not run: ');
  });

  it('says what is wrong with a file that is no packet, with a description, and with a framing', () => {
    writeFileSync(join(cwd, 'noise.mythos'), 'hello');
    expect(json(['ir', 'show', 'noise.mythos'], 1)).toMatchObject({ error: { code: 'mythos/packet' } });
    expect(json(['ir', 'show', 'nothing.mythos'], 20)).toMatchObject({ error: { code: 'cli/no-file' } });
    const packet = build('framed', [['HALT']]);
    expect(json(['ir', 'show', packet, '--framing', 'ctvp'], 1)).toMatchObject({ error: { code: 'mythos/packet' } });
    writeFileSync(join(cwd, 'bad.json'), '{"module":"bad","ops":[["HELLO"]],"tasks":[]}');
    expect(json(['ir', 'build', 'bad.json', '-o', 'bad.mythos'], 1)).toMatchObject({
      error: { code: 'ir/bad-source' },
    });
  });

  it('takes a packet of the published form where it is asked to', () => {
    gatos(['ir', 'build', 'framed.json', '-o', 'framed.ctvp', '--framing', 'ctvp']);
    expect(json(['ir', 'run', 'framed.ctvp', '--framing', 'ctvp'])).toMatchObject({
      run: { outcome: { kind: 'halted' } },
    });
  });
});
