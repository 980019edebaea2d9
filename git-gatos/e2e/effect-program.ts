/** A gateway whose death and whose clock a test decides: a program of its own, made from the sources. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (path: string): string => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));

/** Where it dies: at a step of a call, or around the moment at which a record of this kind becomes visible. */
export type Death =
  | 'registered'
  | 'invoked'
  | 'receipt'
  | 'committed'
  | 'register written'
  | 'register moved'
  | 'commit written'
  | 'commit moved';

export interface EffectOrder {
  readonly cwd: string;
  readonly tool: string;
  readonly key?: string | undefined;
  readonly body?: unknown;
  readonly leaseMs?: number | undefined;
  readonly waitMs?: number | undefined;
  readonly dieAt?: Death | undefined;
  /** Milliseconds that its clock is fast. */
  readonly skewMs?: number | undefined;
  /** Says so on standard error at this step, and goes on. */
  readonly tellAt?: string | undefined;
  /** Says so, and stands still until it is told to go on. */
  readonly stopAt?: string | undefined;
}

const SOURCE = `
import { writeSync } from 'node:fs';
import { openRepository, readEntry } from ${at('../../gatos-core/src/index.ts')};
import { loadEngine, systemClock, systemRandom } from ${at('../../gatos-core/node/index.ts')};
import { callTool } from ${at('../../gatosd/src/gateway/index.ts')};
import { openWorkspace } from ${at('../../gatosd/src/workspace.ts')};
const { cwd, tool, key, body = null, leaseMs = 1000, waitMs = 30000, dieAt, tellAt, stopAt, skewMs = 0 } = JSON.parse(process.argv[2]);
const { env } = process;
const die = (step) => {
  if (step === tellAt || step === stopAt) writeSync(2, step + '\\n');
  if (step === stopAt) process.kill(process.pid, 'SIGSTOP');
  if (step === dieAt) process.kill(process.pid, 'SIGKILL');
};
async function run() {
  const opened = await openWorkspace({ cwd, env, passphrase: async () => null });
  const { backend, engine } = opened;
  const { refs } = backend;
  const move = refs.transaction.bind(refs);
  refs.transaction = async (edits) => {
    // By its kind: a renewal of the lease moves the ref as well, whenever this machine is busy.
    const effect = edits.find(({ name }) => name.startsWith('refs/gatos/effects/'));
    const what = effect === undefined ? null : (await readEntry(backend, effect.next)).envelope.kind.replace('effect.', '');
    die(what + ' written');
    await move(edits);
    die(what + ' moved');
  };
  const clock = { ...systemClock, now: () => systemClock.now() + skewMs * 1000 };
  const author = () => opened.author();
  const repository = openRepository({ backend, engine, clock, random: systemRandom, author, sandbox: loadEngine });
  const settings = async () => ({ env, sandbox: 'off', httpAllow: [], httpPrivate: false });
  try {
    const called = await callTool({ ...opened, repository }, { settings, tool, key, body, leaseMs, waitMs, onStep: die });
    return { status: called.status, receipt: called.receiptId, effect: called.effect, answer: called.answer };
  } finally {
    await opened.close();
  }
}
run().then(
  (result) => process.stdout.write(JSON.stringify(result)),
  (error) => {
    process.stdout.write(JSON.stringify({ error: error.code ?? String(error.stack) }));
    process.exitCode = error.exit ?? 1;
  },
);
`;

/** Builds it into a new folder. The folder, and the file to run with node. */
export function buildGateway(): { readonly folder: string; readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'gatos-gateway-'));
  const [entry, file] = [join(folder, 'entry.ts'), join(folder, 'gateway.mjs')];
  writeFileSync(entry, SOURCE);
  execFileSync(process.execPath, [
    fileURLToPath(new URL('../../tools/build-program.mjs', import.meta.url)),
    entry,
    file,
  ]);
  return { folder, file };
}
