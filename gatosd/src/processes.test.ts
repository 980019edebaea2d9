import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EVENT_KIND, journalHeads, readOrdered, recordBody } from 'gatos-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScratchWorld } from './scratch-world.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const world = new ScratchWorld();
const programs = mkdtempSync(join(tmpdir(), 'gatos-programs-'));
afterAll(() => {
  world.dispose();
  rmSync(programs, { recursive: true, force: true });
});

/** What the command line does, in a process that can be killed: init, import, sync. Prints the result, and the peak of its memory. */
const PROGRAM = `
import { createReadStream, readFileSync } from 'node:fs';
import { importRows, initRepository, openWorkspace, syncWith } from ${JSON.stringify(at('index.ts'))};
const [verb, cwd, argument] = JSON.parse(process.argv[2]);
const env = process.env;
const passphrase = async () => null;
async function run() {
  if (verb === 'init') return initRepository({ cwd, env, passphrase, profile: 'default', actor: 'user:alice' });
  const workspace = await openWorkspace({ cwd, env, passphrase });
  try {
    if (verb === 'sync') return await syncWith(workspace, { cwd, env, remote: 'origin', push: true });
    return await importRows(workspace.repository, {
      chunks: createReadStream(argument, { highWaterMark: 256 * 1024 }),
      source: 'data.csv', format: 'csv', ns: 'default', type: { constant: 'row' }, keyColumns: [], cells: 'auto', onError: 'skip',
    });
  } finally {
    await workspace.close();
  }
}
const start = performance.now();
run().then(
  (result) => {
    const peak = Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) / 1024;
    process.stdout.write(JSON.stringify({ result, peak, ms: performance.now() - start }));
  },
  (error) => {
    process.stderr.write((error.code ?? '') + ' ' + error.stack);
    process.exitCode = 1;
  },
);
`;

let program: string;
beforeAll(() => {
  const entry = join(programs, 'entry.ts');
  program = join(programs, 'program.mjs');
  writeFileSync(entry, PROGRAM);
  execFileSync(process.execPath, [at('../../tools/build-program.mjs'), entry, program]);
});

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

class Running {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;

  constructor(
    verb: 'init' | 'import' | 'sync',
    { cwd, person, argument }: { cwd: string; person: string; argument?: string },
  ) {
    // A group of its own: what it has started is killed with it, as by a power cut.
    this.#child = spawn(process.execPath, [program, JSON.stringify([verb, cwd, argument])], {
      env: world.env(person) as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let stdout = '';
    let stderr = '';
    this.#child.stdout?.on('data', (chunk) => {
      stdout += chunk;
    });
    this.#child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    this.ended = new Promise((resolve) => this.#child.on('close', (status) => resolve({ status, stdout, stderr })));
  }

  /** Kills it after a time, if it still runs. True when it did. */
  async killAfter(milliseconds: number): Promise<boolean> {
    const timer = setTimeout(() => process.kill(-(this.#child.pid as number), 'SIGKILL'), milliseconds);
    const { status } = await this.ended;
    clearTimeout(timer);
    return status === null;
  }

  async result() {
    const { status, stdout, stderr } = await this.ended;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return JSON.parse(stdout);
  }
}

const verify = (cwd: string, person: string) =>
  world.within(cwd, async ({ repository }) => (await repository.verify()).report.outcome, person);

async function keys(cwd: string, person: string): Promise<string[]> {
  return world.within(
    cwd,
    async ({ backend }) => {
      const found: string[] = [];
      for await (const batch of readOrdered(backend, { heads: await journalHeads(backend, 'default') })) {
        for (const { envelope } of batch) {
          for (let i = 0; i < envelope.count; i++) found.push(recordBody(envelope, i, EVENT_KIND).key ?? '');
        }
      }
      return found;
    },
    person,
  );
}

function csv(name: string, rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => `${i},station ${i % 97},${(i * 7919) % 1000}.5,"note, ${i}"\n`);
  writeFileSync(world.at(name), `id,station,value,note\n${lines.join('')}`);
  return world.at(name);
}

describe('a process that is killed', () => {
  it('while it founds a repository leaves what the next one completes', async () => {
    let killed = 0;
    for (let round = 0; round < 6; round++) {
      const person = `founder-${round}`;
      const cwd = world.at(`founded ${round}`);
      if (await new Running('init', { cwd, person }).killAfter(60 + round * 40)) killed += 1;
      // What git itself leaves when it is killed in the middle is told, with what to do.
      const lock = join(cwd, '.git', 'config.lock');
      if (existsSync(lock)) {
        const { status, stderr } = await new Running('init', { cwd, person }).ended;
        if (status !== 0) expect(stderr).toContain('settings/config-locked');
        rmSync(lock);
      }
      expect((await new Running('init', { cwd, person }).result()).result).toMatchObject({ trusted: true });
      const again = await new Running('init', { cwd, person }).result();
      expect(again.result.steps.filter(({ made }: { made: boolean }) => made)).toEqual([]);
      await world.emit(cwd, [1], { person });
      expect(await verify(cwd, person)).toBe('pass');
    }
    expect(killed).toBeGreaterThan(1);
  }, 120_000);

  it('while it imports leaves whole envelopes, and the next one goes on', async () => {
    const person = 'importer';
    const cwd = world.at('imported');
    await world.init(cwd, { env: world.env(person) });
    const argument = csv('30k.csv', 30_000);
    let killed = 0;
    let before = 0;
    for (let round = 0; round < 8; round++) {
      if (!(await new Running('import', { cwd, person, argument }).killAfter(250 + round * 150))) break;
      killed += 1;
      const recorded = await keys(cwd, person);
      expect(new Set(recorded).size).toBe(recorded.length);
      expect(recorded.length % 1000).toBe(0);
      expect(recorded.length).toBeGreaterThanOrEqual(before);
      before = recorded.length;
    }
    expect(killed).toBeGreaterThan(0);
    const { result } = await new Running('import', { cwd, person, argument }).result();
    expect(result).toMatchObject({ rows: 30_000, rejected: 0 });
    expect(result.recorded + result.existed).toBe(30_000);
    const all = await keys(cwd, person);
    expect(all).toHaveLength(30_000);
    expect(new Set(all).size).toBe(30_000);
    expect(await verify(cwd, person)).toBe('pass');
    expect(world.git(cwd, 'fsck', '--strict', '--no-dangling')).toBe('');
    expect((await new Running('import', { cwd, person, argument }).result()).result).toMatchObject({
      recorded: 0,
      existed: 30_000,
    });
  }, 180_000);

  it('while it syncs leaves clones that still meet', async () => {
    const person = 'syncer';
    const hub = world.bareRepository('killed-hub.git');
    const [one, two] = [world.folder('one'), world.at('two')];
    world.git(one, 'init', '-q');
    world.git(one, 'remote', 'add', 'origin', hub);
    await world.init(one, { env: world.env(person) });
    await world.sync(one, { person });
    await world.clone(hub, { directory: two, env: world.env(person) });
    for (let round = 0; round < 8; round++) {
      await world.emit(
        one,
        Array.from({ length: 50 }, (_, i) => `${round} ${i}`),
        { person },
      );
      for (const cwd of [one, two]) await new Running('sync', { cwd, person }).killAfter(80 + round * 40);
    }
    for (const path of leftLocks(hub)) rmSync(path);
    for (const cwd of [one, two]) {
      for (const path of leftLocks(join(cwd, '.git'))) rmSync(path);
      await new Running('sync', { cwd, person }).result();
    }
    expect(world.heads(one)).toEqual(world.heads(hub));
    expect(world.heads(two)).toEqual(world.heads(hub));
    expect(await verify(two, person)).toBe('pass');
  }, 120_000);
});

/** Locks of git itself, which a person removes after a crash, as git asks. */
function leftLocks(gitDir: string): string[] {
  const names = readdirSync(gitDir, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.lock')).map((name) => join(gitDir, name));
}

describe('several processes', () => {
  it('that import one file record every row once', async () => {
    const person = 'together';
    const cwd = world.at('together');
    await world.init(cwd, { env: world.env(person) });
    const argument = csv('6k.csv', 6000);
    const results = await Promise.all([1, 2, 3].map(() => new Running('import', { cwd, person, argument }).result()));
    const recorded = results.reduce((sum, { result }) => sum + result.recorded, 0);
    expect(recorded).toBe(6000);
    const all = await keys(cwd, person);
    expect(all).toHaveLength(6000);
    expect(new Set(all).size).toBe(6000);
  }, 120_000);
});

describe('200,000 rows', () => {
  it.skipIf(process.platform !== 'linux')(
    'stream in bounded memory',
    async () => {
      const person = 'bulk';
      const cwd = world.at('bulk');
      await world.init(cwd, { env: world.env(person) });
      const small = await new Running('import', { cwd, person, argument: csv('20k.csv', 20_000) }).result();
      const large = await new Running('import', { cwd, person, argument: csv('200k.csv', 200_000) }).result();
      expect(large.result).toMatchObject({ rows: 200_000, recorded: 180_000, existed: 20_000, rejected: 0 });
      console.log(
        `20k rows: ${Math.round(20_000_000 / small.ms)}/s, peak ${Math.round(small.peak)} MiB; ` +
          `200k rows: ${Math.round(200_000_000 / large.ms)}/s, peak ${Math.round(large.peak)} MiB`,
      );
      expect(large.peak - small.peak).toBeLessThan(100);
      expect(large.peak).toBeLessThan(400);
    },
    240_000,
  );
});
