/** The gate that stays, asked by real pushes through the client in the hook. */
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { encodeJudgement, GateState, isGatosError } from 'gatos-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkRange } from './check-range.js';
import { GateRepository } from './gate-repository.js';
import { prePush } from './pre-push.js';
import { preReceive, receive } from './pre-receive.js';
import { buildProgram, GateStage, type Pushed, removePrograms } from './scratch-gate.js';
import { serveGate } from './serve.js';

const ALICE = 'refs/gatos/journal/default/user-alice';
const FINE: Pushed = { status: 0, stderr: '', remote: [] };

let stage: GateStage;
beforeAll(() => {
  stage = new GateStage(buildProgram());
});
afterAll(() => {
  stage.dispose();
  removePrograms();
});

/** A server whose hook can only ask: whatever decides in a process of its own refuses with 9. */
async function asking() {
  const founded = await stage.founded();
  const script = stage.at('cold.cjs');
  writeFileSync(script, 'process.stderr.write("decided alone\\n"); process.exit(9);\n');
  await stage.guard(founded.hub, { program: { node: process.execPath, script } });
  return founded;
}

const serve = (hub: string, more = {}) => serveGate({ cwd: hub, env: stage.env('server'), ...more });
const alone = ({ status, remote }: Pushed) => ({ status, remote });
const ALONE = { status: 1, remote: ['decided alone'] };

describe('a gate that stays', () => {
  it('decides in the place of a process of the hook, and again after history has moved', async () => {
    const { hub, clone } = await asking();
    const seen: string[] = [];
    const gate = await serve(hub, { onPush: ({ verdict }: { verdict: string }) => seen.push(verdict) });
    expect(lstatSync(gate.socket).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(hub, 'gatos')).filter((name) => name.startsWith('gate-'))).toEqual([]);
    for (let round = 0; round < 3; round++) {
      await stage.emit(clone, [round]);
      expect(await stage.push(clone, ALICE)).toEqual(FINE);
      if (round === 1) stage.git(hub, 'gc', '-q', '--prune=now');
    }
    const { status, remote } = await stage.push(clone, `:${ALICE}`);
    const [id] = stage.denials(hub);
    expect(status).toBe(1);
    expect(remote[1]).toBe('  rule: gate/no-deletion');
    expect(remote.at(-1)).toBe(`denial ${id}: \`git gatos policy explain ${id}\``);
    expect(seen).toEqual(['allow', 'allow', 'allow', 'deny']);
    await gate.close();
    expect(existsSync(gate.socket)).toBe(false);
    expect(alone(await stage.push(clone, `:${ALICE}`))).toEqual(ALONE);
  });

  it('says what the other doors say, byte for byte', async () => {
    const { hub, clone } = await stage.founded();
    const rule = 'update in input.updates; commit in update.commits; change in commit.changes; change.path == "bad"';
    await stage.adopt(clone, { 'p.rgs': `deny "bad" message "{update.ref}: {change.path}" when { ${rule} }` });
    const main = stage.commit(clone, { a: '1' });
    expect(await stage.push(clone, 'refs/gatos/*:refs/gatos/*', `${main}:refs/heads/main`)).toEqual(FINE);
    await stage.emit(clone, ['more']);
    const bad = stage.commit(clone, { bad: '1' }, main);
    const old = stage.heads(hub).get('journal/default/user-alice') as string;
    const next = stage.heads(clone).get('journal/default/user-alice') as string;
    // The server has the objects too, so that every door can look at the same push.
    stage.git(clone, 'update-ref', 'refs/tmp/bad', bad);
    stage.git(hub, 'fetch', '-q', clone, ALICE, 'refs/tmp/bad');
    stage.git(
      clone,
      'fetch',
      '-q',
      'origin',
      '+refs/gatos/*:refs/gatos-remote/origin/*',
      '+refs/heads/*:refs/remotes/origin/*',
    );
    const zero = '0'.repeat(40);
    const received = 1_900_000_000_000_000;
    for (const [from, to, ref, verdict] of [
      [old, next, ALICE, 'allow'],
      [old, zero, ALICE, 'deny'],
      [old, bad, ALICE, 'deny'],
      [zero, bad, 'refs/gatos/foreign', 'deny'],
      [main, bad, 'refs/heads/main', 'deny'],
      [zero, bad, 'refs/heads/topic', 'deny'],
      [zero, main, 'refs/heads/topic', 'allow'],
      [main, zero, 'refs/heads/main', 'allow'],
    ] as const) {
      const stdin = Buffer.from(`${from} ${to} ${ref}\n`);
      const at = { env: stage.env('server'), received };
      const repository = await GateRepository.open({ cwd: hub, env: at.env });
      const state = new GateState();
      const judged = [
        await preReceive({ ...at, cwd: hub, stdin }),
        await receive(repository, { ...at, input: stdin, state }),
        await receive(repository, { ...at, input: stdin, state }),
        await prePush({
          ...at,
          cwd: clone,
          remote: 'origin',
          url: hub,
          stdin: Buffer.from(`x ${to} ${ref} ${from}\n`),
        }),
        await checkRange({ ...at, cwd: clone, what: { stdin } }),
        await checkRange({ ...at, cwd: clone, what: { range: `${from}..${to}`, ref } }),
      ];
      await repository.close();
      const [first, ...others] = judged.map(({ judgement }) => Buffer.from(encodeJudgement(judgement)).toString('hex'));
      expect({ ref, verdict: judged[0]?.judgement.verdict }).toEqual({ ref, verdict });
      for (const other of others) expect(other).toBe(first);
    }
  });

  it('is asked by many hooks at once', async () => {
    const { hub, clone } = await asking();
    const gate = await serve(hub);
    const main = stage.commit(clone, { a: '1' });
    const refs = Array.from({ length: 8 }, (_, i) => `${main}:refs/heads/b${i}`);
    const good = await Promise.all(refs.map((ref) => stage.push(clone, ref)));
    expect(good.map(({ status }) => status)).toEqual(refs.map(() => 0));
    const bad = await Promise.all(refs.map((_, i) => stage.push(clone, `${main}:refs/gatos/b${i}`)));
    expect(bad.map(({ status }) => status)).toEqual(refs.map(() => 1));
    expect(stage.denials(hub)).toHaveLength(8);
    await gate.close();
  });

  it('keeps the bounds of what it records, and counts the rest', async () => {
    const { hub, clone } = await asking();
    const gate = await serve(hub, { bounds: { sameMs: 60_000, perMinute: 2, bytesPerDay: 1 << 30 } });
    const main = stage.commit(clone, { a: '1' });
    const last: (string | undefined)[] = [];
    for (let i = 0; i < 4; i++) last.push((await stage.push(clone, `${main}:refs/gatos/b${i}`)).remote.at(-1));
    expect(stage.denials(hub)).toHaveLength(2);
    expect(last.slice(2)).toEqual(
      Array(2).fill('  why:  no more than 2 in a minute are recorded; the next record says how many were left out'),
    );
    const flood = JSON.parse(readFileSync(join(hub, 'gatos', 'gate', 'flood.json'), 'utf8'));
    expect(flood.suppressed).toBe(2);
    await gate.close();
  });
});

describe('without a gate that can be asked', () => {
  it('the hook decides alone: where there is none, where a socket was left, where it belongs to somebody else', async () => {
    const { hub, clone } = await asking();
    expect(alone(await stage.push(clone, `:${ALICE}`))).toEqual(ALONE);
    const dead = await stage.gate(hub);
    dead.kill('SIGKILL');
    await new Promise((resolve) => dead.once('exit', resolve));
    expect(existsSync(join(hub, 'gatos', 'gate.sock'))).toBe(true);
    expect(alone(await stage.push(clone, `:${ALICE}`))).toEqual(ALONE);
    const gate = await serve(hub);
    expect((await stage.push(clone, `:${ALICE}`)).remote[1]).toBe('  rule: gate/no-deletion');
    if (process.getuid?.() === 0) {
      chownSync(gate.socket, 1, 1);
      expect(alone(await stage.push(clone, `:${ALICE}`))).toEqual(ALONE);
    }
    await gate.close();
  });

  it('the hook decides alone when the gate is killed in the middle of a decision', async () => {
    const { hub, clone } = await stage.founded();
    await stage.emit(clone, ['more']);
    for (const [spec, status] of [
      [`:${ALICE}`, 1],
      [ALICE, 0],
    ] as const) {
      const gate = await stage.gate(hub);
      gate.kill('SIGSTOP');
      const pushed = stage.push(clone, spec);
      // The hook has asked, and waits.
      await new Promise((resolve) => setTimeout(resolve, 400));
      gate.kill('SIGKILL');
      expect((await pushed).status).toBe(status);
    }
    expect(stage.denials(hub)).toHaveLength(1);
    expect(stage.heads(hub).get('journal/default/user-alice')).toBe(
      stage.heads(clone).get('journal/default/user-alice'),
    );
  });

  it('the hook decides alone when what answers is no gate', async () => {
    const { hub, clone } = await asking();
    const { createServer } = await import('node:net');
    for (const answer of [
      '',
      'gatos-gate 2 allow 0\n',
      'gatos-gate 1 allow 5\nab',
      'gatos-gate 1 allow 0\nmore',
      'HTTP/1.1 200 OK\r\n\r\n',
    ]) {
      const path = join(hub, 'gatos', 'gate.sock');
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => socket.end(answer));
      });
      await new Promise<void>((resolve) => server.listen(path, resolve));
      expect({ answer, ...alone(await stage.push(clone, `:${ALICE}`)) }).toEqual({ answer, ...ALONE });
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('the socket', () => {
  it('is that of the repository, whichever of its worktrees the gate was started in', async () => {
    const { hub, clone } = await stage.founded();
    const server = stage.at('with a work tree');
    stage.git(stage.root, 'init', '-q', '-b', 'main', server);
    stage.git(server, 'fetch', '-q', hub, '+refs/gatos/*:refs/gatos/*');
    stage.git(server, 'commit', '-q', '--allow-empty', '-m', 'first');
    const linked = stage.at('linked to it');
    stage.git(server, 'worktree', 'add', '-q', '-b', 'linked', linked);
    const script = stage.at('alone.cjs');
    writeFileSync(script, 'process.exit(9);\n');
    await stage.guard(server, { program: { node: process.execPath, script } });
    const gate = await serve(linked);
    expect(gate.socket).toBe(join(server, '.git', 'gatos', 'gate.sock'));
    stage.git(clone, 'remote', 'set-url', 'origin', server);
    await stage.emit(clone, ['more']);
    expect(await stage.push(clone, ALICE)).toEqual(FINE);
    expect((await stage.push(clone, `:${ALICE}`)).remote).toContain('  rule: gate/no-deletion');
    await gate.close();
  });

  it('serves `sync` as it serves any push', async () => {
    const { hub, clone } = await asking();
    const gate = await serve(hub);
    await stage.emit(clone, ['more']);
    const { pushed, refused } = await stage.sync(clone);
    expect(refused).toEqual([]);
    expect(pushed.map(({ chain }) => chain)).toEqual(['journal/default/user-alice']);
    await gate.close();
  });

  it('is made once: a second gate is told so, and one that has gone is replaced', async () => {
    const { hub } = await stage.server();
    const first = await serve(hub);
    await expect(serve(hub)).rejects.toSatisfy((error) => isGatosError(error, 'gate-service/already-running'));
    await first.close();
    const second = await serve(hub);
    // Taken away under it: nobody finds it any more, so it ends.
    chmodSync(second.socket, 0o600);
    const { rmSync } = await import('node:fs');
    rmSync(second.socket);
    await second.ended;
  });

  it('is no file of another kind', async () => {
    const { hub } = await stage.server();
    writeFileSync(join(hub, 'gatos', 'gate.sock'), 'mine');
    await expect(serve(hub)).rejects.toSatisfy((error) => isGatosError(error, 'gate-service/no-socket'));
    expect(readFileSync(join(hub, 'gatos', 'gate.sock'), 'utf8')).toBe('mine');
  });

  it('works where paths are longer than a socket may have', async () => {
    const { hub, clone } = await stage.founded();
    const deep = stage.at('a-very-long-name-'.repeat(6), 'another-very-long-name-'.repeat(4));
    mkdirSync(deep, { recursive: true });
    const far = join(deep, 'hub.git');
    stage.git(stage.root, 'clone', '-q', '--mirror', hub, far);
    await stage.guard(far, { program: { node: process.execPath, script: stage.at('cold.cjs') } });
    stage.git(clone, 'remote', 'set-url', 'origin', far);
    const gate = await serve(far);
    expect(Buffer.byteLength(gate.socket)).toBeGreaterThan(108);
    await expect(serve(far)).rejects.toSatisfy((error) => isGatosError(error, 'gate-service/already-running'));
    await stage.emit(clone, ['more']);
    expect(await stage.push(clone, ALICE)).toEqual(FINE);
    await gate.close();
    expect(existsSync(gate.socket)).toBe(false);
  });

  it('takes nonsense without a word, and goes on', async () => {
    const { hub, clone } = await asking();
    const gate = await serve(hub);
    const place = statSync(hub, { bigint: true });
    const here = `${place.dev}:${place.ino}`;
    for (const noise of [
      'GET / HTTP/1.1\r\n\r\n',
      'x'.repeat(200),
      `gatos-gate 1 ${here} 999999999 0\n`,
      'gatos-gate 1 1:1 0 0\n',
      `gatos-gate 1 ${here} 3 0\nabc`,
      `gatos-gate 1 ${here} 0 1\nabc`,
    ]) {
      const answer = await new Promise<string>((resolve) => {
        let text = '';
        const socket = connect(gate.socket, () => socket.write(noise));
        socket.on('data', (chunk) => {
          text += chunk;
        });
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(text));
      });
      expect({ noise: noise.slice(0, 40), answer }).toEqual({ noise: noise.slice(0, 40), answer: '' });
    }
    await stage.emit(clone, ['more']);
    expect(await stage.push(clone, ALICE)).toEqual(FINE);
    await gate.close();
  });
});

describe('its end', () => {
  it('comes by itself when nobody pushes', async () => {
    const { hub } = await stage.server();
    const gate = await serve(hub, { idleMs: 100 });
    await gate.ended;
    expect(existsSync(gate.socket)).toBe(false);
  });

  it('comes with SIGTERM, after the pushes that are there were answered', async () => {
    const { hub, clone } = await asking();
    await stage.emit(
      clone,
      Array.from({ length: 200 }, (_, i) => i),
    );
    const gate = await stage.gate(hub);
    gate.kill('SIGSTOP');
    const pushed = stage.push(clone, ALICE);
    await new Promise((resolve) => setTimeout(resolve, 400));
    const ended = new Promise((resolve) => gate.once('exit', resolve));
    gate.kill('SIGTERM');
    gate.kill('SIGCONT');
    const { status, remote } = await pushed;
    // Whether it took the question before it heard of its end is a race; either way somebody judged.
    expect([{ status: 0, remote: [] }, ALONE]).toContainEqual({ status, remote });
    expect(await ended).toBe(0);
    expect(existsSync(join(hub, 'gatos', 'gate.sock'))).toBe(false);
  });
});
