/** What `doctor --fix` does by itself: only what takes nothing away that anybody may want. */
import { chmodSync, existsSync, lstatSync, rmSync, statSync } from 'node:fs';
import { type Finding, GatosError } from 'gatos-core';
import { installHooks, isAnswered, type Side } from '../gate/index.js';
import { addFetchRefspecs } from '../git-config.js';
import type { GitAt } from '../git-run.js';
import { removeLeftovers } from '../runners/index.js';
import { openWorkspace, type Workspace, type WorkspaceOptions } from '../workspace.js';
import { scratchRoot, tellOfJob } from './jobs.js';
import { recordKeptReceipt } from './receipts.js';

export interface Mended {
  readonly code: string;
  readonly subject: string;
  /** What was done. */
  readonly did: string;
}

export interface NotMended {
  readonly code: string;
  readonly subject: string;
  readonly why: string;
}

export interface MendRequest extends WorkspaceOptions {
  readonly at: GitAt;
}

type Mend = (request: MendRequest, finding: Finding) => Promise<string> | string;

const reinstall: Mend = async (request, { mend, subject }) => {
  const side: Side = mend?.endsWith('--client') === true ? 'client' : 'server';
  await installHooks({ ...request, side });
  return `installed the ${side} hook again: ${subject}`;
};

async function inWorkspace<T>(request: MendRequest, body: (workspace: Workspace) => Promise<T>): Promise<T> {
  const workspace = await openWorkspace(request);
  try {
    return await body(workspace);
  } finally {
    await workspace.close();
  }
}

const MENDS: Readonly<Record<string, Mend>> = {
  'doctor/no-fetch-refspec': async ({ at }, { subject: remote }) => {
    await addFetchRefspecs(at, [remote]);
    return `\`git fetch ${remote}\` brings refs/gatos/* from now on`;
  },
  'doctor/exposed-file': (_, { subject: path }) => {
    const mode = statSync(path).isDirectory() ? 0o700 : 0o600;
    chmodSync(path, mode);
    return `only you can reach ${path} (mode ${mode.toString(8)})`;
  },
  'doctor/stale-socket': async (_, { subject: path }) => {
    // A gate may have started since.
    const isStale = lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true && !(await isAnswered(path));
    if (!isStale) return `${path} is answered now`;
    rmSync(path);
    return `removed ${path}`;
  },
  'doctor/job-leftover': async ({ at }, { subject: path }) => {
    await removeLeftovers(scratchRoot(at.env));
    return existsSync(path) ? `${path} is in use again` : `removed ${path}`;
  },
  'doctor/job-untold': async (request, { subject: ref }) => {
    const job = await inWorkspace(request, (workspace) => tellOfJob(workspace, ref));
    return `told the workers of job ${job}`;
  },
  'doctor/receipt-unrecorded': async (request, { subject: path }) => {
    const id = await inWorkspace(request, (workspace) => recordKeptReceipt(workspace, { ...request, path }));
    return `recorded the receipt ${id}`;
  },
  'doctor/hook-gone': reinstall,
  'doctor/hook-broken': reinstall,
  'doctor/gate-key-gone': reinstall,
};

/** Mends what may be mended without asking, one after the other; what cannot be is told. */
export async function mendAll(
  request: MendRequest,
  findings: readonly Finding[],
): Promise<{ readonly mended: readonly Mended[]; readonly failed: readonly NotMended[] }> {
  const mended: Mended[] = [];
  const failed: NotMended[] = [];
  for (const each of findings.filter(({ fixable }) => fixable)) {
    const { code, subject } = each;
    const mend = MENDS[code];
    if (mend === undefined) continue;
    try {
      mended.push({ code, subject, did: await mend(request, each) });
    } catch (error) {
      if (!(error instanceof GatosError) && !(error instanceof Error && 'syscall' in error)) throw error;
      failed.push({ code, subject, why: error.message });
    }
  }
  return { mended, failed };
}
