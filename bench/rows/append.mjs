/** Appending 100k signed, durable records against `git fast-import`, which neither encodes nor signs. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fastImport, prepareStream } from '../fast-import.mjs';
import { appendAll, openLab } from '../lab.mjs';
import { inFolder, paired, perSecond, seconds } from '../measure.mjs';
import { makeEvents } from '../records.mjs';

async function against(perEnvelope, { count, runs }) {
  const events = makeEvents(count);
  return inFolder(async (folder) => {
    const stream = prepareStream(folder, events);
    let n = 0;
    const fresh = () => {
      const path = join(folder, `r${n++}`);
      mkdirSync(path);
      return path;
    };
    const ours = async () => {
      const lab = await openLab(fresh());
      const time = await seconds(() => appendAll(lab, events, { perEnvelope }));
      await lab.close();
      return time;
    };
    return paired({ ours, limit: () => fastImport(fresh(), stream), runs });
  });
}

function row(name, target, { ours, limit, ratio }, count) {
  return {
    name,
    ours: perSecond(count, ours),
    limit: `fast-import ${perSecond(count, limit)}`,
    ratio,
    target,
    met: ratio >= target,
  };
}

export async function appendBatched({ count = 100_000, runs = 5 } = {}) {
  return row('append, envelopes of 1,000', 4, await against(1000, { count, runs }), count);
}

export async function appendSingle({ count = 100_000, runs = 3 } = {}) {
  return row('append, one record an envelope', 1, await against(1, { count, runs }), count);
}
