/** What `adopt`, `sign` and `apply` share: the adoption in words, saved for others to sign or made law. */
import {
  type ActivePolicy,
  type Appended,
  formatDigest,
  LIMITS,
  openPolicyByRoot,
  type PendingAdoption,
} from 'gatos-core';
import type { Context } from '../../context.js';
import { writeOutputFile } from '../../output/file.js';
import type { Answer } from '../../output/outcome.js';
import type { Repository } from '../../repository.js';
import { shellWord } from '../../view/shell.js';
import { sizeOf } from './findings.js';

export const FILE = { name: 'file', kind: 'path', summary: 'the saved adoption', complete: 'files' } as const;

export function readAdoptionFile(context: Context, path: string): Promise<Uint8Array> {
  return context.readSource({ from: 'file', path }, { maxBytes: LIMITS.blockBytes });
}

export function adoptionValue({ cid, replaces, actor, body, missing }: PendingAdoption) {
  const { modules, adrs, policy_code_root: codeRoot, note } = body;
  return {
    policy_root: cid,
    policy_code_root: formatDigest(codeRoot),
    replaces,
    actor,
    modules,
    adrs,
    note,
    missing: missing?.message ?? null,
  };
}

export function describeAdoption({ cid, replaces, actor, body, bundle }: PendingAdoption): readonly string[] {
  return [
    `policy_root      ${cid}`,
    `policy_code_root ${formatDigest(body.policy_code_root)}`,
    `replaces         ${replaces ?? 'nothing: it is the first'}`,
    `by               ${actor}`,
    `files            ${[...body.modules, ...body.adrs].join(', ')}`,
    `holds            ${sizeOf(bundle)}`,
    ...(body.note === '' ? [] : [`note             ${body.note}`]),
  ];
}

/** Kept in a file, for roots that have not signed. */
export function savedAdoption(pending: PendingAdoption, path: string): Answer {
  writeOutputFile(path, pending.bytes);
  const { missing } = pending;
  return {
    value: { ...adoptionValue(pending), adopted: false, file: path },
    text: [
      ...describeAdoption(pending),
      `saved in ${path}: it is not law yet${missing === null ? '' : `, ${missing.message}`}`,
    ],
    next: [
      missing === null
        ? `make it law: git gatos policy apply ${shellWord(path)}`
        : `another root reads and signs it: git gatos policy sign ${shellWord(path)}`,
    ],
  };
}

/** What was made law just now, or long ago: applying an adoption twice is not a fault. */
export async function applied({ repository }: Repository, { envelope }: Appended): Promise<Answer> {
  const policy = await openPolicyByRoot(repository.backend, envelope.cid);
  const now = await repository.policyRoot();
  return madeLaw(policy, { inForce: now?.equals(policy.root) === true });
}

function madeLaw({ root, codeRoot, body, program }: ActivePolicy, { inForce }: { readonly inForce: boolean }): Answer {
  const { modules, adrs, note } = body;
  const rules = program.heads.map(({ id }) => id);
  return {
    value: {
      policy_root: root,
      policy_code_root: formatDigest(codeRoot),
      modules,
      adrs,
      note,
      adopted: true,
      in_force: inForce,
    },
    text: [
      `policy_root      ${root}`,
      `policy_code_root ${formatDigest(codeRoot)}`,
      `files            ${[...modules, ...adrs].join(', ')}`,
      `rules            ${rules.length === 0 ? 'none: it denies nothing' : rules.join(', ')}`,
      inForce ? 'it is law from now on' : 'it was law already, and another one has replaced it since',
    ],
    next: [
      'read it: git gatos policy show',
      'share it: git gatos sync',
      'guard what is pushed to this repository: git gatos hooks install --server',
    ],
  };
}
