/** The bus as processes: consumers that are killed at every step, commands end to end, and clones that share a topic. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Child, until } from './child.js';
import { openStage, type Run, type Stage } from './stage.js';

// Each of these starts dozens of processes.
vi.setConfig({ testTimeout: 300_000 });

let stage: Stage;
let repo: string;
beforeEach(() => {
  stage = openStage();
  repo = stage.at('repo');
  stage.gatos(['init', repo, '--actor', 'user:alice']);
});
afterEach(() => stage.close());

interface Told {
  readonly offset: string;
  readonly key: string | null;
  readonly payload: unknown;
  readonly cid: string;
}

interface Stats {
  readonly messages: number;
  readonly segments: readonly { readonly segment: string; readonly messages: number; readonly ended: boolean }[];
  readonly consumers: readonly {
    readonly consumer: string;
    readonly handled: number;
    readonly conflicts: number;
    readonly lag: number;
  }[];
  readonly suggestions: readonly { readonly what: string }[];
}

const bus = (args: readonly string[], cwd = repo, input?: string): Run =>
  stage.run(['git-gatos', 'bus', ...args], { cwd, input });
const publish = (lines: readonly unknown[], more: readonly string[] = [], cwd = repo): Run =>
  bus(['publish', 't', '--lines', '-', ...more], cwd, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
const messages = ({ stdout }: Run): Told[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Told);
const stats = (cwd = repo, more: readonly string[] = []) =>
  stage.json(['bus', 'stats', 't', ...more], { cwd }) as Stats;
const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, i) => ({ id: from + i }));
const ids = (told: readonly Told[]) => told.map(({ payload }) => (payload as { id: number }).id);

function expectVerified(cwd = repo): void {
  const { status, stdout, stderr } = stage.run(['git', 'gatos', 'verify', '--all'], { cwd });
  expect(status, stdout.slice(-2000) + stderr).toBe(0);
}

/** mulberry32: a schedule that anybody can repeat. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SEED = 20261120;
const STEPS = ['reading', 'before-handling', 'in-handler', 'after-handler', 'ack-locked', 'ack-moved'] as const;
const KILLS = 24;
const hasFlock = spawnSync('flock', ['--version']).status === 0;

describe('an idempotent consumer', () => {
  it.skipIf(!hasFlock)(
    `that is killed ${KILLS} times, at every step, has every effect once (seed ${SEED})`,
    async () => {
      const keys = Array.from({ length: 36 }, (_, i) => ({ k: `k${i}`, v: i }));
      expect(publish(keys.slice(0, 12), ['--key-field', 'k', '--max-messages', '10']).status).toBe(0);
      // Again under the same keys, and other contents under used ones: their segments have ended, so that publishing knows nothing of it.
      expect(
        publish([...keys.slice(0, 6), ...keys.slice(12, 24)], ['--key-field', 'k', '--max-messages', '10']).status,
      ).toBe(0);
      expect(
        publish([{ k: 'k3', v: 'other' }, ...keys.slice(20)], ['--key-field', 'k', '--max-messages', '10']).status,
      ).toBe(0);
      const effects = stage.at('effects');
      const [began, ended] = [stage.at('began'), stage.at('ended')];
      writeFileSync(effects, '');
      const handler = stage.at('handler.sh');
      writeFileSync(
        handler,
        // Orphans of a subscriber that was killed may still run: the look and the effect are one step.
        `read -r line; echo >> '${began}'
flock '${effects}.lock' sh -c 'sleep 0.02; grep -q "^$GATOS_KEY " "$1" || echo "$GATOS_KEY $2" >> "$1"' - '${effects}' "$line"
echo >> '${ended}'
`,
      );
      const head = () => {
        const path = join(repo, '.git', 'refs', 'gatos', 'mbus-ack', 't', 'worker');
        return existsSync(path) ? readFileSync(path, 'utf8') : '';
      };
      const lock = () => {
        const folder = join(repo, '.git', 'refs', 'gatos', 'mbus-ack', 't');
        return existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.lock'));
      };
      const lengthOf = (path: string) => (existsSync(path) ? readFileSync(path).length : 0);
      const subscriber = () =>
        new Child(stage, ['bus', 'subscribe', 't', '-c', 'worker', '--', 'sh', handler], { cwd: repo });
      const random = seeded(SEED);
      const told: string[] = [];
      const killedAt = new Map<string, number>();
      for (let kill = 0; kill < KILLS; kill++) {
        const step = STEPS[kill % STEPS.length] ?? 'reading';
        const handle = 1 + Math.floor(random() * 2);
        const before = { began: lengthOf(began), ended: lengthOf(ended), head: head() };
        const child = subscriber();
        let gone = false;
        void child.ended.then(() => {
          gone = true;
        });
        const reached = {
          reading: () => true,
          'before-handling': () => lengthOf(began) > before.began - 1,
          'in-handler': () => lengthOf(began) >= before.began + handle,
          'after-handler': () => lengthOf(ended) >= before.ended + handle,
          'ack-locked': () => lock(),
          'ack-moved': () => head() !== before.head,
        }[step];
        if (step === 'reading' || step === 'before-handling')
          await new Promise((resolve) => setTimeout(resolve, random() * 400));
        while (!gone && !reached()) await new Promise((resolve) => setImmediate(resolve));
        if (!gone) killedAt.set(step, (killedAt.get(step) ?? 0) + 1);
        child.kill('SIGKILL');
        told.push((await child.ended).err);
      }
      // A lock that was left behind by the killed is waited out, or taken away as git's own would be.
      const last = await subscriber().ended;
      told.push(last.err);
      const lines = readFileSync(effects, 'utf8').trim().split('\n');
      expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual(keys.map(({ k }) => k).sort());
      for (const line of lines) {
        const { key, payload } = JSON.parse(line.slice(line.indexOf(' ') + 1)) as Told;
        expect(payload).toEqual(keys.find(({ k }) => k === key));
      }
      expect(told.join('')).toMatch(/was not handled: another content was handled under its key `k3`/);
      const [consumer] = stats().consumers;
      expect(consumer).toMatchObject({ consumer: 'worker', handled: keys.length, conflicts: 1, lag: 0 });
      expect([0, 1]).toContain(last.code);
      for (const step of STEPS) expect(killedAt.get(step) ?? 0, `killed at ${step}`).toBeGreaterThan(0);
      expectVerified();
      expect(stage.run(['git', 'fsck', '--strict', '--no-dangling'], { cwd: repo }).status).toBe(0);
    },
  );

  it('in two processes at once loses nothing, and counts every message once', async () => {
    expect(publish(numbered(20)).status).toBe(0);
    const log = stage.at('log');
    const args = [
      'bus',
      'subscribe',
      't',
      '-c',
      'pair',
      '--',
      'sh',
      '-c',
      `read -r line; echo "$GATOS_KEY" >> '${log}'`,
    ];
    const ended = await Promise.all([1, 2].map(() => new Child(stage, args, { cwd: repo }).ended));
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(new Set(readFileSync(log, 'utf8').trim().split('\n')).size).toBe(20);
    expect(stats().consumers).toMatchObject([{ consumer: 'pair', handled: 20, lag: 0 }]);
    expectVerified();
  });
});

describe('publishing lines', () => {
  it.each([
    ['is no JSON', '{"id":1}\n{"id":\n', [], /line 2 cannot be published/],
    [
      'is no UTF-8',
      Buffer.from([0x31, 0x0a, 0x22, 0xff, 0x22, 0x0a]),
      [],
      /line 2 cannot be published: it is not UTF-8/,
    ],
    [
      'has no key',
      '{"id":1}\n\n{"other":2}\n',
      ['--key-field', 'id'],
      /line 3 cannot be published: it has no text or number `id`/,
    ],
    ['has a key that is none', '{"id":"a\\u0007"}\n', ['--key-field', 'id'], /line 1 cannot be published/],
    ['is too large', `1\n"${'x'.repeat(1024 * 1024 + 1)}"\n`, [], /line 2 cannot be published: message 0 has/],
  ])('records nothing when one of them %s', (_, text, more, complaint) => {
    const { status, stderr } = stage.run(['git-gatos', 'bus', 'publish', 't', '--lines', '-', ...more], {
      cwd: repo,
      input: text,
    });
    expect([status, stderr]).toEqual([1, expect.stringMatching(complaint)]);
    expect(stage.json(['bus', 'topics'], { cwd: repo })).toEqual([]);
  });

  it('rotates as it is told, and says where the messages stand', () => {
    const { stdout } = publish(numbered(25), ['--max-messages', '10', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ topic: 't', messages: 25, existed: 0 });
    expect(stats().segments.map(({ messages: count, ended }) => [count, ended])).toEqual([
      [10, true],
      [10, true],
      [5, false],
    ]);
    expect(ids(messages(bus(['subscribe', 't', '-c', 'r'])))).toEqual(numbered(25).map(({ id }) => id));
  });
});

describe('subscribing', () => {
  it('goes on where it was, and never acknowledges what failed', () => {
    publish(numbered(5));
    expect(ids(messages(bus(['subscribe', 't', '-c', 'r', '-n', '2'])))).toEqual([0, 1]);
    const failing = bus([
      'subscribe',
      't',
      '-c',
      'r',
      '--attempts',
      '2',
      '--',
      'sh',
      '-c',
      'grep -q "id.:2" && exit 0; exit 3',
    ]);
    expect([failing.status, failing.stderr]).toEqual([75, expect.stringContaining('in 2 attempts: exit status 3')]);
    expect(bus(['subscribe', 't', '-c', 'r', '--', '/no/such/program'])).toMatchObject({ status: 75 });
    expect(ids(messages(bus(['subscribe', 't', '-c', 'r'])))).toEqual([3, 4]);
    expect(bus(['subscribe', 'nothing', '-c', 'r'])).toMatchObject({ status: 20 });
    const place = `${stats().segments[0]?.segment}:1`;
    expect(ids(messages(bus(['subscribe', 't', '-c', 'late', '--from', place])))).toEqual([2, 3, 4]);
    expect(messages(bus(['subscribe', 't', '-c', 'news', '--from', 'end']))).toEqual([]);
  });

  it('follows, is woken by what comes, and ends in order at the first signal', async () => {
    const child = new Child(stage, ['bus', 'subscribe', 't', '-c', 'f', '--follow'], { cwd: repo });
    publish(numbered(2));
    await child.says('"id":1');
    publish(numbered(1, 2));
    await child.says('"id":2');
    child.kill('SIGTERM');
    expect(await child.ended).toMatchObject({ code: 0, err: expect.stringContaining('3 handled') });
    expect(stats().consumers).toMatchObject([{ handled: 3, lag: 0 }]);
  });

  it('finishes the message at hand at the first signal, and ends a handler that hangs at the second', async () => {
    publish(numbered(3));
    const flag = stage.at('flag');
    const first = new Child(
      stage,
      [
        'bus',
        'subscribe',
        't',
        '-c',
        'h',
        '--follow',
        '--',
        'sh',
        '-c',
        `echo in-hand; until [ -e '${flag}' ]; do sleep 0.05; done`,
      ],
      { cwd: repo },
    );
    await first.says('in-hand');
    first.kill('SIGTERM');
    writeFileSync(flag, '');
    expect(await first.ended).toMatchObject({ code: 0 });
    expect(stats().consumers).toMatchObject([{ consumer: 'h', handled: 1 }]);
    const second = new Child(
      stage,
      ['bus', 'subscribe', 't', '-c', 'h', '--follow', '--', 'sh', '-c', 'echo "at $$"; exec sleep 600'],
      { cwd: repo },
    );
    await second.says(/at \d+\n/);
    const pid = /at (\d+)/.exec(second.out)?.[1] ?? '';
    second.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 100));
    second.kill('SIGTERM');
    expect((await second.ended).code).toBe(130);
    await until(
      () => !existsSync(`/proc/${pid}/cmdline`),
      () => 'its handler still runs',
    );
    expect(stats().consumers).toMatchObject([{ consumer: 'h', handled: 1 }]);
  });

  it('keeps what a reader that leaves has not seen', () => {
    publish(Array.from({ length: 3000 }, (_, id) => ({ id, pad: 'x'.repeat(100) })));
    const { stdout } = bus(['subscribe', 't', '-c', 'p']);
    expect(stdout.split('\n')).toHaveLength(3001);
    const left = stage.run(['bash', '-c', 'set -o pipefail; git-gatos bus subscribe t -c q | head -n 1 >/dev/null'], {
      cwd: repo,
    });
    expect(left.status).toBe(141);
    expect(stats().consumers.map(({ consumer }) => consumer)).toEqual(['p']);
  });
});

describe('ack, compact, prove, verify', () => {
  it('prune what was passed, and prove it afterwards', () => {
    publish(numbered(25), ['--max-messages', '10']);
    const all = messages(bus(['subscribe', 't', '-c', 'reader', '-n', '12']));
    const [first, twelfth] = [all[0], all[11]];
    const proof = stage.at('m.proof');
    const made = spawnSync('git-gatos', ['bus', 'prove', 't', first?.cid ?? ''], {
      cwd: repo,
      env: stage.env as NodeJS.ProcessEnv,
    });
    writeFileSync(proof, made.stdout);
    expect(bus(['verify', '--proof', proof]).status).toBe(0);
    expect(
      bus(['prove', 't', first?.cid.replace(/(?<=^bafyrei)./, (letter) => (letter === 'a' ? 'b' : 'a')) ?? '']).status,
    ).not.toBe(0);
    // Older than it is, not passed, by force.
    expect(bus(['compact', 't', '--older-than', '1d']).stdout).toBe('nothing to prune\n');
    expect(stage.json(['bus', 'compact', 't', '--older-than', '0s'], { cwd: repo })).toMatchObject({
      pruned: [{ count: 10 }],
      kept: [{ waitsFor: ['reader'] }],
    });
    expect(bus(['verify', '--proof', proof]).stdout).toContain('by the summary of');
    expect(bus(['ack', 't', twelfth?.offset ?? '', '-c', 'reader']).status).toBe(0);
    expect(stage.json(['bus', 'ack', 't', twelfth?.offset ?? '', '-c', 'reader'], { cwd: repo })).toMatchObject({
      recorded: false,
    });
    expect(stats(repo, ['--older-than', '0s']).suggestions.map(({ what }) => what)).toContain('consumer-behind');
    expect(bus(['compact', 't', '--older-than', '0s', '--force']).stdout).toContain(
      'pruned 1 segment with 10 messages',
    );
    const rest = bus(['subscribe', 't', '-c', 'reader']);
    expect(ids(messages(rest))).toEqual([20, 21, 22, 23, 24]);
    expect(rest.stderr).toMatch(/was pruned before it was read/);
    expect(stage.json(['bus', 'ack', 't', 'end', '-c', 'other'], { cwd: repo })).toMatchObject({ recorded: true });
    const bytes = Uint8Array.from(made.stdout);
    for (const at of [10, Math.floor(bytes.length / 2), bytes.length - 3]) {
      const bad = Uint8Array.from(bytes);
      bad[at] = (bad[at] ?? 0) ^ 1;
      writeFileSync(proof, bad);
      expect(bus(['verify', '--proof', proof]).status, `byte ${at}`).not.toBe(0);
    }
    expect(bus(['verify', 't']).status).toBe(0);
    expect(bus(['verify', 'nothing']).status).toBe(20);
    expectVerified();
  });
});

/** Two clones of one person, and a bare repository between them behind our gate. */
function clones(): { readonly server: string; readonly other: string } {
  const server = stage.at('server.git');
  const other = stage.at('other');
  stage.git(['init', '-q', '--bare', server]);
  stage.git(['remote', 'add', 'origin', server], { cwd: repo });
  stage.gatos(['sync'], { cwd: repo });
  become(server);
  stage.gatos(['hooks', 'install', '--server', '--trust'], { cwd: server });
  stage.gatos(['sync'], { cwd: repo });
  stage.git(['init', '-q', other]);
  stage.git(['remote', 'add', 'origin', server], { cwd: other });
  stage.gatos(['sync'], { cwd: other });
  become(other);
  return { server, other };
}

function become(cwd: string): void {
  stage.gatos(['config', 'set', 'actor', 'user:alice'], { cwd });
  stage.gatos(['config', 'set', 'key', 'default'], { cwd });
}

const busRefs = (cwd: string) =>
  stage.git(['for-each-ref', 'refs/gatos/mbus', 'refs/gatos/mbus-ack', 'refs/gatos/mbus-summary'], { cwd });

describe('two clones and a server', () => {
  it('exchange messages, offsets and pruning', () => {
    const { server, other } = clones();
    publish(numbered(12), ['--max-messages', '5']);
    stage.gatos(['sync'], { cwd: repo });
    stage.gatos(['sync'], { cwd: other });
    expect(ids(messages(bus(['subscribe', 't', '-c', 'r'], other)))).toEqual(numbered(12).map(({ id }) => id));
    expect(bus(['compact', 't', '--older-than', '0s'], other).stdout).toContain('pruned 2 segments');
    stage.gatos(['sync'], { cwd: other });
    stage.gatos(['sync'], { cwd: repo });
    expect(stats().consumers).toMatchObject([{ consumer: 'r', handled: 12, lag: 0 }]);
    expect(busRefs(repo)).toBe(busRefs(server));
    expect(busRefs(other)).toBe(busRefs(server));
    for (const cwd of [repo, other, server]) expectVerified(cwd);
  });

  it('prune nothing that the server does not have whole: it could never be brought there', () => {
    const { server } = clones();
    publish(numbered(12), ['--max-messages', '5']);
    const kept = bus(['compact', 't', '--older-than', '0s']);
    expect(kept.stdout).toContain('nothing to prune');
    expect(kept.stdout.match(/not at origin yet: `git gatos sync` first/g)).toHaveLength(2);
    stage.gatos(['sync'], { cwd: repo });
    expect(bus(['compact', 't', '--older-than', '0s']).stdout).toContain('pruned 2 segments');
    stage.gatos(['sync'], { cwd: repo });
    expect(busRefs(repo)).toBe(busRefs(server));
    for (const cwd of [repo, server]) expectVerified(cwd);
  });

  it('publish on one topic at the remote first, and never diverge', async () => {
    const { server, other } = clones();
    const texts = [repo, other].map((cwd, i) => {
      const path = stage.at(`lines-${i}`);
      writeFileSync(
        path,
        numbered(6, 100 * i)
          .map((line) => `${JSON.stringify(line)}\n`)
          .join(''),
      );
      return { cwd, path };
    });
    const runs = texts.flatMap(({ cwd, path }) =>
      [1, 2, 3].map(
        () =>
          new Child(
            stage,
            ['bus', 'publish', 't', '--lines', `@${path}`, '--max-messages', '8', '--remote', 'origin'],
            { cwd },
          ).ended,
      ),
    );
    expect((await Promise.all(runs)).map(({ code, err }) => [code, err])).toEqual(runs.map(() => [0, '']));
    for (const cwd of [repo, other]) {
      stage.gatos(['sync'], { cwd });
      expect(busRefs(cwd)).toBe(busRefs(server));
    }
    const read = bus(['subscribe', 't', '-c', 'all', '--remote', 'origin'], other);
    expect(read.status, read.stderr).toBe(0);
    expect(messages(read)).toHaveLength(36);
    expect(messages(bus(['subscribe', 't', '-c', 'all', '--remote', 'origin'], repo))).toEqual([]);
    expectVerified(server);
  });

  it.each([
    ['on a segment', []],
    ['on segments that both ended', ['--max-messages', '3']],
  ])('that published without knowing of each other become one again: %s', (_, limits) => {
    const { server, other } = clones();
    publish(numbered(2), limits);
    stage.gatos(['sync'], { cwd: repo });
    stage.gatos(['sync'], { cwd: other });
    publish(numbered(5, 10), limits);
    publish(numbered(5, 20), limits, other);
    const mine = messages(bus(['subscribe', 't', '-c', 'mine', '-n', '4'], other));
    expect(ids(mine)).toEqual([0, 1, 20, 21]);
    stage.gatos(['sync'], { cwd: repo });
    const refused = stage.run(['git', 'gatos', 'sync'], { cwd: other });
    expect([refused.status, refused.stdout]).toEqual([14, expect.stringContaining('sync --re-emit')]);
    // Nothing of a line that is not there has reached the server, nor an offset that would mean other messages there.
    expect(busRefs(server)).toBe(busRefs(repo));
    const joined = stage.run(['git', 'gatos', 'sync', '--re-emit'], { cwd: other });
    expect(joined.status, joined.stdout + joined.stderr).toBe(0);
    expect(joined.stdout).toContain('5 events again, 0 were there already');
    stage.gatos(['sync'], { cwd: repo });
    expect(busRefs(repo)).toBe(busRefs(server));
    expect(busRefs(other)).toBe(busRefs(server));
    const all = messages(bus(['subscribe', 't', '-c', 'all'], repo));
    expect(ids(all)).toEqual([0, 1, 10, 11, 12, 13, 14, 20, 21, 22, 23, 24]);
    for (const { cid } of mine) expect(all.map((each) => each.cid)).toContain(cid);
    // What was handled behind the place that both had comes again: nothing is passed over unseen.
    expect(ids(messages(bus(['subscribe', 't', '-c', 'mine'], other))).slice(-10)).toEqual(ids(all).slice(-10));
    for (const cwd of [repo, other, server]) expectVerified(cwd);
  });

  it('that opened one topic each, have one', () => {
    const { server, other } = clones();
    publish(numbered(3));
    publish(numbered(3, 10), [], other);
    stage.gatos(['sync'], { cwd: repo });
    expect(stage.run(['git', 'gatos', 'sync'], { cwd: other }).status).toBe(14);
    stage.gatos(['sync', '--re-emit'], { cwd: other });
    stage.gatos(['sync'], { cwd: repo });
    expect(busRefs(repo)).toBe(busRefs(server));
    expect(ids(messages(bus(['subscribe', 't', '-c', 'all'], repo)))).toEqual([0, 1, 2, 10, 11, 12]);
    for (const cwd of [repo, other, server]) expectVerified(cwd);
  });

  it.each([
    ['theirs', '3', '1', []],
    ['ours', '1', '3', ['--re-emit']],
  ] as const)('that are one consumer are as far as the further: %s', (_, here, there, more) => {
    const { server, other } = clones();
    publish(numbered(4));
    stage.gatos(['sync'], { cwd: repo });
    stage.gatos(['sync'], { cwd: other });
    bus(['subscribe', 't', '-c', 'r', '-n', here], repo);
    bus(['subscribe', 't', '-c', 'r', '-n', there], other);
    stage.gatos(['sync'], { cwd: repo });
    const joined = stage.run(['git', 'gatos', 'sync', ...more], { cwd: other });
    expect(joined.status, joined.stdout + joined.stderr).toBe(0);
    stage.gatos(['sync'], { cwd: repo });
    expect(busRefs(repo)).toBe(busRefs(server));
    expect(ids(messages(bus(['subscribe', 't', '-c', 'r'], repo)))).toEqual([3]);
    expectVerified();
  });
});
