/** Verifying a clone, every byte re-hashed, against git streaming the same objects, and against native Ed25519 alone. */
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { refOfChain, verifyRepository } from 'gatos-core';
import { nativeEngine, openNativeBackend } from 'gatos-core/node';
import { appendAll, openLab } from '../lab.mjs';
import { git, inFolder, paired, perSecond, processSeconds, seconds } from '../measure.mjs';
import { makeEvents } from '../records.mjs';

/** A mirror clone of a repository with these records. */
async function cloneWith(folder, { count, perEnvelope }) {
  const origin = join(folder, 'origin');
  git(folder, 'init', '-q', 'origin');
  const lab = await openLab(origin);
  await appendAll(lab, makeEvents(count), { perEnvelope });
  await lab.close();
  git(folder, 'clone', '-q', '--mirror', origin, 'clone');
  git(join(folder, 'clone'), 'gc', '-q', '--prune=now');
  return join(folder, 'clone');
}

async function verifyOnce(path, count) {
  const backend = await openNativeBackend(path);
  const time = await seconds(async () => {
    const { report, totals } = await verifyRepository({ backend, engine: nativeEngine() });
    if (report.outcome !== 'pass' || totals.records !== count + 1)
      throw new Error(`verify: ${report.outcome}, ${totals.records} records`);
  });
  await backend.close();
  return time;
}

export async function verifyBatched({ count = 100_000, runs = 5 } = {}) {
  return inFolder(async (folder) => {
    const clone = await cloneWith(folder, { count, perEnvelope: 1000 });
    const stream = `git rev-list --objects --no-object-names ${refOfChain('journal/default/user-bench')} | git cat-file --batch --buffer`;
    const { ours, limit, ratio } = await paired({
      ours: () => verifyOnce(clone, count),
      limit: async () => processSeconds('sh', ['-c', stream], { cwd: clone }),
      runs,
    });
    return {
      name: 'verify, envelopes of 1,000',
      ours: perSecond(count, ours),
      limit: `git streaming ${perSecond(count, limit)}`,
      ratio,
      target: 0.25,
      met: ratio >= 0.25,
    };
  });
}

const verifyLater = promisify(verify);

/** Native verification of that many 560-byte messages on the thread pool, nothing else. */
async function signaturesOnly(count) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const messages = Array.from({ length: 256 }, (_, i) => Buffer.alloc(620, i));
  const signatures = messages.map((message) => sign(null, message, privateKey));
  return seconds(async () => {
    let next = 0;
    const lane = async () => {
      while (next < count) {
        const i = next++ % messages.length;
        if (!(await verifyLater(null, messages[i], publicKey, signatures[i]))) throw new Error('bad signature');
      }
    };
    await Promise.all(Array.from({ length: 16 }, lane));
  });
}

export async function verifySingle({ count = 100_000, runs = 3 } = {}) {
  return inFolder(async (folder) => {
    const clone = await cloneWith(folder, { count, perEnvelope: 1 });
    const { ours, limit, ratio } = await paired({
      ours: () => verifyOnce(clone, count),
      limit: () => signaturesOnly(count),
      runs,
      warmup: 0,
    });
    return {
      name: 'verify, one record an envelope',
      ours: perSecond(count, ours),
      limit: `Ed25519 alone ${perSecond(count, limit)}`,
      ratio,
      target: 0.7,
      met: ratio >= 0.7,
    };
  });
}

export async function sizeAfterGc({ count = 100_000 } = {}) {
  return inFolder(async (folder) => {
    const clone = await cloneWith(folder, { count, perEnvelope: 1000 });
    const pack = Number(/size-pack: (\d+)/.exec(git(clone, 'count-objects', '-v'))[1]) * 1024;
    const { totals } = await verifyRepository({ backend: await openNativeBackend(clone), engine: nativeEngine() });
    const ratio = pack / totals.bytes;
    return {
      name: 'size after git gc',
      ours: `${Math.round(pack / count)} bytes a record`,
      limit: `${Math.round(totals.bytes / count)} bytes signed`,
      ratio,
      target: '≤ 0.5',
      met: ratio <= 0.5,
    };
  });
}
