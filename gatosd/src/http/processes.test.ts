/** Servers as processes of their own: killed in the middle of a call, racing on one key, told to end. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, HttpWorld, type Said } from './fixtures/scratch-http.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What `git gatos serve` does, with short leases. */
const PROGRAM = `
import { openWorkspace } from ${JSON.stringify(at('../workspace.ts'))};
import { serveHttp } from ${JSON.stringify(at('server.ts'))};
const workspace = await openWorkspace({ cwd: process.cwd(), env: process.env, passphrase: async () => null });
const served = await serveHttp({ workspace, env: process.env, version: '1.2.3', listen: { host: '127.0.0.1', port: 0 }, leaseMs: 1500, waitMs: 20000 });
process.on('SIGTERM', () => void served.close());
process.stdout.write(served.url + '\\n');
await served.ended;
await workspace.close();
`;

class Running {
  url = '';
  constructor(readonly child: ChildProcess) {}

  async ready(): Promise<this> {
    let text = '';
    for await (const part of this.child.stdout ?? []) {
      text += String(part);
      if (text.includes('\n')) break;
    }
    this.url = text.trim();
    return this;
  }

  /** Exit status, or the signal. */
  ended(): Promise<number | string> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null)
      return Promise.resolve(child.exitCode ?? String(child.signalCode));
    return new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? String(signal))));
  }
}

let world: HttpWorld;
let folder: string;
let program: string;
const started: Running[] = [];
beforeAll(async () => {
  world = new HttpWorld();
  await world.open();
  folder = mkdtempSync(join(tmpdir(), 'gatos-http-'));
  const entry = join(folder, 'entry.ts');
  program = join(folder, 'program.mjs');
  writeFileSync(entry, PROGRAM);
  execFileSync(process.execPath, [at('../../../tools/build-program.mjs'), entry, program]);
});
afterAll(async () => {
  for (const running of started) running.child.kill('SIGKILL');
  await Promise.all(started.map((running) => running.ended()));
  rmSync(folder, { recursive: true, force: true });
  await world.end();
});

function start(): Promise<Running> {
  const env = world.scratch.env() as NodeJS.ProcessEnv;
  const child = spawn(process.execPath, [program], { cwd: world.repo, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const running = new Running(child);
  started.push(running);
  return running.ready();
}

/** A tool that counts, then waits until it is let go. What it does is the same for all, so they are one tool to the ledger: keys differ. */
async function waiting(name: string, retrySafe = false) {
  const gate = world.scratch.at(`go-${name}`);
  const then = `
    import { existsSync } from 'node:fs';
    for (let i = 0; i < 2000 && !existsSync(${JSON.stringify(gate)}); i++) await new Promise((resolve) => setTimeout(resolve, 10));
    ok('done');`;
  const { capability, count } = await world.script(name, then, { retry_safe: retrySafe });
  const call = (running: Running, signal?: AbortSignal): Promise<Said> =>
    world.callTool(
      running,
      name,
      { body: { n: 1 }, capability, idempotency_key: name },
      signal === undefined ? {} : { signal },
    );
  return { call, count, go: () => writeFileSync(gate, '') };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}

describe('servers as processes', () => {
  it('killed during a call: the ledger says that nobody knows, and the tool is not invoked again', async () => {
    const { call, count, go } = await waiting('once');
    const first = await start();
    const lost = call(first).catch(() => 'lost' as const);
    await until(() => count() === 1);
    first.child.kill('SIGKILL');
    expect(await lost).toBe('lost');
    expect(await first.ended()).toBe('SIGKILL');
    const second = await start();
    const said = await call(second);
    expect([said.status, codeOf(said)]).toEqual([504, 'effects/outcome-unknown']);
    expect((await call(second)).status).toBe(504);
    expect(count()).toBe(1);
    const { json } = await world.ask(second, '/v1/effects?tool=once');
    expect(json).toMatchObject({ effects: [{ state: 'unknown', attempt: 1, receipt_id: null }] });
    go();
  }, 60_000);

  it('killed during a call of a tool that may be repeated: the next call invokes it again', async () => {
    const { call, count, go } = await waiting('again', true);
    const first = await start();
    const lost = call(first).catch(() => 'lost' as const);
    await until(() => count() === 1);
    first.child.kill('SIGKILL');
    await lost;
    go();
    const said = await call(await start());
    expect([said.status, said.json]).toMatchObject([200, { replayed: false, response: { body: 'done' } }]);
    expect(count()).toBe(2);
  }, 60_000);

  it('two on one repository, one key: one invocation, one receipt, everybody gets it', async () => {
    const { call, count, go } = await waiting('race');
    const servers = await Promise.all([start(), start()]);
    const calls = Array.from({ length: 12 }, (_, i) => call(servers[i % 2] as Running));
    await until(() => count() > 0);
    go();

    const said = await Promise.all(calls);
    expect(said.map(({ status }) => status)).toEqual(said.map(() => 200));
    const receipts = said.map(({ headers }) => headers.get('gatos-receipt'));
    expect(new Set(receipts).size).toBe(1);
    expect(said.filter(({ headers }) => headers.get('gatos-replayed') === 'false')).toHaveLength(1);
    expect(count()).toBe(1);
  }, 60_000);

  it('told to end: what has begun is finished and recorded, nothing new is taken', async () => {
    const { call, count, go } = await waiting('ending');
    const running = await start();
    const begun = call(running);
    await until(() => count() === 1);
    running.child.kill('SIGTERM');
    for (let refused = false; !refused; await sleep(10))
      refused = await world.ask(running, '/v1/healthz', { token: null }).then(
        ({ status }) => status !== 200,
        () => true,
      );
    go();
    const said = await begun;
    expect([said.status, said.json]).toMatchObject([200, { replayed: false }]);
    expect(await running.ended()).toBe(0);
    const again = await call(await start());
    expect(again.json).toMatchObject({ replayed: true });
    expect(count()).toBe(1);
  }, 60_000);

  it('a caller that hangs up does not undo the call', async () => {
    const { call, count, go } = await waiting('hung-up');
    const running = await start();
    const gone = new AbortController();
    const lost = call(running, gone.signal).catch(() => 'lost' as const);
    await until(() => count() === 1);
    gone.abort();
    expect(await lost).toBe('lost');
    go();
    expect((await call(running)).json).toMatchObject({ replayed: true, response: { body: 'done' } });
    expect(count()).toBe(1);
  }, 60_000);
});
