/**
 * Writes `conformance/vectors/fold/state-root.json` from what this build makes of the scenario. By hand only: a golden value that
 * changes is a change of format, which takes an ADR (conformance/README.md). `npm run build && node conformance/fold/write-golden.mjs`
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { memoryBackend } from 'gatos-core';
import { loadEngineWasm } from 'gatos-core/node';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const outfile = at('../../node_modules/.cache/gatos-scenario.mjs');
await build({ entryPoints: [at('./scenario.ts')], outfile, bundle: true, format: 'esm', packages: 'external' });
const { runScenario, SCENARIO } = await import(outfile);
const want = await runScenario({ backend: memoryBackend(), wasm: await loadEngineWasm() });
const vector = {
  id: 'state-root/two-writers',
  note: 'two writers, 1,300 events, two checkpoints, one of them inside of a window: ids of every ref, state, history, gas; what is emitted stands in conformance/fold/scenario.ts',
  requirement: 'SPEC 2.3, 2.4, 2.5, 3.1',
  input: SCENARIO,
  want,
};
const file = at('../vectors/fold/state-root.json');
writeFileSync(file, `${JSON.stringify({ area: 'state-root', vectors: [vector] }, null, 2)}\n`);
