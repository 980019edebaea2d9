/** Processes that write to one remote first, and some that are killed, or whose connection is. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EVENT_KIND, isGatosError, type Oid, readChain, recordBody } from 'gatos-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScratchClones } from '../scratch-clones.js';
import { ScratchWorld } from '../scratch-world.js';
import type { RemoteStep } from './index.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const world = new ScratchWorld();
const scratch = new ScratchClones(world);
const programs = mkdtempSync(join(tmpdir(), 'gatos-programs-'));
afterAll(async () => {
  await scratch.dispose();
  rmSync(programs, { recursive: true, force: true });
});

/** Records events, each by itself and at the remote first; dies at a step. Prints how many were recorded. */
const PROGRAM = `
import { openRepository } from ${JSON.stringify(at('../../../gatos-core/src/index.ts'))};
import { systemClock, systemRandom } from ${JSON.stringify(at('../../../gatos-core/node/index.ts'))};
import { openWorkspace } from ${JSON.stringify(at('../workspace.ts'))};
import { remoteFirstBackend } from ${JSON.stringify(at('index.ts'))};
const { cwd, ns, payloads, dieAt, edit } = JSON.parse(process.argv[2]);
const { env } = process;
async function run() {
  const workspace = await openWorkspace({ cwd, env, passphrase: async () => null });
  const { engine } = workspace;
  const onStep = (step) => { if (step === dieAt) process.kill(process.pid, 'SIGKILL'); };
  const backend = remoteFirstBackend(workspace.backend, { remote: 'origin', engine, env, onStep });
  if (edit) return backend.refs.transaction([edit]);
  const ports = { backend, engine, clock: systemClock, random: systemRandom, author: () => workspace.author(), sandbox: () => {} };
  const repository = openRepository(ports);
  let recorded = 0;
  for (const payload of payloads) {
    await repository.emit([{ type: 'test', payload }], { ns });
    recorded += 1;
  }
  await workspace.close();
  return recorded;
}
run().then(
  (result) => process.stdout.write(JSON.stringify(result ?? null)),
  (error) => { process.stderr.write((error.code ?? '') + ' ' + error.stack); process.exitCode = 1; },
);
`;

let program: string;
beforeAll(() => {
  const entry = join(programs, 'entry.ts');
  program = join(programs, 'program.mjs');
  writeFileSync(entry, PROGRAM);
  execFileSync(process.execPath, [at('../../../tools/build-program.mjs'), entry, program]);
});

interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Work {
  readonly cwd: string;
  readonly ns?: string;
  readonly payloads?: readonly string[];
  readonly edit?: object;
  readonly dieAt?: RemoteStep;
}

function run(work: Work): Promise<Ended> {
  const env = world.env() as NodeJS.ProcessEnv;
  const child = spawn(process.execPath, [program, JSON.stringify(work)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr })));
}

const refOf = (ns: string) => `refs/gatos/journal/${ns}/user-alice`;

/** The events of a journal chain, in order. */
async function payloads(cwd: string, ns: string): Promise<unknown[]> {
  return world.within(cwd, async ({ backend }) => {
    const found: unknown[] = [];
    const head = await backend.refs.read(refOf(ns));
    if (head === null) return found;
    for await (const entries of readChain(backend, { head })) {
      for (const { envelope } of entries)
        for (let i = 0; i < envelope.count; i++) found.push(recordBody(envelope, i, EVENT_KIND).payload);
    }
    return found;
  });
}

describe('three processes', () => {
  it('on three clones make one line of all that they record, nothing lost and nothing twice', async () => {
    const { hub, clones } = await scratch.hub(3);
    const all = clones.map((cwd, i) => ({
      cwd,
      ns: 'race',
      payloads: Array.from({ length: 17 }, (_, j) => `${i} ${j}`),
    }));
    const ended = await Promise.all(all.map(run));
    expect(ended.map(({ stdout, stderr }) => [stdout, stderr])).toEqual(all.map(() => ['17', '']));
    expect(world.git(hub, 'rev-list', '--count', refOf('race')).trim()).toBe('51');
    const [cwd = ''] = clones;
    await (await scratch.enter(cwd)).backend.refresh();
    const recorded = await payloads(cwd, 'race');
    expect([...recorded].sort()).toEqual(all.flatMap((each) => each.payloads).sort());
    for (const each of all)
      expect(recorded.filter((one) => each.payloads.includes(String(one)))).toEqual(each.payloads);
    expect(world.git(hub, 'fsck', '--strict', '--no-dangling')).toBe('');
  }, 180_000);

  it('on one clone do so too', async () => {
    const { hub, clones } = await scratch.hub(1);
    const [cwd = ''] = clones;
    const all = [0, 1, 2].map((i) => ({ cwd, ns: 'one', payloads: Array.from({ length: 6 }, (_, j) => `${i} ${j}`) }));
    const ended = await Promise.all(all.map(run));
    expect(ended.map(({ stdout, stderr }) => [stdout, stderr])).toEqual(all.map(() => ['6', '']));
    expect(world.heads(cwd)).toEqual(world.heads(hub));
    expect([...(await payloads(cwd, 'one'))].sort()).toEqual(all.flatMap((each) => each.payloads).sort());
  }, 180_000);
});

describe('a process that is killed', () => {
  it('before it pushes leaves nothing', async () => {
    const { hub, clones } = await scratch.hub(1);
    const [cwd = ''] = clones;
    const before = [world.heads(cwd), world.heads(hub)];
    expect(await run({ cwd, ns: 'x', payloads: ['a'], dieAt: 'sending' })).toMatchObject({ signal: 'SIGKILL' });
    expect([world.heads(cwd), world.heads(hub)]).toEqual(before);
  });

  it('between push and note has written, which the next refresh finds', async () => {
    const { hub, clones } = await scratch.hub(2);
    const [cwd = '', elsewhere = ''] = clones;
    expect(await run({ cwd, ns: 'x', payloads: ['a'], dieAt: 'pushed' })).toMatchObject({ signal: 'SIGKILL' });
    expect(world.heads(cwd).has('journal/x/user-alice')).toBe(false);
    expect(world.heads(hub).has('journal/x/user-alice')).toBe(true);
    const { backend } = await scratch.enter(cwd);
    const { taken, refused } = await backend.refresh({ prefixes: [refOf('x')] });
    expect([taken.map(({ chain }) => chain), refused]).toEqual([['journal/x/user-alice'], []]);
    expect(world.heads(cwd)).toEqual(world.heads(hub));
    await (await scratch.enter(elsewhere)).backend.refresh();
    expect(await payloads(elsewhere, 'x')).toEqual(['a']);
  });

  it('so is not in the way of the next one, which goes on from there', async () => {
    const { hub, clones } = await scratch.hub(1);
    const [cwd = ''] = clones;
    await run({ cwd, ns: 'x', payloads: ['a'], dieAt: 'pushed' });
    expect((await run({ cwd, ns: 'x', payloads: ['b'] })).stdout).toBe('1');
    expect(await payloads(cwd, 'x')).toEqual(['a', 'b']);
    expect(world.heads(cwd)).toEqual(world.heads(hub));
  });
});

/** A hook of a remote that ends the process which serves the push, as often as said. */
function killer(hub: string, hook: string, { when = 'true', times = 1 } = {}): void {
  const [path, count] = [join(hub, 'hooks', hook), join(hub, 'killed')];
  const script = `#!/bin/sh
if ${when} && [ "$(cat ${JSON.stringify(count)} 2>/dev/null | wc -c)" -lt ${times} ]; then
  printf x >> ${JSON.stringify(count)}
  kill -9 $PPID
fi
`;
  execFileSync('mkdir', ['-p', join(hub, 'hooks')]);
  writeFileSync(path, script);
  chmodSync(path, 0o755);
}

describe('a connection that is cut', () => {
  const COMMITTED = '[ "$1" = committed ]';

  async function prepared() {
    const { hub, clones } = await scratch.hub(2);
    const [cwd = '', elsewhere = ''] = clones;
    const opened = await scratch.enter(cwd);
    const next = await scratch.draft(cwd, 'x', 'mine');
    return { hub, cwd, elsewhere, opened, next, edit: { name: refOf('x'), expected: null, next } };
  }

  it('after the remote took the push: that is found out', async () => {
    const { hub, cwd, opened, edit, next } = await prepared();
    killer(hub, 'reference-transaction', { when: COMMITTED });
    await opened.backend.refs.transaction([edit]);
    expect(existsSync(join(hub, 'killed'))).toBe(true);
    expect([world.heads(cwd).get('journal/x/user-alice'), world.heads(hub)]).toEqual([next, world.heads(cwd)]);
  });

  it('and others have gone on from it since: that is found out too', async () => {
    const { hub, cwd, elsewhere, edit, next } = await prepared();
    killer(hub, 'reference-transaction', { when: COMMITTED });
    const work: Work = { cwd: elsewhere, ns: 'x', payloads: ['next'] };
    // The other one writes between the push and the question what became of it.
    const onStep = (step: RemoteStep) => {
      if (step !== 'in-doubt') return;
      execFileSync(process.execPath, [program, JSON.stringify(work)], { env: world.env() as NodeJS.ProcessEnv });
    };
    await (await scratch.enter(cwd, { onStep })).backend.refs.transaction([edit]);
    expect(world.git(hub, 'rev-list', '--count', refOf('x')).trim()).toBe('2');
    expect(world.heads(cwd)).toEqual(world.heads(hub));
    expect(world.git(cwd, 'rev-list', refOf('x'))).toContain(next);
  });

  it('and it was somebody else who wrote: that is a lost race', async () => {
    const { hub, cwd, elsewhere, edit } = await prepared();
    killer(hub, 'pre-receive');
    const work: Work = { cwd: elsewhere, ns: 'x', payloads: ['theirs'] };
    const onStep = (step: RemoteStep) => {
      if (step !== 'in-doubt') return;
      execFileSync(process.execPath, [program, JSON.stringify(work)], { env: world.env() as NodeJS.ProcessEnv });
    };
    const end = (await scratch.enter(cwd, { onStep })).backend.refs.transaction([edit]);
    await expect(end).rejects.toSatisfy((error) => isGatosError(error, 'git/ref-moved'));
    expect(await payloads(cwd, 'x')).toEqual(['theirs']);
    expect(world.heads(cwd)).toEqual(world.heads(hub));
  });

  it('by whoever waits: nothing moves here, and what became of it is found later', async () => {
    const { hub, cwd, edit, next } = await prepared();
    const hook = join(hub, 'hooks', 'pre-receive');
    execFileSync('mkdir', ['-p', join(hub, 'hooks')]);
    writeFileSync(hook, `#!/bin/sh\n: > ${JSON.stringify(join(hub, 'asked'))}\nsleep 1\n`, { mode: 0o755 });
    const stop = new AbortController();
    const { backend } = await scratch.enter(cwd, { signal: stop.signal });
    const end = backend.refs.transaction([edit]);
    const poll = setInterval(() => existsSync(join(hub, 'asked')) && stop.abort(new Error('enough')), 5);
    await expect(end).rejects.toThrow('enough');
    clearInterval(poll);
    expect(world.heads(cwd).has('journal/x/user-alice')).toBe(false);
    rmSync(hook);
    const later = await scratch.enter(cwd);
    const again = later.backend.refs.transaction([edit]).then(
      () => true,
      (error) => isGatosError(error, 'git/ref-moved'),
    );
    expect(await again).toBe(true);
    expect([world.heads(cwd).get('journal/x/user-alice'), world.heads(hub)]).toEqual([next, world.heads(cwd)]);
  });

  it('before the remote took it: it is pushed again', async () => {
    const { hub, cwd, opened, edit } = await prepared();
    killer(hub, 'pre-receive', { times: 2 });
    await opened.backend.refs.transaction([edit]);
    expect(world.heads(hub)).toEqual(world.heads(cwd));
  });

  it('always: nothing moves here, and that is a fault that passes', async () => {
    const { hub, cwd, opened, edit } = await prepared();
    killer(hub, 'pre-receive', { times: 99 });
    const before = [world.heads(cwd), world.heads(hub)];
    const end = opened.backend.refs.transaction([edit]);
    await expect(end).rejects.toSatisfy((error) => isGatosError(error, 'remote/failed') && error.exit === 75);
    expect([world.heads(cwd), world.heads(hub)]).toEqual(before);
  });
});

describe('two clones with one key', () => {
  it('that push the very same commit have one winner', async () => {
    const { hub, clones } = await scratch.hub(2);
    const opened = await Promise.all(clones.map((cwd) => scratch.enter(cwd)));
    const [cwd = '', elsewhere = ''] = clones;
    const next: Oid = await scratch.draft(cwd, 'x', 'same');
    world.git(elsewhere, 'fetch', '-q', cwd, next);
    const edit = { name: refOf('x'), expected: null, next };
    const ends = await Promise.allSettled(opened.map(({ backend }) => backend.refs.transaction([edit])));
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = ends.find((end) => end.status === 'rejected');
    expect(isGatosError(lost?.reason, 'git/ref-moved')).toBe(true);
    for (const each of clones) expect(world.heads(each)).toEqual(world.heads(hub));
  });
});
