/** Folding from Git to the state root against V8 doing the same reducer from JSON lines. */
import { createReadStream, promises as fs, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { blocksOf, isomorphicBackend, journalHeads, makeBundle, runFold } from 'gatos-core';
import { loadEngine } from 'gatos-core/node';
import { appendAll, openLab } from '../lab.mjs';
import { inFolder, paired, perSecond, seconds } from '../measure.mjs';
import { makeEvents, REDUCER } from '../records.mjs';

const MANIFEST = { name: 'bench', ns: 'default', version: 1, gas: 100_000, memory: 64 * 1024 * 1024 };

async function foldOnce({ backend }, engine, count) {
  const bundle = makeBundle(MANIFEST, REDUCER);
  return seconds(async () => {
    const { events, state } = await runFold(backend, engine, { bundle, heads: await journalHeads(backend, 'default') });
    blocksOf(state);
    if (events !== count) throw new Error(`folded ${events} of ${count}`);
  });
}

async function v8Once(path, count) {
  const { fold } = await import(`data:text/javascript,${encodeURIComponent(REDUCER)}`);
  return seconds(async () => {
    let state = {};
    let events = 0;
    for await (const line of createInterface({ input: createReadStream(path) })) {
      state = fold(state, JSON.parse(line));
      events += 1;
    }
    JSON.stringify(state);
    if (events !== count) throw new Error(`folded ${events} of ${count}`);
  });
}

export async function foldRow({ count = 100_000, runs = 5 } = {}) {
  const events = makeEvents(count);
  const engine = await loadEngine();
  return inFolder(async (folder) => {
    const lab = await openLab(folder);
    await appendAll(lab, events, { perEnvelope: 1000 });
    const lines = join(folder, 'events.ndjson');
    writeFileSync(lines, `${events.map((event) => JSON.stringify(event)).join('\n')}\n`);
    const { ours, limit, ratio } = await paired({
      ours: () => foldOnce(lab, engine, count),
      limit: () => v8Once(lines, count),
      runs,
    });
    await lab.close();
    return {
      name: 'fold, git to state root',
      ours: perSecond(count, ours),
      limit: `V8 from JSON lines ${perSecond(count, limit)}`,
      ratio,
      target: 0.1,
      met: ratio >= 0.1,
    };
  });
}

export async function isomorphicRow({ count = 5_000 } = {}) {
  const events = makeEvents(count);
  return inFolder(async (folder) => {
    const backendOf = (path) => isomorphicBackend({ fs, gitdir: join(path, '.git') });
    const lab = await openLab(folder, { backendOf });
    const time = await seconds(() => appendAll(lab, events, { perEnvelope: 1, perCall: 500 }));
    await lab.close();
    return {
      name: 'append through isomorphic-git',
      ours: perSecond(count, time),
      limit: 'itself',
      ratio: null,
      target: 'report',
      met: null,
    };
  });
}
