/** How the process of a job is started, confined and not. */

import { totalmem } from 'node:os';
import type { Library } from '../facts/index.js';
import type { Task } from '../runner.js';
import type { Scratch } from '../scratch.js';
import type { Launch } from '../supervise.js';
import { type Bubblewrap, confine } from './bubblewrap.js';
import { exposureOf } from './exposure.js';
import type { Programs } from './programs.js';

export interface LaunchRequest {
  readonly task: Task;
  readonly scratch: Scratch;
  readonly programs: Programs;
  readonly variables: Readonly<Record<string, string>>;
}

/** A path in its own folder starts with `./`, so that no search path is asked. */
function commandOf({ task, programs: { command, inside } }: LaunchRequest): string {
  const { entry } = task.manifest.program;
  return inside || command === null ? entry : exposureOf(command).command;
}

/** More than there is cannot be taken. */
function watchesMemory({ manifest }: Task): boolean {
  return manifest.limits.memory_bytes < totalmem();
}

export function plainLaunch(request: LaunchRequest): Launch {
  const { task, scratch, variables } = request;
  return {
    file: commandOf(request),
    args: task.manifest.program.args,
    env: variables,
    cwd: scratch.work,
    side: null,
    folder: scratch.folder,
    boxed: false,
    watchMemory: watchesMemory(task),
  };
}

export interface ConfinedRequest extends LaunchRequest {
  readonly bubblewrap: Bubblewrap;
  readonly mounted: readonly Library[];
}

export async function confinedLaunch(request: ConfinedRequest): Promise<Launch> {
  const { task, scratch, programs, variables, bubblewrap, mounted } = request;
  const { args, options } = await confine({
    bubblewrap,
    work: scratch.work,
    temporary: scratch.temporary,
    own: scratch.folder,
    exposed: [...new Set(programs.all.flatMap((program) => exposureOf(program).exposed))],
    libraries: mounted,
    variables,
    network: task.manifest.network,
  });
  return {
    file: bubblewrap.program,
    args: [...args, commandOf(request), ...task.manifest.program.args],
    env: {},
    cwd: '/',
    side: options,
    folder: null,
    boxed: true,
    watchMemory: watchesMemory(task),
  };
}
