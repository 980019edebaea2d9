/** A worker whose death and whose clock a test decides: a program of its own, made from the sources. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (path: string): string => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));

/** Where it dies: at a step of an attempt, when its objects are written, or when all refs have moved. */
export type Death = 'claimed' | 'ran' | 'staged' | 'written' | 'moved' | 'recorded';

export interface WorkerOrder {
  readonly cwd: string;
  readonly leaseMs: number;
  readonly dieAt?: Death | undefined;
  /** Milliseconds that its clock is fast. */
  readonly skewMs?: number | undefined;
  readonly drain?: boolean | undefined;
}

const SOURCE = `
import { openRepository } from ${at('../../gatos-core/src/index.ts')};
import { loadEngine, systemClock, systemRandom } from ${at('../../gatos-core/node/index.ts')};
import { localRunners, work } from ${at('../../gatosd/src/work/index.ts')};
import { openWorkspace } from ${at('../../gatosd/src/workspace.ts')};
const { cwd, leaseMs, dieAt, skewMs = 0, drain = true } = JSON.parse(process.argv[2]);
const { env } = process;
const die = (step) => { if (step === dieAt) process.kill(process.pid, 'SIGKILL'); };
async function run() {
  const opened = await openWorkspace({ cwd, env, passphrase: async () => null });
  const { backend, engine } = opened;
  const { refs } = backend;
  const move = refs.transaction.bind(refs);
  refs.transaction = async (edits) => {
    const ends = edits.some(({ name }) => name.endsWith('/result'));
    if (ends) die('written');
    await move(edits);
    if (ends) die('moved');
  };
  const clock = { ...systemClock, now: () => systemClock.now() + skewMs * 1000 };
  const author = () => opened.author();
  const repository = openRepository({ backend, engine, clock, random: systemRandom, author, sandbox: loadEngine });
  const workspace = { ...opened, repository };
  const events = [];
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  const summary = await work(workspace, {
    runners: localRunners(workspace, { env }), concurrency: 1, leaseMs, libraries: null, drain, stop: stop.signal,
    onStep: die,
    onEvent: ({ what, attempt, error }) => {
      const text = [what, attempt, error?.code].filter((each) => each !== undefined).join(' ');
      events.push(text);
      process.stderr.write(text + '\\n');
    },
  });
  await opened.close();
  return { ...summary, events };
}
run().then(
  (result) => process.stdout.write(JSON.stringify(result)),
  (error) => { process.stderr.write((error.code ?? '') + ' ' + error.stack); process.exitCode = 1; },
);
`;

/** Builds it into a new folder. The folder, and the file to run with node. */
export function buildWorker(): { readonly folder: string; readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'gatos-worker-'));
  const [entry, file] = [join(folder, 'entry.ts'), join(folder, 'worker.mjs')];
  writeFileSync(entry, SOURCE);
  execFileSync(process.execPath, [
    fileURLToPath(new URL('../../tools/build-program.mjs', import.meta.url)),
    entry,
    file,
  ]);
  return { folder, file };
}
