/**
 * `sync`: chains of a remote are fetched into a namespace of their own, verified, and only then taken over by fast-forward; what
 * is newer here is verified and pushed, never by force. Nobody types a refspec, and nothing that does not verify becomes anybody's.
 */
import { Cid } from 'gatos-core';
import { transportError } from '../errors.js';
import { gitRemotes } from '../git-config.js';
import type { Workspace } from '../workspace.js';
import type { Movement, PrunedSegment, ReEmission, RolledBack, SyncRequest, SyncResult } from './request.js';
import { Round } from './round.js';

/** Someone else may push at the same time: then we look again, so often at most. */
const ROUNDS = 4;

/** Throws `transport/no-remote`, `transport/no-trust`, `git/git-failed`, and for the trust chain `trust/*`, `transport/diverged`. */
export async function syncWith(workspace: Workspace, request: SyncRequest): Promise<SyncResult> {
  const { cwd, env, remote, signal } = request;
  const { gitDir, format } = workspace.backend;
  const at = { cwd, env, remote, signal, gitDir, format };
  const remotes = await gitRemotes(at);
  if (!remotes.includes(remote)) throw transportError('no-remote', { remote, known: remotes });
  const { genesis } = workspace.settings;
  const pin = request.root ?? (genesis === undefined ? undefined : Cid.parse(genesis));
  const taken: Movement[] = [];
  const pushed: Movement[] = [];
  const reEmitted: ReEmission[] = [];
  const rolledBack: RolledBack[] = [];
  const pruned: PrunedSegment[] = [];
  for (let count = 1; ; count++) {
    const round = new Round({ workspace, request, at, pin });
    const repo = await round.run();
    if (genesis === undefined) workspace.save({ genesis: String(repo) });
    taken.push(...round.taken);
    pushed.push(...round.pushed);
    reEmitted.push(...round.reEmitted);
    rolledBack.push(...round.rolledBack);
    pruned.push(...round.pruned);
    if (round.overtaken && count < ROUNDS) continue;
    const { refused } = round;
    return {
      remote,
      genesis: String(repo),
      pinned: genesis === undefined,
      taken,
      pushed,
      reEmitted,
      rolledBack,
      pruned,
      refused,
    };
  }
}
