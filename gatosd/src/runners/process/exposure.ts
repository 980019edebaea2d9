/** What of a program's installation a confined job has to see, and under which path it is run there. */
import { existsSync, lstatSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Located } from '../facts/index.js';
import { SYSTEM_FOLDERS } from './bubblewrap.js';

export interface Exposure {
  /** The path to run. */
  readonly command: string;
  /** Folders and files to show, beyond those of the system. */
  readonly exposed: readonly string[];
}

/**
 * A program of the system is run as it was found. Of others the folder that they are installed in is shown when it is one (nvm, pyenv, a
 * virtual environment), else the file alone; never a home folder, nor one that holds it, nor a repository.
 */
export function exposureOf({ path, real }: Located): Exposure {
  if (isInSystem(path) && isInSystem(real)) return { command: path, exposed: [] };
  const shown = isInSystem(real) ? [] : [installationOf(real) ?? real];
  const environment = dirname(dirname(path));
  // Python finds the packages of a virtual environment by the path that it is called by.
  if (existsSync(join(environment, 'pyvenv.cfg')) && isShowable(environment)) {
    return { command: path, exposed: [environment, ...shown] };
  }
  return { command: real, exposed: shown };
}

export function isInSystem(path: string): boolean {
  return SYSTEM_FOLDERS.some((folder) => path.startsWith(`${folder}/`));
}

function installationOf(file: string): string | null {
  const folder = dirname(dirname(file));
  if (basename(dirname(file)) !== 'bin' || !isShowable(folder)) return null;
  return ['lib', 'lib64', 'libexec'].some((name) => isFolder(join(folder, name))) ? folder : null;
}

function isShowable(folder: string): boolean {
  const home = homedir();
  if (folder === '/' || folder === home || home.startsWith(`${folder}/`)) return false;
  return basename(folder) !== '.local' && !existsSync(join(folder, '.git'));
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
