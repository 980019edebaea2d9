/**
 * `npm run fuzz [-- RUNS] [SEED]`: the property, fuzz and simulation tests with many more runs and a fresh seed, which is printed;
 * `npm run fuzz -- RUNS SEED` repeats a failing one. `npm test` runs them with a fixed seed and few runs.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NAMES = [
  'fuzz',
  'codec',
  'merkle',
  'mythos',
  'chain/envelope',
  'chain/signed',
  'trust/state',
  'bus/simulation',
  'capabilities/simulation',
  'capabilities/within',
  'bus/window',
  'journal/order',
  'journal/event-check',
  'journal/simulation',
  'jobs/simulation',
  'effects/simulation',
  'experiments/drift/properties',
  'ir/properties',
  'core/src/tools',
  'policy/language',
  'policy/compile',
  'policy/evaluate',
];

const [runs = '100000', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
if (!/^[0-9]{1,9}$/.test(runs) || !/^[0-9]{1,10}$/.test(seed)) {
  console.error('usage: npm run fuzz [-- RUNS [SEED]], both whole numbers');
  process.exit(129);
}
console.log(`seed ${seed}, ${runs} runs: repeat with \`npm run fuzz -- ${runs} ${seed}\``);
const env = { ...process.env, GATOS_FUZZ_RUNS: runs, GATOS_SEED: seed, GATOS_SEEDS: runs };
const hour = String(60 * 60 * 1000);
const args = ['vitest', 'run', '--testTimeout', hour, ...NAMES];
const { status, error } = spawnSync('npx', args, { cwd: ROOT, env, stdio: 'inherit' });
if (error !== undefined) throw error;
process.exit(status ?? 1);
