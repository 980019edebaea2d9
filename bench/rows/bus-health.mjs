/**
 * What a repository looks like that 100,000 messages went through, next to the layout that comes to mind first: a ref for each message. Both hold
 * the same JSON-like payloads; the other one signs nothing and records no offsets.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compactTopic, openBus } from 'gatos-core';
import { subscribe } from 'gatosd';
import { environmentIn } from '../cli.mjs';
import { openLab } from '../lab.mjs';
import { git, inFolder, median, processSeconds } from '../measure.mjs';
import { makeEvents } from '../records.mjs';
import { publishAll, TOPIC } from './bus.mjs';

/** Messages of one segment: a day's worth of a busy topic. */
const PER_SEGMENT = 5000;

/** Published in batches, read by one consumer, the older half pruned into summaries. */
async function makeBus(path, count) {
  const lab = await openLab(path);
  const half = count / 2;
  const limits = { maxMessages: Math.min(PER_SEGMENT, Math.max(1000, count / 20)) };
  await publishAll(lab, makeEvents(half), { limits });
  const now = Math.floor(lab.ports.clock.now());
  await publishAll(lab, makeEvents(half, 2), { limits });
  let handled = 0;
  await subscribe(lab, {
    topic: TOPIC,
    consumer: 'reader',
    follow: false,
    ackEach: false,
    stop: new AbortController().signal,
    handle: () => {
      handled += 1;
    },
  });
  if (handled !== count) throw new Error(`${handled} of ${count} messages`);
  const writer = await lab.repository.writer();
  const { summaries } = await compactTopic(openBus(lab.repository.ports), {
    ...writer,
    topic: TOPIC,
    olderThan: 0,
    now,
  });
  const pruned = summaries.reduce((sum, { messages }) => sum + messages, 0);
  await lab.close();
  return `${summaries.length} segments pruned${Number.isFinite(pruned) ? `, ${pruned} messages` : ''}`;
}

/** One commit and one ref a message, through `git fast-import`; the older half of the refs is then deleted in one transaction. */
function makeNaive(path, count) {
  git(path, 'init', '-q', '.');
  const half = count / 2;
  const nameOf = (i) => `refs/messages/${TOPIC}/${String(i).padStart(8, '0')}`;
  const chunks = [];
  for (const [part, seed] of [
    [0, 1],
    [1, 2],
  ])
    for (const [j, event] of makeEvents(half, seed).entries()) {
      const i = part * half + j;
      const data = JSON.stringify(event);
      const message = `message ${i}`;
      chunks.push(
        `commit ${nameOf(i)}\ncommitter bench <bench@example.org> ${1_700_000_000 + i} +0000\ndata ${message.length}\n${message}\n` +
          `M 100644 inline message\ndata ${Buffer.byteLength(data)}\n${data}\n\n`,
      );
    }
  run(path, ['fast-import', '--quiet'], chunks.join(''));
  const deletions = Array.from({ length: half }, (_, i) => `delete ${nameOf(i)}\n`);
  run(path, ['update-ref', '--stdin'], deletions.join(''));
}

function run(cwd, args, input) {
  const { status, stderr } = spawnSync('git', args, { cwd, input, maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`git ${args[0]} ended with ${status}: ${stderr}`);
}

/** `git gc`, and clones over git's own protocol, so that nothing is linked. */
function health(folder, name, runs) {
  const path = join(folder, name);
  const options = { cwd: folder, env: environmentIn(folder) };
  const gc = processSeconds('git', ['-C', path, 'gc', '-q', '--prune=now'], options);
  const clones = Array.from({ length: runs }, (_, i) =>
    processSeconds('git', ['clone', '-q', '--mirror', `file://${path}`, `${name}-clone-${i}`], options),
  );
  const refs = git(path, 'for-each-ref', '--format=%(refname)').trim().split('\n').length;
  const counted = git(path, 'count-objects', '-v');
  const [, pack] = /size-pack: (\d+)/.exec(counted);
  const [, objects] = /in-pack: (\d+)/.exec(counted);
  const packs = readdirSync(join(path, '.git', 'objects', 'pack')).filter((file) => file.endsWith('.pack')).length;
  return { refs, pack: Number(pack) * 1024, objects: Number(objects), packs, gc, clone: median(clones) };
}

export async function busHealth({ count = 100_000, runs = 3 } = {}) {
  return inFolder(async (folder) => {
    for (const name of ['bus', 'naive']) mkdirSync(join(folder, name));
    const pruned = await makeBus(join(folder, 'bus'), count);
    makeNaive(join(folder, 'naive'), count);
    // In turn, so that a slow minute of the machine is not one side's alone; the naive one first, with the colder cache.
    const naive = health(folder, 'naive', runs);
    const bus = health(folder, 'bus', runs);
    const size = `${count.toLocaleString('en')} messages, half of them pruned`;
    const rowOf = (what, unit, value) => ({
      name: `${size}: ${what}`,
      ours: `${unit(value(bus))}${what === 'refs' ? ` (${pruned})` : ''}`,
      limit: `a ref a message ${unit(value(naive))}`,
      ratio: value(naive) / value(bus),
      target: 'report',
      met: null,
    });
    const plain = (n) => n.toLocaleString('en');
    const megabytes = (n) => `${(n / 1e6).toFixed(1)} MB`;
    const time = (n) => `${n.toFixed(2)} s`;
    return [
      rowOf('refs', plain, ({ refs }) => refs),
      rowOf('objects', plain, ({ objects }) => objects),
      rowOf('size of the pack', megabytes, ({ pack }) => pack),
      rowOf('`git gc`', time, ({ gc }) => gc),
      rowOf('`git clone --mirror`', time, ({ clone }) => clone),
    ];
  });
}
