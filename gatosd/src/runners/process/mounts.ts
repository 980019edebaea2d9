/** The places in a job's folder at which it finds its libraries. */
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runnerError } from '../errors.js';
import type { Library } from '../facts/index.js';
import type { Task } from '../runner.js';
import type { Scratch } from '../scratch.js';

export interface MountRequest {
  readonly scratch: Scratch;
  readonly task: Task;
  readonly libraries: readonly Library[];
  /** As symlinks; else as empty folders, over which they are laid. */
  readonly linked: boolean;
}

/** The libraries that have a place of their own; one inside of another is there with it. Throws `runner/bad-given-file`. */
export async function prepareMounts({ scratch, task, libraries, linked }: MountRequest): Promise<readonly Library[]> {
  const isWithin = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(`${outer}/`);
  const mounted = libraries.filter(
    ({ path }) => !libraries.some((other) => other.path !== path && isWithin(path, other.path)),
  );
  for (const { path } of mounted) {
    const given = [...task.inputs, ...task.program].find(
      (file) => isWithin(file.path, path) || isWithin(path, file.path),
    );
    if (given !== undefined)
      throw runnerError('bad-given-file', { path: given.path, why: `the library \`${path}\` is there` });
  }
  for (const { path, real } of mounted) {
    const place = join(scratch.work, path);
    await mkdir(linked ? dirname(place) : place, { recursive: true, mode: 0o700 });
    if (linked) await symlink(real, place);
  }
  return mounted;
}
