/** What all commands that change trust share: make the change, and apply it or save it for others to sign. */
import { applyPending, type PendingChange, proposeChange, type TrustChange, type TrustWriterPorts } from 'gatos-core';
import { systemClock, systemRandom } from 'gatos-core/node';
import type { Context } from '../../context.js';
import { writeOutputFile } from '../../output/file.js';
import type { Repository } from '../../repository.js';
import { shellWord } from '../../view/shell.js';
import { describeChange, pendingValue } from '../../view/trust.js';

export const OUT_OPTION = {
  kind: 'path',
  placeholder: 'FILE',
  summary: 'save the change for other roots to sign instead of applying it',
  complete: 'files',
} as const;

/** What a command that changes trust answers, so that one may say more. */
export interface ChangeAnswer {
  readonly value: Readonly<Record<string, unknown>>;
  readonly text: readonly string[];
  readonly next: readonly string[];
}

export function trustPorts({ backend, engine }: Repository): TrustWriterPorts {
  return { backend, engine, clock: systemClock, random: systemRandom };
}

/** Makes changes in the name of the author. With enough signatures they are law at once; `out` saves them instead. */
export async function makeChange(
  context: Context,
  { changes, out }: { changes: readonly [TrustChange, ...TrustChange[]]; out: string | undefined },
): Promise<ChangeAnswer> {
  const workspace = await context.openRepository();
  const ports = trustPorts(workspace);
  const policy = await workspace.repository.policyRoot();
  const pending = await proposeChange(ports, { ...(await workspace.author()), policy, changes });
  if (out !== undefined) return saved(pending, out);
  if (pending.missing !== null) throw pending.missing;
  return applied(pending, String((await applyPending(ports, pending.bytes)).envelope.cid));
}

export function saved(pending: PendingChange, path: string): ChangeAnswer {
  writeOutputFile(path, pending.bytes);
  const { missing } = pending;
  return {
    value: { ...pendingValue(pending), file: path },
    text: [...pending.changes.map(describeChange), `saved in ${path}${missing === null ? '' : `: ${missing.message}`}`],
    next:
      missing === null
        ? [`make it law: git gatos trust apply ${shellWord(path)}`]
        : [`another root signs it: git gatos trust sign ${shellWord(path)}`],
  };
}

export function applied({ changes }: Pick<PendingChange, 'changes'>, cid: string): ChangeAnswer {
  const what = changes.map(describeChange);
  return {
    value: { cid, changes: what },
    text: [...what, cid],
    next: ['see it: git gatos trust show', 'share it: git gatos sync'],
  };
}
