/** Jobs in repositories of the git that is installed: real objects, real races, and what git says of what is left. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openNativeBackend } from '../../node/index.js';
import { finish } from '../../testing/jobs-held.js';
import { JobsWorld, RIVAL, runOf, SUBMITTER, WORKER } from '../../testing/jobs-world.js';
import { LIMITS } from '../kernel/index.js';
import { cancelJob, claimChain, finishJob, listJobs, readJob, resultChain, verifyJobs } from './index.js';

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
    const root = mkdtempSync(join(tmpdir(), 'gatos-jobs-'));
    open.push({ dispose: () => rmSync(root, { recursive: true, force: true }) });
    const path = join(root, 'a.git');
    execFileSync('git', ['init', '-q', '--bare', `--object-format=${format}`, path], { env });
    const backend = await openNativeBackend({ path, env });
    open.push({ dispose: () => backend.close() });
    return { path, world: await JobsWorld.open(backend) };
  }

  it('a job goes from hand to hand, with files of any name, and git finds nothing wrong', async () => {
    const { path, world } = await scratch();
    const prepared = await world.submitted({}, { 'x.cbor': 'x', 'a b/ü.csv': '1', '-rf': '2', 'a:b': '3' });
    const { job } = prepared;
    await world.claim(job);
    world.pass(60_000 + LIMITS.leaseSkew / 1000);
    const lease = await world.claim(job, RIVAL);
    const outputs = { 'out/x.cbor': 'x', 'out/日本語 .txt': 'y', 'out/😀': 'z' };
    await finish({ world, prepared, lease }, { actor: RIVAL, outputs });
    expect((await readJob(world.backend, job, 0)).state).toBe('succeeded');
    expect(await world.failures()).toEqual([]);
    const fsck = execFileSync('git', ['-C', path, 'fsck', '--strict', '--full'], {
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(fsck).not.toMatch(/error|warning/);
  });

  it('of many workers that race, to take a job and to end it, one does', async () => {
    const { world } = await scratch();
    const prepared = await world.submitted();
    const tries = await Promise.allSettled(
      Array.from({ length: 6 }, (_, i) => world.claim(prepared.job, i % 2 === 0 ? WORKER : RIVAL)),
    );
    const leases = tries.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(leases).toHaveLength(1);
    const [lease] = leases;
    if (lease === undefined) throw new Error('somebody has the job');
    const actor = (await readJob(world.backend, prepared.job, 0)).claim?.worker ?? '';
    const writer = await world.as(actor);
    const run = await runOf(world.backend);
    const ends = await Promise.allSettled([
      finishJob(world.ports, { ...writer, lease, manifest: prepared.manifest, run }),
      cancelJob(world.ports, { ...(await world.as(SUBMITTER)), job: prepared.job, reason: null }),
    ]);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await world.failures()).toEqual([]);
    expect(await listJobs(world.backend)).toMatchObject([{ done: true }]);
  });

  it('a damaged ref is told of its job, and the others are looked at all the same', async () => {
    const { path, world } = await scratch();
    const [one, two] = [await world.submitted(), await world.submitted({ network: true })];
    await world.claim(one.job);
    await finish({ world, prepared: two, lease: await world.claim(two.job) });
    writeFileSync(join(path, 'refs/gatos', claimChain(one.job)), 'no object id\n');
    const told = (await verifyJobs(world)).map(({ subject, name, outcome }) => `${subject} ${name} ${outcome}`);
    expect(told).toHaveLength(8);
    expect(told.filter((line) => !line.endsWith(' pass'))).toEqual([
      expect.stringMatching(`^jobs/${one.job} claims (fail|unknown)$`),
    ]);
    writeFileSync(join(path, 'refs/gatos', resultChain(two.job)), '');
    const again = (await verifyJobs(world, { only: [`jobs/${two.job}`] })).map(
      ({ name, outcome }) => `${name} ${outcome}`,
    );
    expect(again).toEqual([
      'manifest pass',
      'claims pass',
      'execution pass',
      expect.stringMatching(/^result (fail|unknown)$/),
    ]);
  });
});
