/** The door of whoever pushes: says before the push what the server would say. Nothing is recorded. */
import { EXIT, isGatosError, type Judgement, type RefStore } from 'gatos-core';
import { remotePrefix } from '../git-config.js';
import { type DoorRequest, judgeAt } from './door.js';
import { GateRepository } from './gate-repository.js';
import { refusedBy } from './judging.js';
import { type Input, parseLines, readInput } from './push-lines.js';
import { rangeRefs, remoteRefs } from './ref-views.js';
import { type GateResult, unrecordedResult } from './result.js';

export interface PrePushRequest extends DoorRequest {
  /** As git names it to the hook: a configured remote, or its URL. */
  readonly remote: string;
  readonly url: string;
  readonly stdin: Input;
}

/** Judges what `git push` is about to send. Never throws: what cannot be checked is refused. */
export async function prePush(request: PrePushRequest): Promise<GateResult> {
  const answer = (judgement: Judgement): GateResult =>
    unrecordedResult(judgement, judgement.verdict === 'allow' ? EXIT.ok : EXIT.no);
  try {
    const input = await readInput(request.stdin);
    const repository = await GateRepository.open(request);
    try {
      const { format, refs } = repository.own;
      const updates = parseLines(input, { form: 'pre-push', format });
      const known = new Map(updates.map(({ name, old }) => [name, old]));
      const remote = await trackedRemote(refs, request.remote);
      // Of a remote that was never fetched from, the chains here are the best guess: those that are pushed stand where it says.
      const view = remote === null ? rangeRefs(refs, { remote: null, known }) : remoteRefs(refs, { remote, known });
      return answer(await judgeAt(repository, { request, refs: view, updates }));
    } finally {
      await repository.close();
    }
  } catch (error) {
    return answer(refusedBy(error));
  }
}

/** The remote, when its chains were fetched; a URL is none. */
async function trackedRemote(refs: RefStore, remote: string): Promise<string | null> {
  try {
    return (await refs.read(`${remotePrefix(remote)}trust`)) === null ? null : remote;
  } catch (error) {
    if (isGatosError(error, 'git/ref-name')) return null;
    throw error;
  }
}
