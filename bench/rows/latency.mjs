/** One durable append against a write-ahead append with fdatasync of the same bytes; and `emit` as a whole process. */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openLab } from '../lab.mjs';
import { inFolder, median, milliseconds, paired, processSeconds, seconds } from '../measure.mjs';
import { makeEvents } from '../records.mjs';

export async function appendLatency({ calls = 300 } = {}) {
  const events = makeEvents(calls + 20);
  return inFolder(async (folder) => {
    const lab = await openLab(folder);
    const wal = openSync(join(folder, 'wal'), 'a');
    const bytes = Buffer.alloc(700, 1);
    const ours = [];
    const limit = [];
    for (const [i, event] of events.entries()) {
      const time = await seconds(() => lab.repository.emit([event], { ns: 'default' }));
      const bound = await seconds(() => {
        writeSync(wal, bytes);
        fdatasyncSync(wal);
      });
      if (i < 20) continue;
      ours.push(time);
      limit.push(bound);
    }
    closeSync(wal);
    await lab.close();
    const [mine, theirs] = [median(ours), median(limit)];
    const ratio = mine / theirs;
    return {
      name: 'one durable append, p50',
      ours: milliseconds(mine),
      limit: `fdatasync ${milliseconds(theirs)}`,
      ratio,
      target: '≤ 15 and ≤ 3 ms',
      met: ratio <= 15 && mine <= 0.003,
    };
  });
}

const LAUNCHER = fileURLToPath(new URL('../../git-gatos/bin/git-gatos.cjs', import.meta.url));

export async function emitProcess({ runs = 21 } = {}) {
  return inFolder(async (folder) => {
    const env = { ...process.env, XDG_CONFIG_HOME: join(folder, 'config'), GIT_CONFIG_GLOBAL: '/dev/null' };
    const options = { cwd: folder, env };
    processSeconds(process.execPath, [LAUNCHER, 'init', '--actor', 'user:bench'], options);
    const args = [LAUNCHER, 'emit', '--type', 'add', '--payload', '{"n":10}'];
    const { ours, limit, ratio } = await paired({
      ours: async () => processSeconds(process.execPath, args, options),
      limit: async () => processSeconds(process.execPath, ['-e', '0'], options),
      runs,
      warmup: 3,
    });
    const factor = 1 / ratio;
    return {
      name: '`git gatos emit`, whole process',
      ours: milliseconds(ours),
      limit: `node -e 0 ${milliseconds(limit)}`,
      ratio: factor,
      target: '≤ 1.6 and < 110 ms',
      met: factor <= 1.6 && ours < 0.11,
    };
  });
}
