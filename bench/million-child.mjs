/** One measurement of memory in a process of its own. */
import { journalHeads, makeBundle, runFold, verifyRepository } from 'gatos-core';
import { loadEngine, nativeEngine, openNativeBackend } from 'gatos-core/node';
import { seconds } from './measure.mjs';
import { REDUCER } from './records.mjs';

const [what, folder] = process.argv.slice(2);
const backend = await openNativeBackend(folder);
let events = 0;
const time = await seconds(async () => {
  if (what === 'verify') {
    const { report, totals } = await verifyRepository({ backend, engine: nativeEngine() });
    if (report.outcome !== 'pass') throw new Error(report.outcome);
    events = totals.records;
  } else {
    const bundle = makeBundle(
      { name: 'bench', ns: 'default', version: 1, gas: 100_000, memory: 64 * 1024 * 1024 },
      REDUCER,
    );
    events = (await runFold(backend, await loadEngine(), { bundle, heads: await journalHeads(backend, 'default') }))
      .events;
  }
});
console.log(JSON.stringify({ time, events, rss: process.resourceUsage().maxRSS / 1024 }));
process.exit(0);
