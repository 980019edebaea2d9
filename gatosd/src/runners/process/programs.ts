/** Which programs a job runs: its command, and the interpreters behind it. */
import { isAbsolute, join, posix } from 'node:path';
import { interpretersOf, type Located, locate, readShebang, type Search, shebangOf } from '../facts/index.js';
import type { Task } from '../runner.js';

export interface Programs {
  /** The program of the machine that is the command; null when the job brings it. */
  readonly command: Located | null;
  /** The command is a path inside of the folder of the job. */
  readonly inside: boolean;
  /** There is no such command. */
  readonly missing: boolean;
  /** Command and interpreters, as far as they are of the machine. */
  readonly all: readonly Located[];
}

/** A command with a slash that is not absolute is a file of the job, or of one of its libraries. */
export async function findPrograms({ manifest, program, libraries }: Task, search: Search): Promise<Programs> {
  const { entry } = manifest.program;
  const inside = entry.includes('/') && !isAbsolute(entry);
  const path = posix.normalize(entry);
  const brought = inside ? program.find((file) => file.path === path) : undefined;
  if (brought !== undefined) {
    const all = await interpretersOf(shebangOf(await brought.read()), search);
    return { command: null, inside, missing: false, all };
  }
  const command = await locate(inside ? join(libraries ?? '/', path) : entry, search);
  const ofLibrary = manifest.libraries.some((folder) => path.startsWith(`${folder}/`));
  if (command === null || (inside && !ofLibrary)) return { command: null, inside, missing: true, all: [] };
  const all = [command, ...(await interpretersOf(await readShebang(command.real), search))];
  return { command, inside, missing: false, all };
}
