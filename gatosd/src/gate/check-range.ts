/**
 * The door of CI, for forges that run no hooks: a range of history that a clone holds, judged as a server would have judged its push.
 * Nothing is recorded: who checks is not who accepts.
 */
import { isOid, type ObjectFormat, type Oid, type RefUpdate } from 'gatos-core';
import { type GitAt, git, textOf } from '../git-run.js';
import { type DoorRequest, judgeAt } from './door.js';
import { doorError } from './errors.js';
import { GateRepository } from './gate-repository.js';
import { refusedBy } from './judging.js';
import { type Input, parseLines, readInput } from './push-lines.js';
import { rangeRefs } from './ref-views.js';
import { exitOf, type GateResult, unrecordedResult } from './result.js';

export interface CheckRequest extends DoorRequest {
  /** A range of a ref, or lines as of `pre-receive`. */
  readonly what: { readonly range: string; readonly ref: string } | { readonly stdin: Input };
  /** Where the accepted refs come from, where this clone does not have them as its own. Default: `origin`. */
  readonly remote?: string | undefined;
}

/** Judges a range. Never throws: what cannot be checked is refused, with status 30. */
export async function checkRange(request: CheckRequest): Promise<GateResult> {
  try {
    const repository = await GateRepository.open(request);
    try {
      const updates = await updatesOf(repository, request);
      const known = new Map(updates.map(({ name, old }) => [name, old]));
      const refs = rangeRefs(repository.own.refs, { remote: request.remote ?? 'origin', known });
      const judgement = await judgeAt(repository, { request, refs, updates });
      return unrecordedResult(judgement, exitOf(judgement));
    } finally {
      await repository.close();
    }
  } catch (error) {
    const judgement = refusedBy(error);
    return unrecordedResult(judgement, exitOf(judgement));
  }
}

async function updatesOf(repository: GateRepository, request: CheckRequest): Promise<readonly RefUpdate[]> {
  const { what, cwd, env, signal } = request;
  const { format } = repository.own;
  if ('stdin' in what) return parseLines(await readInput(what.stdin), { form: 'pre-receive', format });
  const { range, ref } = what;
  const [old, next, ...rest] = range.split('..');
  const bad = (why: string) => doorError('bad-range', { range, why });
  if (old === undefined || next === undefined || next === '' || rest.length > 0 || next.startsWith('.'))
    throw bad('it is not of the form `OLD..NEW`');
  const at: GitAt = { cwd, env, gitDir: repository.own.gitDir, signal };
  const resolve = async (revision: string): Promise<Oid | null> => {
    if (revision === '' || /^0{40}$|^0{64}$/.test(revision)) return null;
    const oid = await resolved(at, { revision, format });
    if (oid === null) throw bad(`there is no \`${revision}\` here`);
    return oid;
  };
  const name = ref.startsWith('refs/') ? ref : `refs/heads/${ref}`;
  return [{ name, old: await resolve(old), next: await resolve(next) }];
}

async function resolved(
  at: GitAt,
  { revision, format }: { revision: string; format: ObjectFormat },
): Promise<Oid | null> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{object}`];
  const result = await git(at, args, { accept: [0, 1, 128] });
  const oid = textOf(result).trim();
  return result.status === 0 && isOid(oid, format) ? oid : null;
}
