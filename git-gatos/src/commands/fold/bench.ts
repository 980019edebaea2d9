import { journalHeads, runFold } from 'gatos-core';
import { loadEngine } from 'gatos-core/node';
import { defineCommand } from '../../command/index.js';
import { DIR_OPTION, findBundle } from './bundle.js';

export const command = defineCommand({
  name: 'bench',
  summary: 'measure a fold',
  description:
    'Folds every event from the first one, a few times, and prints events a second, gas and peak memory. Nothing is recorded.',
  positionals: [{ name: 'name', kind: 'text', summary: 'name of the fold', complete: 'folds' }],
  options: {
    runs: { kind: 'int', min: 1, max: 100, default: 3, placeholder: 'N', summary: 'how often' },
    dir: DIR_OPTION,
  },
  examples: [{ command: 'git gatos fold bench sum --runs 5', note: 'the median of five' }],
  exits: ['no', 'missing'],
  seeAlso: ['fold run'],
  run: async (context, { name, runs, dir }) => {
    const workspace = await context.openRepository();
    const bundle = await findBundle(workspace, { name, dir });
    const { backend } = workspace.repository;
    const engine = await loadEngine();
    const heads = await journalHeads(backend, bundle.manifest.ns);
    const seconds: number[] = [];
    let outcome = { events: 0, gasUsed: 0 };
    for (let i = 0; i < runs; i++) {
      const start = performance.now();
      outcome = await runFold(backend, engine, { bundle, heads, signal: context.signal, progress: context.progress });
      seconds.push((performance.now() - start) / 1000);
    }
    const median = seconds.toSorted((a, b) => a - b)[Math.floor(runs / 2)] ?? 0;
    const { events, gasUsed } = outcome;
    const value = {
      name,
      events,
      runs,
      median_seconds: round(median),
      events_per_second: Math.round(events / median),
      gas_used: gasUsed,
      gas_per_event: events === 0 ? 0 : round(gasUsed / events),
      peak_memory_bytes: process.resourceUsage().maxRSS * 1024,
    };
    return { value, text: Object.entries(value).map(([key, field]) => `${key.padEnd(18)} ${field}`) };
  },
});

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
