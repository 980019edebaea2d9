/** A file system that fails, or stops existing, at chosen calls. It delegates to another one. */
import type { FileSystem } from '../src/git/index.js';
import { SimulatedCrash } from './faults.js';

export interface FileCall {
  readonly operation: Exclude<keyof FileSystem, 'open'>;
  readonly path: string;
  /** Calls so far. */
  readonly index: number;
}

/**
 * `pass`; `crash`: this call and every later one rejects with SimulatedCrash, before the call took effect; `crash-after`: the
 * same once it did; anything else is the POSIX code of a failure without effect.
 */
export type FileFault = 'pass' | 'crash' | 'crash-after' | (string & {});

class FileFailure extends Error {
  override readonly name = 'FileFailure';
  constructor(readonly code: string) {
    super(`simulated ${code}`);
  }
}

/** `fs` under a schedule that is asked at every call. */
export function withFileFaults(fs: FileSystem, schedule: (call: FileCall) => FileFault): FileSystem {
  let index = 0;
  let crashed = false;
  const call = async <T>(operation: FileCall['operation'], path: string, effect: () => Promise<T>): Promise<T> => {
    if (crashed) throw new SimulatedCrash();
    const fault = schedule({ operation, path, index: index++ });
    crashed = fault === 'crash' || fault === 'crash-after';
    if (fault === 'crash') throw new SimulatedCrash();
    if (fault !== 'pass' && fault !== 'crash-after') throw new FileFailure(fault);
    const value = await effect();
    if (fault === 'crash-after') throw new SimulatedCrash();
    return value;
  };
  return {
    readFile: (path) => call('readFile', path, () => fs.readFile(path)),
    writeFile: (path, data, options) => call('writeFile', path, () => fs.writeFile(path, data, options)),
    rename: (from, to) => call('rename', to, () => fs.rename(from, to)),
    unlink: (path) => call('unlink', path, () => fs.unlink(path)),
    mkdir: (path) => call('mkdir', path, () => fs.mkdir(path)),
    rmdir: (path) => call('rmdir', path, () => fs.rmdir(path)),
    readdir: (path) => call('readdir', path, () => fs.readdir(path)),
    stat: (path) => call('stat', path, () => fs.stat(path)),
  };
}
