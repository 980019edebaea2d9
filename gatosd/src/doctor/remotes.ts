/** Where chains come from and go to: remotes, refspecs, and refs that are hidden. */
import { anchorsAudit, type Finding, REF_PREFIX } from 'gatos-core';
import { fetchRefspec } from '../git-config.js';
import type { Patient } from './patient.js';
import { finding } from './symptoms.js';

export function examineRemotes({ config, workspace }: Patient): readonly Finding[] {
  const { remotes } = config;
  // What others push to needs no remote of its own.
  if (remotes.length === 0)
    return workspace.backend.bare ? [] : [finding('no-remote', { subject: 'remotes', data: {} })];
  return remotes
    .filter((remote) => !config.isTrue(`remote.${remote}.mirror`))
    .flatMap((remote) => {
      const setting = `remote.${remote}.fetch`;
      const specs = config.all(setting);
      const about = (refspec: string) => ({ subject: remote, data: { remote, setting, refspec } });
      const overwriting = specs.filter(overwrites).map((refspec) => finding('overwriting-refspec', about(refspec)));
      const wanted = fetchRefspec(remote);
      return specs.includes(wanted) ? overwriting : [...overwriting, finding('no-fetch-refspec', about(wanted))];
    });
}

/** Does this refspec write below `refs/gatos/`? One that only excludes has no target. */
function overwrites(refspec: string): boolean {
  const target = refspec.replace(/^\+/, '').split(':')[1] ?? '';
  const [before = '', after] = target.split('*');
  return after === undefined
    ? before.startsWith(REF_PREFIX)
    : before.startsWith(REF_PREFIX) || (REF_PREFIX.startsWith(before) && before !== '');
}

const HIDING = ['transfer.hiderefs', 'receive.hiderefs', 'uploadpack.hiderefs'];

/** The last pattern that fits decides (git-config(1), transfer.hideRefs). */
export function examineHiddenRefs({ config }: Patient): readonly Finding[] {
  return HIDING.flatMap((setting) => {
    const value = config.all(setting).findLast(fitsChains);
    if (value === undefined || value.startsWith('!')) return [];
    return [finding('hidden-refs', { subject: setting, data: { setting, value, shown: '!refs/gatos' } })];
  });
}

function fitsChains(pattern: string): boolean {
  const prefix = pattern.replace(/^!?\^?/, '').replace(/\/$/, '');
  return prefix === 'refs' || prefix === 'refs/gatos' || prefix.startsWith(REF_PREFIX);
}

/** Heads of the audit that no remote was seen to have. */
export async function examineAnchors({ trust, workspace }: Patient): Promise<readonly Finding[]> {
  if (trust === null || !anchorsAudit(trust.state.profile)) return [];
  const { refs } = workspace.backend;
  const quietly = { onDamaged: () => undefined };
  const audit = await refs.list(`${REF_PREFIX}audit/`, quietly);
  if (audit.length === 0) return [];
  const elsewhere = new Set<string>();
  for (const { name, oid } of await refs.list('refs/gatos-remote/', quietly))
    elsewhere.add(`${name.slice(name.indexOf('/', 'refs/gatos-remote/'.length) + 1)} ${oid}`);
  const heads = audit.filter(({ name, oid }) => !elsewhere.has(`${name.slice(REF_PREFIX.length)} ${oid}`)).length;
  return heads === 0 ? [] : [finding('audit-unpublished', { subject: `${REF_PREFIX}audit`, data: { heads } })];
}
