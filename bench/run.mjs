/** `npm run bench [-- NAME…] [--quick] [--million]`: prints a table and writes `bench/results/<time>.json`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { appendBatched, appendSingle } from './rows/append.mjs';
import { blobMemory, blobPut, blobRead } from './rows/blobs.mjs';
import { busDrain, busPublish } from './rows/bus.mjs';
import { busHealth } from './rows/bus-health.mjs';
import { canReceipts } from './rows/can.mjs';
import { capChain } from './rows/capability.mjs';
import { effectCall, ledgerGrowth } from './rows/effects.mjs';
import { reproduceOverhead, verifyPox } from './rows/experiment.mjs';
import { foldRow, isomorphicRow } from './rows/fold.mjs';
import { gateGrowth, gateLatency, gateProof } from './rows/gate.mjs';
import { growth, million } from './rows/growth.mjs';
import { idle } from './rows/idle.mjs';
import { jobsThroughput } from './rows/jobs.mjs';
import { appendLatency, emitProcess } from './rows/latency.mjs';
import { policyAdopt, policyRow } from './rows/policy.mjs';
import { runOverhead } from './rows/run.mjs';
import { sizeAfterGc, verifyBatched, verifySingle } from './rows/verify.mjs';

const ROWS = {
  appendBatched,
  appendSingle,
  appendLatency,
  emitProcess,
  verifyBatched,
  verifySingle,
  foldRow,
  policyRow,
  policyAdopt,
  gateLatency,
  gateProof,
  gateGrowth,
  runOverhead,
  jobsThroughput,
  busPublish,
  busDrain,
  busHealth,
  verifyPox,
  blobPut,
  blobRead,
  blobMemory,
  capChain,
  effectCall,
  ledgerGrowth,
  reproduceOverhead,
  idle,
  canReceipts,
  sizeAfterGc,
  isomorphicRow,
  growth,
};
const QUICK = {
  ...{ count: 10_000, runs: 1, calls: 50, pushes: 5, sizes: [10_000, 20_000] },
  ...{ ids: [200, 2000] },
  ...{ blobBytes: 64 * 1024 * 1024, memoryBytes: 256 * 1024 * 1024, ranges: 50 },
  ...{ jobs: 20, probes: 20, fileBytes: 1024 * 1024, atLeast: 1, waitSeconds: 2, times: 3 },
};

const args = process.argv.slice(2);
const quick = args.includes('--quick');
const names = args.filter((arg) => !arg.startsWith('--'));
const unknown = names.filter((name) => !(name in ROWS));
if (unknown.length > 0) {
  console.error(`no row is called ${unknown.join(', ')}; rows are ${Object.keys(ROWS).join(', ')}`);
  process.exit(129);
}

const rows = [];
for (const [name, row] of Object.entries(ROWS)) {
  if (names.length > 0 && !names.includes(name)) continue;
  for (const result of [await row(quick ? QUICK : {})].flat()) print(result);
}
if (args.includes('--million')) for (const result of await million(quick ? { count: 50_000 } : {})) print(result);

function print(result) {
  rows.push(result);
  const { name, ours, limit, ratio, target, met } = result;
  const verdict = met === null ? '' : met ? 'met' : 'MISSED';
  console.log(
    `| ${name} | ${ours} | ${limit} | ${ratio === null ? '' : `${ratio.toFixed(2)}×`} | ${target} | ${verdict} |`,
  );
}

const folder = new URL('./results/', import.meta.url);
mkdirSync(folder, { recursive: true });
const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model };
writeFileSync(
  new URL(`${new Date().toISOString().replaceAll(':', '-')}.json`, folder),
  `${JSON.stringify({ machine, quick, rows }, null, 2)}\n`,
);
process.exit(0);
