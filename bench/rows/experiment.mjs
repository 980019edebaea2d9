/** The two commands that others use: verifying an experiment with large outputs, and running it again. Both as whole processes. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeRepository, outputOf } from '../cli.mjs';
import { inFolder, paired, processSeconds } from '../measure.mjs';

const HASH_THREADS = fileURLToPath(new URL('../hash-threads.mjs', import.meta.url));

/** Writes files of bytes that no compression makes smaller, the same each time. */
const GENERATE = `import { createCipheriv } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
const [count, bytes] = process.argv.slice(2).map(Number);
mkdirSync('out', { recursive: true });
for (let i = 0; i < count; i++) {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, i), Buffer.alloc(16));
  writeFileSync(\`out/part-\${String(i).padStart(2, '0')}.bin\`, cipher.update(Buffer.alloc(bytes)));
}
`;

const MEBI = 1024 * 1024;

export async function verifyPox({ files = 16, fileBytes = 64 * MEBI, runs = 5 } = {}) {
  return inFolder(async (folder) => {
    const work = makeRepository(folder);
    writeFileSync(join(work.path, 'generate.mjs'), GENERATE);
    work.seconds('run', '-o', 'out/', '--', 'node', 'generate.mjs', String(files), String(fileBytes));
    const id = work.output('pox', 'create', '--title', 'large outputs').trim();
    const out = join(work.path, 'out');
    const paths = readdirSync(out).map((name) => join(out, name));
    if (paths.length !== files) throw new Error(`${paths.length} outputs of ${files}`);
    const hash = [process.execPath, [HASH_THREADS, '2', ...paths]];
    const { ours, limit, ratio } = await paired({
      ours: async () => work.seconds('verify', id),
      limit: async () => Number(outputOf(hash, work)),
      runs,
    });
    const size = (files * fileBytes) / MEBI;
    const rate = (time) => `${Math.round(size / time).toLocaleString('en')} MiB/s`;
    return {
      name: `verify an experiment with ${size.toLocaleString('en')} MiB of outputs`,
      ours: `${rate(ours)} (${ours.toFixed(2)} s)`,
      limit: `SHA-256 on two threads ${rate(limit)}`,
      ratio,
      target: '≥ 0.7',
      met: ratio >= 0.7,
    };
  });
}

const TRY_ROUNDS = 5e8;

/** Fixed work: how long it takes is the machine's affair. */
const TRAIN = `import { readFileSync, writeFileSync } from 'node:fs';
const rounds = Number(readFileSync('rounds.txt', 'utf8'));
let x = 1;
for (let i = 0; i < rounds; i++) x = (Math.imul(x, 1664525) + 1013904223) ^ (x >>> 7);
writeFileSync('model.json', JSON.stringify({ x }));
`;

export async function reproduceOverhead({ atLeast = 10, runs = 3 } = {}) {
  return inFolder(async (folder) => {
    const work = makeRepository(folder);
    writeFileSync(join(work.path, 'train.mjs'), TRAIN);
    const byHand = async () => processSeconds(process.execPath, ['train.mjs'], work);
    const setRounds = (rounds) => writeFileSync(join(work.path, 'rounds.txt'), String(rounds));
    // A short try says how much work is long enough, with a margin for a machine that was slow just then.
    setRounds(TRY_ROUNDS);
    setRounds(Math.ceil((TRY_ROUNDS * atLeast * 1.5) / (await byHand())));
    work.seconds('run', '-i', 'rounds.txt', '-o', 'model.json', '--', 'node', 'train.mjs');
    const id = work.output('pox', 'create', '--title', 'fixed work').trim();
    const ours = async () => work.seconds('reproduce', id);
    const found = await paired({ ours, limit: byHand, runs, warmup: 0 });
    const factor = 1 / found.ratio;
    return {
      name: `reproduce a job of ${found.limit.toFixed(1)} s`,
      ours: `${found.ours.toFixed(2)} s`,
      limit: `by hand ${found.limit.toFixed(2)} s`,
      ratio: factor,
      target: '≤ 1.1, at 10 s or more',
      met: factor <= 1.1,
    };
  });
}
