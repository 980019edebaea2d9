/** What waiting costs: processor time of a worker and of a subscriber that have nothing to do, and how soon they wake up. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBus, publishMessages } from 'gatos-core';
import { openWorkspace } from 'gatosd';
import { gatosCommand, makeRepository, skipped } from '../cli.mjs';
import { inFolder, median, milliseconds } from '../measure.mjs';

const TOPIC = 'wake';
/** Ticks of a second in /proc, on every Linux that Node runs on. */
const TICKS = 100;
/** Until a process has settled: started, looked around once, and gone to sleep. */
const SETTLE_MS = 3000;

/** Seconds of processor time that a process and all its threads took so far (proc(5), fields 14 and 15). */
function processorSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

function start({ path, env }, ...args) {
  const [command, argv] = gatosCommand(...args);
  return spawn(command, argv, { cwd: path, env, stdio: ['ignore', 'pipe', 'ignore'] });
}

async function stop(child) {
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'exit');
}

async function idleRow(name, child, waitSeconds) {
  await sleep(SETTLE_MS);
  const before = processorSeconds(child.pid);
  await sleep(waitSeconds * 1000);
  const share = (processorSeconds(child.pid) - before) / waitSeconds;
  return {
    name: `${name}, idle`,
    ours: `${(share * 100).toFixed(2)} % of a core`,
    limit: `over ${waitSeconds} s`,
    ratio: null,
    target: '< 1 %',
    met: share < 0.01,
  };
}

/** Seconds between the call that publishes (and its end) and the line that a subscriber writes, for each message. */
async function wakeUps({ path, env }, child, times) {
  const workspace = await openWorkspace({ cwd: path, env, passphrase: async () => null });
  const bus = openBus(workspace.repository.ports);
  const lines = createInterface({ input: child.stdout });
  const found = { published: [], total: [] };
  for (let n = -2; n < times; n++) {
    // Not in step with anything that looks at intervals.
    await sleep(300 + ((n * 137) % 400));
    const heard = once(lines, 'line');
    const begun = performance.now();
    const writer = await workspace.repository.writer();
    await publishMessages(bus, { ...writer, topic: TOPIC, messages: [{ payload: { n } }] });
    const published = performance.now();
    const [line] = await Promise.race([heard, sleep(20_000, [''], { ref: false })]);
    if (JSON.parse(line || '{"payload":{}}').payload.n !== n) throw new Error(`heard \`${line}\` for message ${n}`);
    if (n < 0) continue;
    found.published.push((performance.now() - published) / 1000);
    found.total.push((performance.now() - begun) / 1000);
  }
  await workspace.close();
  return found;
}

export async function idle({ waitSeconds = 20, times = 20 } = {}) {
  if (process.platform !== 'linux') return skipped('idle worker and subscriber', 'processor time is read from /proc');
  return inFolder(async (folder) => {
    const work = makeRepository(folder);
    work.seconds('bus', 'publish', TOPIC, '--payload', '{"n":"first"}');
    const worker = start(work, 'job', 'work');
    const subscriber = start(work, 'bus', 'subscribe', TOPIC, '-c', 'sleeper', '--follow', '--from', 'end');
    try {
      const rows = await Promise.all([
        idleRow('`job work`', worker, waitSeconds),
        idleRow('`bus subscribe --follow`', subscriber, waitSeconds),
      ]);
      const { published, total } = await wakeUps(work, subscriber, times);
      const wake = median(published);
      rows.push({
        name: 'wake-up: published until handled, p50',
        ours: `${milliseconds(wake)} (with the publishing ${milliseconds(median(total))}, worst ${milliseconds(Math.max(...published))})`,
        limit: `${times} messages, one at a time`,
        ratio: null,
        target: '≤ 100 ms',
        met: wake <= 0.1,
      });
      return rows;
    } finally {
      await Promise.all([stop(worker), stop(subscriber)]);
    }
  });
}
