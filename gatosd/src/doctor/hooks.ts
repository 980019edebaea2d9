/** The hooks of both ends of a push: are they there, are they ours, can git run them, are they the ones that git runs? */
import { accessSync, constants, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Finding } from 'gatos-core';
import { type FoundHook, inspectHooks, isOurs } from '../gate/index.js';
import { hasGateKey } from './gate.js';
import type { Patient } from './patient.js';
import { finding } from './symptoms.js';

export async function examineHooks(patient: Patient): Promise<readonly Finding[]> {
  const { at, workspace } = patient;
  const hooks = await inspectHooks({ cwd: at.cwd, env: at.env });
  const installed = hasGateKey(workspace.backend);
  return hooks.flatMap((hook) => {
    const other = elsewhere(patient, hook);
    return other ?? (hook.side === 'server' ? serverHook(patient, hook, installed) : clientHook(patient, hook));
  });
}

function about({ side, path }: FoundHook) {
  return { subject: path, data: { path, side: `--${side}` } };
}

/** Our hook where git does not look, and none of ours where it does. */
function elsewhere({ workspace }: Patient, { hook, path, state }: FoundHook): readonly Finding[] | null {
  const hooks = join(workspace.backend.commonDir, 'hooks');
  const own = join(hooks, hook);
  if (state === 'ours' || own === path || !isOursAt(own)) return null;
  return [finding('hooks-elsewhere', { subject: own, data: { folder: dirname(path), path: own, hooks } })];
}

function serverHook({ workspace }: Patient, hook: FoundHook, installed: boolean): readonly Finding[] {
  if (hook.state === 'ours') {
    const keyless = installed ? [] : [finding('gate-key-gone', { subject: hook.path, data: {} })];
    return [...broken(hook), ...keyless];
  }
  if (hook.chained !== null) return lost(hook, hook.chained);
  if (hook.state === 'foreign' && installed) return [finding('hook-overridden', about(hook))];
  return workspace.backend.bare ? [finding('no-server-hook', { subject: hook.path, data: {} })] : [];
}

function clientHook({ config }: Patient, hook: FoundHook): readonly Finding[] {
  if (hook.state === 'ours') return broken(hook);
  if (hook.chained !== null) return lost(hook, hook.chained);
  return config.remotes.length === 0 ? [] : [finding('no-client-hook', { subject: hook.path, data: {} })];
}

/** There was a hook of ours: whoever uninstalls it puts the hook back that it called. */
function lost(hook: FoundHook, kept: string): readonly Finding[] {
  const { subject, data } = about(hook);
  if (hook.state === 'absent') return [finding('hook-gone', { subject, data: { ...data, kept } })];
  return [finding('hook-overridden-twice', { subject, data: { ...data, kept, aside: `${kept}.old` } })];
}

function broken(hook: FoundHook): readonly Finding[] {
  const { path } = hook;
  const text = textAt(path);
  const why = !isExecutable(path) ? 'it is not executable' : missingProgram(text);
  if (why === null) return [];
  return [finding('hook-broken', { subject: path, data: { ...about(hook).data, why } })];
}

/** What the hook starts, by the assignments at its head. */
function missingProgram(text: string): string | null {
  for (const name of ['gatos_node', 'gatos_program']) {
    const program = new RegExp(`^${name}='((?:[^']|'\\\\'')*)'$`, 'm').exec(text)?.[1]?.replaceAll("'\\''", "'");
    if (program !== undefined && !isReadable(program)) return `\`${program}\` is not there`;
  }
  return null;
}

function isExecutable(path: string): boolean {
  return canAccess(path, constants.X_OK);
}

function isReadable(path: string): boolean {
  return canAccess(path, constants.R_OK);
}

function canAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return false;
    throw error;
  }
}

function isOursAt(path: string): boolean {
  return isOurs(Buffer.from(textAt(path)));
}

/** Empty where there is no file that can be read. */
function textAt(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return '';
    throw error;
  }
}
