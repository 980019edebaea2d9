/** `doctor`: the repository by the rules of all planes, and this clone of it. */
import { byRank, Cid, examineRepository, type Finding, GatosError, type LongCall, type TrustHistory } from 'gatos-core';
import { loadEngine, systemClock } from 'gatos-core/node';
import { JOBS_TOPIC, WORKERS } from '../work/index.js';
import { openWorkspace, type Workspace, type WorkspaceOptions } from '../workspace.js';
import { examineChunkLeftovers, examinePinned } from './blobs.js';
import { examineGateKey, examineSocket } from './gate.js';
import { examineHooks } from './hooks.js';
import { examineConfinement, examineLeftovers } from './jobs.js';
import { examineAuthor, examineKeyFiles, examinePin, selfOf } from './keys.js';
import { type Mended, mendAll, type NotMended } from './mend.js';
import { GitSettings, type Look, type Patient } from './patient.js';
import { examineReceipts } from './receipts.js';
import { examineAnchors, examineHiddenRefs, examineRemotes } from './remotes.js';
import { examineHistory, examineLocks, examineObjects, examineSettings } from './storage.js';
import { finding } from './symptoms.js';

export interface DiagnoseRequest extends WorkspaceOptions, LongCall {
  /** Mend what is safe to mend without asking. */
  readonly fix?: boolean | undefined;
}

export interface Diagnosis {
  /** The worst first; after a fix, what is left. */
  readonly findings: readonly Finding[];
  /** What `fix` did. */
  readonly mended: readonly Mended[];
  /** What `fix` tried in vain. */
  readonly failed: readonly NotMended[];
}

/** Before there is a history, only what starting one rests on. */
const ALWAYS: readonly Look[] = [
  { what: 'the files of keys', look: examineKeyFiles },
  { what: 'the history of git', look: examineHistory },
  { what: 'locks', look: examineLocks },
];
const LOOKS: readonly Look[] = [
  { what: 'who writes', look: examineAuthor },
  { what: 'the pin', look: examinePin },
  { what: 'remotes', look: examineRemotes },
  { what: 'hidden refs', look: examineHiddenRefs },
  { what: 'the audit', look: examineAnchors },
  { what: 'hooks', look: examineHooks },
  { what: 'the key of the gate', look: examineGateKey },
  { what: 'the socket of the gate', look: examineSocket },
  { what: 'settings of git', look: examineSettings },
  { what: 'objects', look: examineObjects },
  { what: 'the confinement of jobs', look: examineConfinement },
  { what: 'scratch folders of jobs', look: examineLeftovers },
  { what: 'chunks of pinned blobs', look: examinePinned },
  { what: 'leftovers among chunks', look: examineChunkLeftovers },
  { what: 'receipts of reproductions', look: examineReceipts },
];

const QUEUE = { topic: JOBS_TOPIC, consumer: WORKERS };

/** Examines the repository at `cwd` or above it. Throws as `openWorkspace`; never for what it finds. */
export async function diagnose(request: DiagnoseRequest): Promise<Diagnosis> {
  const findings = await examine(request);
  const { cwd, env } = request;
  if (request.fix !== true || !findings.some(({ fixable }) => fixable)) return { findings, mended: [], failed: [] };
  const { mended, failed } = await mendAll({ ...request, at: { cwd, env } }, findings);
  return { findings: await examine(request), mended, failed };
}

async function examine(request: DiagnoseRequest): Promise<readonly Finding[]> {
  const workspace = await openWorkspace(request);
  try {
    return await examineWorkspace(workspace, request);
  } finally {
    await workspace.close();
  }
}

async function examineWorkspace(
  workspace: Workspace,
  { cwd, env, signal, progress }: DiagnoseRequest,
): Promise<readonly Finding[]> {
  const { backend, engine, settings } = workspace;
  const time = Math.floor(systemClock.now());
  const pin = settings.genesis === undefined ? undefined : Cid.parse(settings.genesis);
  const self = await selfOf(workspace, env);
  const ports = { backend, engine, sandbox: loadEngine };
  const found = [...(await examineRepository(ports, { time, pin, self, queue: QUEUE, signal, progress }))];
  const at = { cwd, env, gitDir: backend.gitDir, signal };
  const config = await GitSettings.read(at);
  const patient = { workspace, at, config, trust: await trustOf(workspace), time, signal, progress };
  const isStarted = !found.some(({ code }) => code === 'doctor/not-started');
  for (const look of isStarted ? [...ALWAYS, ...LOOKS] : ALWAYS) {
    found.push(...(await lookAt(patient, look)));
    signal?.throwIfAborted();
  }
  return byRank(found);
}

/** What cannot be examined hides nothing else. */
async function lookAt(patient: Patient, { what, look }: Look): Promise<readonly Finding[]> {
  try {
    return await look(patient);
  } catch (error) {
    if (!(error instanceof GatosError)) throw error;
    return [finding('not-examined', { subject: what, data: { part: what, why: error.message } })];
  }
}

/** What is wrong with it is told by the examination of the repository. */
async function trustOf({ repository }: Workspace): Promise<TrustHistory | null> {
  return repository.trust().catch((error: unknown) => {
    if (error instanceof GatosError) return null;
    throw error;
  });
}
