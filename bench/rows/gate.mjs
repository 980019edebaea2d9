/**
 * What the push gate costs: the same push to servers that differ in their hook alone, in turn. The empty hook (`exit 0`) is what git itself
 * takes; the rest is ours. The gate is the build, as a server runs it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { blocksOf, journalHeads, makeBundle, RULES, ruleFor, runFold, verifyChain } from 'gatos-core';
import { loadEngine, openNativeBackend } from 'gatos-core/node';
import { appendAll, openLab } from '../lab.mjs';
import { git, inFolder, median, milliseconds, paired, processSeconds, seconds } from '../measure.mjs';
import { makeEvents, REDUCER } from '../records.mjs';

const LAUNCHER = fileURLToPath(new URL('../../git-gatos/bin/git-gatos.cjs', import.meta.url));
const MANIFEST = { name: 'bench', ns: 'default', version: 1, gas: 100_000, memory: 64 * 1024 * 1024 };
const ALL = 'refs/gatos/*:refs/gatos/*';
const ENV = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' };

const HOOKS = {
  /** What a push takes with a hook that only says yes. */
  empty: async (path) => {
    mkdirSync(join(path, 'hooks'), { recursive: true });
    writeFileSync(join(path, 'hooks', 'pre-receive'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    return async () => {};
  },
  /** Each push starts a process. */
  cold: async (path) => {
    processSeconds(process.execPath, [LAUNCHER, 'hooks', 'install', '--server'], { cwd: path, env: ENV });
    return async () => {};
  },
  /** A gate that stays. */
  warm: async (path) => {
    await HOOKS.cold(path);
    const stdio = ['ignore', 'ignore', 'pipe'];
    const gate = spawn(process.execPath, [LAUNCHER, 'gate', 'serve'], { cwd: path, env: ENV, stdio });
    let said = '';
    gate.stderr.on('data', (chunk) => {
      said += chunk;
    });
    for (let waited = 0; !existsSync(join(path, 'gatos', 'gate.sock')); waited += 20) {
      if (waited > 20_000 || gate.exitCode !== null) throw new Error('the gate did not start');
      await sleep(20);
    }
    const close = async () => {
      gate.kill('SIGTERM');
      await once(gate, 'exit');
    };
    /** Seconds that each push took, in the gate's own words. */
    close.judged = () => [...said.matchAll(/^(?:allow|deny) in (\d+) ms/gm)].map(([, ms]) => Number(ms) / 1000);
    return close;
  },
};

/** Servers that hold what `work` holds now, one for each kind of hook. */
async function openServers(folder, work, kinds) {
  const servers = [];
  for (const kind of kinds) {
    const path = join(folder, `${kind}.git`);
    cpSync(join(work, '.git'), path, { recursive: true });
    git(path, 'config', 'core.bare', 'true');
    servers.push({ kind, path, close: await HOOKS[kind](path) });
  }
  return servers;
}

/** Seconds of a push that has to be accepted. */
function push(work, { path }, ...refspecs) {
  return processSeconds('git', ['push', '-q', '--no-verify', path, ...refspecs], { cwd: work, env: ENV });
}

/** Pushes one envelope after the other to every server in turn, each time another one first; the times by kind. */
async function pushOneByOne(lab, work, { servers, pushes, warmup = 3 }) {
  const times = Object.fromEntries(servers.map(({ kind }) => [kind, []]));
  for (let i = -warmup; i < pushes; i++) {
    await lab.repository.emit(makeEvents(1, 7_000_000 + i), { ns: 'default' });
    const [{ chain, oid }] = await journalHeads(lab.backend, 'default');
    for (let turn = 0; turn < servers.length; turn++) {
      const server = servers[(turn + i + warmup) % servers.length];
      const time = push(work, server, `${oid}:refs/gatos/${chain}`);
      if (i >= 0) times[server.kind].push(time);
    }
  }
  return times;
}

/** Median of what a hook takes beyond the empty one, push by push. */
const added = (times, kind) => median(times[kind].map((time, i) => time - times.empty[i]));

async function closeAll(servers) {
  for (const server of servers) {
    await server.close();
    rmSync(server.path, { recursive: true, force: true });
  }
}

/** One envelope through a gate that stays, and through one that starts for it. */
export async function gateLatency({ pushes = 41, count = 10_000 } = {}) {
  return inFolder(async (folder) => {
    const work = join(folder, 'work');
    mkdirSync(work);
    const lab = await openLab(work);
    await appendAll(lab, makeEvents(count), { perEnvelope: 1000 });
    const servers = await openServers(folder, work, ['empty', 'warm', 'cold']);
    const times = await pushOneByOne(lab, work, { servers, pushes });
    const node = median(
      Array.from({ length: pushes }, () => processSeconds(process.execPath, ['-e', '0'], { env: ENV })),
    );
    await closeAll(servers);
    await lab.close();
    const [warm, cold, empty] = [added(times, 'warm'), added(times, 'cold'), median(times.empty)];
    return [
      {
        name: 'push of one envelope, warm gate, p50',
        ours: `+ ${milliseconds(warm)}`,
        limit: `empty hook ${milliseconds(empty)}`,
        ratio: median(times.warm) / empty,
        target: '+ ≤ 25 ms',
        met: warm <= 0.025,
      },
      {
        name: 'push of one envelope, cold gate, p50',
        ours: `+ ${milliseconds(cold)}`,
        limit: `node -e 0 ${milliseconds(node)}`,
        ratio: cold / node,
        target: '+ ≤ 2.5',
        met: cold <= 2.5 * node,
      },
    ];
  });
}

/** The same small push onto longer and longer histories. */
export async function gateGrowth({ sizes = [10_000, 100_000, 1_000_000], pushes = 21 } = {}) {
  return inFolder(async (folder) => {
    const work = join(folder, 'work');
    mkdirSync(work);
    const lab = await openLab(work);
    const found = [];
    let have = 0;
    for (const size of sizes) {
      for (; have < size; have += 10_000)
        await appendAll(lab, makeEvents(Math.min(10_000, size - have), have), { perEnvelope: 1000 });
      // Servers gather packs until git joins them (`receive.autoGC`); here once, without looking for deltas, which takes minutes.
      git(work, '-c', 'pack.window=0', 'repack', '-adq');
      const servers = await openServers(folder, work, ['empty', 'warm', 'cold']);
      const times = await pushOneByOne(lab, work, { servers, pushes });
      await closeAll(servers);
      found.push({ size, warm: added(times, 'warm'), cold: added(times, 'cold') });
    }
    await lab.close();
    const [first] = found;
    return found.map(({ size, warm, cold }) => {
      const ratio = Math.max(warm / first.warm, cold / first.cold);
      return {
        name: `push of one envelope after ${size.toLocaleString('en')} records`,
        ours: `warm + ${milliseconds(warm)}, cold + ${milliseconds(cold)}`,
        limit: size === first.size ? 'itself' : `after ${first.size.toLocaleString('en')}`,
        ratio: size === first.size ? null : ratio,
        target: 'flat: ≤ 1.3',
        met: size === first.size ? null : ratio <= 1.3,
      };
    });
  });
}

/** What has to be done at least: every envelope verified, every record folded once. */
async function inProcess({ repository, engine }, path, { bundle, sandbox, count }) {
  const backend = await openNativeBackend(path);
  const { repo, authorize } = await repository.trust();
  const time = await seconds(async () => {
    const heads = await journalHeads(backend, 'default');
    for (const { chain, oid } of heads) {
      const { fault } = await verifyChain(
        { backend, engine, repo, authorize },
        { chain, rule: ruleFor(RULES, chain), head: oid },
      );
      if (fault !== null) throw fault;
    }
    const { events, state } = await runFold(backend, sandbox, { bundle, heads });
    blocksOf(state);
    if (events !== count) throw new Error(`folded ${events} of ${count}`);
  });
  await backend.close();
  return time;
}

/** The last push that a gate judged, once it has said so. */
async function lastJudged({ close }, before) {
  for (let waited = 0; close.judged().length <= before; waited += 20) {
    if (waited > 10_000) throw new Error('the gate did not judge the push');
    await sleep(20);
  }
  return close.judged().at(-1);
}

/**
 * A whole day's work in one push under the research profile: envelopes of 1,000 records, a fold, and its checkpoint, recomputed. What git
 * takes to pack and receive it is many times that, so the time is what the gate says of itself.
 */
export async function gateProof({ count = 100_000, runs = 5 } = {}) {
  return inFolder(async (folder) => {
    const work = join(folder, 'work');
    mkdirSync(work);
    const lab = await openLab(work, { profile: 'research' });
    const [server] = await openServers(folder, work, ['warm']);
    const bundle = makeBundle(MANIFEST, REDUCER);
    await appendAll(lab, makeEvents(count), { perEnvelope: 1000 });
    await lab.repository.fold(bundle);
    git(work, 'config', 'pack.window', '0');
    const sandbox = await loadEngine();
    const { ours, limit, ratio } = await paired({
      ours: async () => {
        for (const ref of git(server.path, 'for-each-ref', '--format=%(refname)', 'refs/gatos').trim().split('\n'))
          if (ref !== 'refs/gatos/trust') git(server.path, 'update-ref', '-d', ref);
        const before = server.close.judged().length;
        push(work, server, ALL);
        return lastJudged(server, before);
      },
      limit: () => inProcess(lab, work, { bundle, sandbox, count }),
      runs,
    });
    await closeAll([server]);
    await lab.close();
    const factor = 1 / ratio;
    return {
      name: `push of ${count.toLocaleString('en')} records with a state, proof recomputed`,
      ours: milliseconds(ours),
      limit: `verify and fold in-process ${milliseconds(limit)}`,
      ratio: factor,
      target: '≤ 1.3',
      met: factor <= 1.3,
    };
  });
}
