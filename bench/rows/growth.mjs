/** Cost must follow the new work: the same append, incremental fold and incremental verification on longer and longer histories. */
import { join } from 'node:path';
import { headOfEntry, journalHeads, makeBundle, RULES, readEntry, ruleFor, verifyChain } from 'gatos-core';
import { appendAll, openLab } from '../lab.mjs';
import { inFolder, median, milliseconds, seconds } from '../measure.mjs';
import { makeEvents, REDUCER } from '../records.mjs';

const MANIFEST = { name: 'bench', ns: 'default', version: 1, gas: 100_000, memory: 64 * 1024 * 1024 };
const STEP = 1000;

async function measureAt(lab, bundle) {
  const append = [];
  const fold = [];
  const verify = [];
  for (let i = 0; i < 5; i++) {
    const [before] = await journalHeads(lab.backend, 'default');
    append.push(await seconds(() => lab.repository.emit(makeEvents(STEP, 100 + i), { ns: 'default' })));
    fold.push(await seconds(() => lab.repository.fold(bundle)));
    const [head] = await journalHeads(lab.backend, 'default');
    verify.push(await seconds(() => verifyFrom(lab, before.oid, head)));
  }
  return { append: median(append), fold: median(fold), verify: median(verify) };
}

async function verifyFrom({ repository, backend, engine }, from, { chain, oid }) {
  const trust = await repository.trust();
  const context = { backend, engine, repo: trust.repo, authorize: trust.authorize };
  const span = { chain, rule: ruleFor(RULES, chain), head: oid, from: headOfEntry(await readEntry(backend, from)) };
  const { fault } = await verifyChain(context, span);
  if (fault !== null) throw fault;
}

export async function growth({ sizes = [10_000, 100_000] } = {}) {
  return inFolder(async (folder) => {
    const lab = await openLab(folder);
    const bundle = makeBundle(MANIFEST, REDUCER);
    const rows = [];
    let have = 0;
    for (const size of sizes) {
      for (; have < size; have += 10_000)
        await appendAll(lab, makeEvents(Math.min(10_000, size - have), have), { perEnvelope: 1000 });
      await lab.repository.fold(bundle);
      const { append, fold, verify } = await measureAt(lab, bundle);
      rows.push({
        name: `growth: ${STEP} more after ${size.toLocaleString('en')}`,
        ours: `append ${milliseconds(append)}, fold ${milliseconds(fold)}, verify ${milliseconds(verify)}`,
        limit: 'itself',
        ratio: null,
        target: 'flat',
        met: null,
      });
    }
    await lab.close();
    return rows;
  });
}

/** Peak memory and time of verifying and folding many records: by hand, `npm run bench -- --million`. */
export async function million({ count = 1_000_000 } = {}) {
  return inFolder(async (folder) => {
    const lab = await openLab(folder);
    for (let i = 0; i < count; i += 10_000) await appendAll(lab, makeEvents(10_000, i), { perEnvelope: 1000 });
    await lab.close();
    const { execFileSync } = await import('node:child_process');
    const child = (what) =>
      JSON.parse(
        execFileSync(
          process.execPath,
          [new URL('../million-child.mjs', import.meta.url).pathname, what, join(folder)],
          { maxBuffer: 1 << 24 },
        ).toString(),
      );
    return ['verify', 'fold'].map((what) => {
      const { time, rss, events } = child(what);
      return {
        name: `${what} of ${events.toLocaleString('en')} records`,
        ours: `${Math.round(rss)} MB peak, ${time.toFixed(1)} s`,
        limit: '400 MB',
        ratio: rss / 400,
        target: '≤ 400 MB',
        met: rss <= 400,
      };
    });
  });
}
