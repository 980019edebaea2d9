/** The gate on repositories of the git that is installed: real objects, real signatures, both object formats. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadEngine, nativeEngine, openNativeBackend, openNativeRanges } from '../../node/index.js';
import { type GateWorld, gateWorlds, told } from '../../testing/gate-world.js';
import { decode } from '../codec/index.js';
import { formatSshKey, parseSshKey } from '../identity/index.js';
import type { PolicyInput } from '../policy/index.js';
import { applyPending, proposeChange, type TrustChange } from '../trust/index.js';
import { encodeJudgement, type Judgement, judgePush, walkedRanges } from './index.js';

const worlds = gateWorlds({ sandbox: await loadEngine(), engine: nativeEngine() });
const hasTool = spawnSync('ssh-keygen', ['-?']).error === undefined;
const MAIN = 'refs/heads/main';
const SIGNED = `
require "signed" message "{c.id} is signed by nobody we know"
for { u in input.updates; c in u.commits }
that { c.signer != null; c.signer.valid; c.signer.actor != null }
require "signed-tags" message "{u.ref} is not signed"
for { u in input.updates; u.space == "tag" }
that { u.tag != null; u.tag.signer != null; u.tag.signer.valid; u.tag.signer.actor == "user:carol" }
`;

const inputOf = ({ input }: Judgement) => decode(input ?? new Uint8Array()) as unknown as PolicyInput;

describe.each(['sha1', 'sha256'] as const)('on disk, %s', (format) => {
  const open: { dispose: () => unknown }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.dispose();
  });

  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  };

  async function scratch() {
    const root = mkdtempSync(join(tmpdir(), 'gatos-gate-'));
    open.push({ dispose: () => rmSync(root, { recursive: true, force: true }) });
    const path = join(root, 'server: "a".git');
    execFileSync('git', ['init', '-q', '--bare', `--object-format=${format}`, path], { env });
    const server = await openNativeBackend({ path, env });
    open.push({ dispose: () => server.close() });
    const world = await worlds.founded({ server, ranges: openNativeRanges({ path, env }) });
    return { world, root, path };
  }

  /** Commits and tags are made at the server, as if they had been sent. */
  function gitOf(path: string, key: string) {
    const config = ['user.name=Carol', 'user.email=c@d', 'gpg.format=ssh', `user.signingkey=${key}`];
    const args = ['-C', path, ...config.flatMap((each) => ['-c', each])];
    return (...more: string[]) => execFileSync('git', [...args, ...more], { env, encoding: 'utf8', input: '' }).trim();
  }

  async function trustCarol(world: GateWorld, path: string): Promise<void> {
    const { key } = parseSshKey(readFileSync(`${path}.pub`, 'utf8'), 'test');
    expect(formatSshKey(key)).toMatch(/^ssh-ed25519 /);
    await changeTrust(world, { op: 'add-key', actor: 'user:carol', key });
  }

  async function changeTrust(world: GateWorld, change: TrustChange): Promise<void> {
    const ports = { ...world.folds.ports, engine: world.ports.engine };
    const root = { actor: 'user:alice', signer: world.folds.signer('user:alice') };
    const pending = await proposeChange(ports, { ...root, changes: [change] });
    await applyPending(ports, pending.bytes);
    expect(told(await world.send('refs/gatos/'))).toEqual([]);
  }

  it('chains and their proofs', async () => {
    const { world } = await scratch();
    for (let i = 0; i < 3; i++) {
      await world.emit('user:alice', [{ payload: i }]);
      await world.folds.fold(world.folds.bundle('export const fold = (s, e) => ({ n: e.payload })'));
      expect(told(await world.send())).toEqual([]);
    }
  });

  it.skipIf(!hasTool)('commits and tags that are signed with SSH keys (skipped without ssh-keygen)', async () => {
    const { world, root, path } = await scratch();
    const [carols, others] = ['carol', 'other'].map((name) => {
      const file = join(root, name);
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
      return file;
    });
    await world.adopt({ 'signed.rgs': SIGNED });
    await trustCarol(world, carols ?? '');
    const [carol, other] = [gitOf(path, carols ?? ''), gitOf(path, others ?? '')];
    const tree = carol('hash-object', '-t', 'tree', '-w', '--stdin');
    const [good, bare] = [carol('commit-tree', '-S', '-m', 'a', tree), carol('commit-tree', '-m', 'a', tree)];
    const bad = other('commit-tree', '-S', '-m', 'a', tree);
    const push = (name: string, next: string) => world.judge([{ name, old: null, next }]);
    const accepted = await push(MAIN, good);
    expect(told(accepted)).toEqual([]);
    expect(inputOf(accepted).updates[0]?.commits[0]?.signer).toMatchObject({ actor: 'user:carol', valid: true });
    expect(told(await push(MAIN, bare))).toEqual([`${MAIN} policy/signed`]);
    const unknown = await push(MAIN, bad);
    expect(told(unknown)).toEqual([`${MAIN} policy/signed`]);
    expect(inputOf(unknown).updates[0]?.commits[0]?.signer).toMatchObject({ actor: null, valid: true });
    expect(unknown.signers).toHaveLength(1);

    await world.accept([{ name: MAIN, old: null, next: good }]);
    carol('tag', '-s', '-m', 'a tag', 'v1', good);
    other('tag', '-s', '-m', 'a tag', 'v2', good);
    const [v1, v2] = [carol('rev-parse', 'v1'), carol('rev-parse', 'v2')];
    carol('tag', '-d', 'v1', 'v2');
    const tagged = await push('refs/tags/v1', v1);
    expect(told(tagged)).toEqual([]);
    expect(inputOf(tagged).updates[0]?.tag).toMatchObject({ name: 'v1', target: good, tagger: { name: 'Carol' } });
    expect(inputOf(tagged).updates[0]?.commits).toEqual([]);
    const { key } = parseSshKey(readFileSync(`${carols}.pub`, 'utf8'), 'test');
    await changeTrust(world, { op: 'revoke-key', key, reason: 'lost' });
    const revoked = await push('refs/tags/v1', v1);
    expect(inputOf(revoked).updates[0]?.tag?.signer).toMatchObject({ actor: null, valid: true });
    expect(told(revoked)).toEqual(['refs/tags/v1 policy/signed-tags']);
    expect(told(await push('refs/tags/v1', v2))).toEqual(['refs/tags/v1 policy/signed-tags']);
    expect(told(await push('refs/tags/v1', good))).toEqual(['refs/tags/v1 policy/signed-tags']);
  });

  it('says the same whoever walks the history', async () => {
    const { world, path } = await scratch();
    await world.adopt({ 'all.rgs': 'warn "all" message "{c.id}" when { u in input.updates; c in u.commits }\n' });
    expect(told(await world.send())).toEqual([]);
    const git = gitOf(path, '');
    const tree = git('hash-object', '-t', 'tree', '-w', '--stdin');
    const make = (message: string, ...parents: string[]) =>
      git('commit-tree', '-m', message, ...parents.flatMap((parent) => ['-p', parent]), tree);
    const base = make('0');
    await world.accept([{ name: MAIN, old: null, next: base }]);
    const line = ['1', '2', '3'].reduce((tip, message) => make(message, tip), base);
    const sides = ['a', 'b', 'c', 'd'].map((message) => make(message, base));
    const merge = make('merge', line, ...sides, make('root'));
    for (const [next, old, count] of [
      [line, base, 3],
      [merge, base, 9],
      [base, line, 0],
      [merge, null, 9],
    ] as const) {
      if (old === line) await world.accept([{ name: MAIN, old: base, next: line }]);
      const name = old === null ? 'refs/heads/new' : MAIN;
      const push = { updates: [{ name, old, next }], pusher: null, options: [], received: 2e15 };
      const one = await judgePush(world.ports, push);
      const walked = { ...world.ports, ranges: walkedRanges(world.ports.backend) };
      expect(encodeJudgement(await judgePush(walked, push))).toEqual(encodeJudgement(one));
      expect([one.verdict, one.warnings.length]).toEqual(['allow', count]);
      const [update] = inputOf(one).updates;
      expect(update?.fast_forward).toBe(old !== line);
      const seen = new Set<string>();
      for (const { id, parents } of update?.commits ?? []) {
        const inside = (update?.commits ?? []).map((commit) => commit.id);
        expect(parents.filter((parent) => inside.includes(parent) && !seen.has(parent))).toEqual([]);
        seen.add(id);
      }
      if (old === line) await world.accept([{ name: MAIN, old: line, next: base }]);
    }
  });
});
