/** How git keeps objects and refs here: history that is cut off or shown otherwise, and what slows it down or stands in its way. */
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from 'gatos-core';
import type { Patient } from './patient.js';
import { finding } from './symptoms.js';

/** As many as are told one by one. */
const SHOWN = 10;
/** From where on `git gc --auto` takes the trouble (git-config(1), gc.autoPackLimit and gc.auto). */
const MANY_PACKS = 50;
const MANY_LOOSE = 6700;
const HOUR = 3_600_000_000;
/** Entries of the folder of refs that are looked at for locks. */
const MOST_ENTRIES = 200_000;

export async function examineHistory({ workspace }: Patient): Promise<readonly Finding[]> {
  const { commonDir, refs } = workspace.backend;
  const grafts = join(commonDir, 'info', 'grafts');
  const replaced = await refs.list('refs/replace/', { onDamaged: () => undefined });
  return [
    ...(sizeOf(join(commonDir, 'shallow')) > 0 ? [finding('shallow', { subject: commonDir, data: {} })] : []),
    ...(sizeOf(grafts) > 0 ? [finding('grafts', { subject: grafts, data: { path: grafts } })] : []),
    ...replaced.slice(0, SHOWN).map(({ name }) => {
      return finding('replaced-object', { subject: name, data: { oid: name.slice('refs/replace/'.length) } });
    }),
  ];
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

export function examineSettings({ config, workspace }: Patient): readonly Finding[] {
  const found: Finding[] = [];
  const expire = config.all('gc.pruneexpire').at(-1) ?? '';
  if (/^(?:now|all)$/i.test(expire))
    found.push(finding('prunes-at-once', { subject: 'gc.pruneExpire', data: { value: expire } }));
  if (config.isTrue('receive.shallowupdate'))
    found.push(finding('receives-shallow', { subject: 'receive.shallowUpdate', data: {} }));
  const fsck = config.isSet('receive.fsckobjects') ? 'receive.fsckobjects' : 'transfer.fsckobjects';
  if (workspace.backend.bare && !config.isTrue(fsck))
    found.push(finding('unchecked-objects', { subject: 'receive.fsckObjects', data: {} }));
  return found;
}

export function examineObjects({ workspace }: Patient): readonly Finding[] {
  const objects = join(workspace.backend.commonDir, 'objects');
  const names = namesIn(join(objects, 'pack'));
  const kept = new Set(names.filter((name) => name.endsWith('.keep')).map((name) => name.slice(0, -'.keep'.length)));
  const packs = names.filter((name) => name.endsWith('.pack') && !kept.has(name.slice(0, -'.pack'.length))).length;
  const folders = namesIn(objects).filter((name) => /^[0-9a-f]{2}$/.test(name));
  const loose = folders.reduce((sum, name) => sum + namesIn(join(objects, name)).length, 0);
  return [
    ...(packs > MANY_PACKS ? [finding('many-packs', { subject: objects, data: { packs } })] : []),
    ...(loose > MANY_LOOSE ? [finding('many-loose-objects', { subject: objects, data: { objects: loose } })] : []),
  ];
}

/** Locks of git, which outlive whoever was killed. Ours tell of whom they are, and are taken over. */
export function examineLocks({ workspace, time }: Patient): readonly Finding[] {
  const { commonDir, gitDir } = workspace.backend;
  const top = [...new Set([commonDir, gitDir])].flatMap((folder) => locksIn(folder));
  const all = [...top, ...locksBelow(join(commonDir, 'refs'))];
  return all
    .map((path) => ({ path, hours: ageOf(path, time) / HOUR }))
    .filter(({ hours }) => hours >= 1)
    .slice(0, SHOWN)
    .map(({ path, hours }) => finding('stale-lock', { subject: path, data: { path, hours: Math.floor(hours) } }));
}

function locksIn(folder: string): readonly string[] {
  return namesIn(folder)
    .filter((name) => name.endsWith('.lock'))
    .map((name) => join(folder, name));
}

function locksBelow(root: string): readonly string[] {
  const locks: string[] = [];
  const folders = [root];
  let left = MOST_ENTRIES;
  for (let folder = folders.pop(); folder !== undefined && left > 0; folder = folders.pop()) {
    for (const entry of entriesIn(folder)) {
      left -= 1;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.name.endsWith('.lock')) locks.push(path);
    }
  }
  return locks;
}

/** In microseconds; 0 for what is gone meanwhile. */
function ageOf(path: string, time: number): number {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats === undefined ? 0 : time - stats.mtimeMs * 1000;
}

function namesIn(folder: string): readonly string[] {
  return entriesIn(folder).map(({ name }) => name);
}

/** None where there is no such folder. */
function entriesIn(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return [];
    throw error;
  }
}
