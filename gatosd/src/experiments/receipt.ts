/** The signed receipt of a reproduction: in the repository when it knows our key, else in a file. */
import { join } from 'node:path';
import { type Cid, formatKey, recordReproduction, signReceipt } from 'gatos-core';
import { handOf, type OwnKeyRequest } from '../own-key.js';
import { restoreFile } from '../work/index.js';
import type { Workspace } from '../workspace.js';
import type { Reproduced } from './reproduce.js';

export type RecordedReceipt =
  | { readonly where: 'repository'; readonly cid: Cid; readonly id: string }
  | {
      readonly where: 'file';
      readonly path: string;
      readonly id: string;
      readonly key: string;
      readonly madeKey: boolean;
    };

/**
 * Signs a receipt: by whoever is set here, else by the person's own key, which is made when there is none. Throws `identity/*`, and as
 * `append`.
 */
export async function recordReceipt(
  workspace: Workspace,
  { reproduction, experiment }: Pick<Reproduced, 'reproduction' | 'experiment'>,
  request: OwnKeyRequest,
): Promise<RecordedReceipt> {
  const { repository, backend } = workspace;
  const id = reproduction.ulid;
  const { signer, actor, made } = await handOf(workspace, request);
  if (actor !== null) {
    const [trust, policyRoot] = [await repository.trust(), await repository.policyRoot()];
    const seen = experiment.entry.envelope.clock;
    const cid = await recordReproduction(repository.ports, { actor, signer, trust, policyRoot, reproduction, seen });
    return { where: 'repository', id, cid };
  }
  // A stranger's key: the receipt is as good, only not part of this repository.
  const folder = join(backend.commonDir, 'gatos', 'receipts');
  restoreFile(folder, { path: `${id}.json`, bytes: Buffer.from(await signReceipt(reproduction, signer)) });
  return { where: 'file', id, path: join(folder, `${id}.json`), key: formatKey(signer.key), madeKey: made };
}
