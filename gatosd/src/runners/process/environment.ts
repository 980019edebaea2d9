/** The variables of a job: a fixed few, those of its manifest, and those that are passed on. Nothing else of this process reaches it. */
import { homedir } from 'node:os';
import { dirname, isAbsolute } from 'node:path';
import { type Environment, LIMITS, type Manifest, utf8 } from 'gatos-core';
import { runnerError } from '../errors.js';
import type { Task } from '../runner.js';
import type { Scratch } from '../scratch.js';
import { JOB_FOLDER, JOB_TEMPORARY } from './bubblewrap.js';
import { exposureOf } from './exposure.js';
import type { Programs } from './programs.js';

export interface VariablesRequest {
  readonly manifest: Manifest;
  readonly passed: Readonly<Record<string, string>>;
  /** What it gets, and what is recorded of it: paths of this machine have a portable form there. */
  readonly home: Variable;
  readonly temporary: Variable;
  readonly path: Variable;
}

export interface Variable {
  readonly value: string;
  readonly recorded: string;
}

export interface Variables {
  /** What the job gets. */
  readonly given: Readonly<Record<string, string>>;
  readonly recorded: Environment['variables'];
  /** Names, sorted. */
  readonly passed: readonly string[];
}

/** So that programs give the same bytes everywhere, as far as variables can bring that about. */
export const FIXED_VARIABLES: Readonly<Record<string, string>> = {
  LC_ALL: 'C.UTF-8',
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONHASHSEED: '0',
  SOURCE_DATE_EPOCH: '0',
  TZ: 'UTC',
};

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Throws `runner/bad-variable`. What the manifest says goes before what is fixed, and what is passed before both. */
export function jobVariables({ manifest, passed, home, temporary, path }: VariablesRequest): Variables {
  const named = { HOME: home, TMPDIR: temporary, PATH: path };
  const fixed = Object.entries(FIXED_VARIABLES).map(([name, value]) => [name, { value, recorded: value }] as const);
  const own = Object.entries(manifest.program.env).map(([name, value]) => [name, { value, recorded: value }] as const);
  const all = new Map<string, Variable>([...Object.entries(named), ...fixed, ...own]);
  for (const [name, value] of Object.entries(passed)) all.set(name, { value, recorded: '' });
  for (const [name, { value }] of all) check(name, value);
  if (all.size > LIMITS.jobVariables) {
    throw runnerError('bad-variable', {
      name: [...all.keys()].at(-1) ?? '',
      why: `more than ${LIMITS.jobVariables} variables`,
    });
  }
  const entries = [...all].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    given: Object.fromEntries(entries.map(([name, { value }]) => [name, value])),
    recorded: Object.fromEntries(
      entries.filter(([name]) => !Object.hasOwn(passed, name)).map(([name, { recorded }]) => [name, recorded]),
    ),
    passed: entries.map(([name]) => name).filter((name) => Object.hasOwn(passed, name)),
  };
}

function check(name: string, value: string): void {
  if (!NAME.test(name) || name.length > LIMITS.nameBytes) {
    throw runnerError('bad-variable', { name: name.slice(0, LIMITS.nameBytes), why: 'it is not the name of one' });
  }
  if (value.includes('\0')) throw runnerError('bad-variable', { name, why: 'its value has U+0000' });
  if (utf8(value).length > LIMITS.jobArgumentBytes) {
    throw runnerError('bad-variable', { name, why: `its value has more than ${LIMITS.jobArgumentBytes} bytes` });
  }
}

export const SYSTEM_PATH = ['/usr/local/bin', '/usr/bin', '/bin'];

export interface ProcessVariables {
  readonly task: Task;
  readonly scratch: Scratch;
  readonly programs: Programs;
  readonly confined: boolean;
}

/** Of a command: it finds itself and its interpreters on its `PATH`, and beyond them the system's programs alone. */
export function processVariables({ task, scratch, programs, confined }: ProcessVariables): Variables {
  const { manifest, passed } = task;
  const own = programs.all.map((program) => dirname(exposureOf(program).command)).filter(isAbsolute);
  const path = [...new Set([...own, ...SYSTEM_PATH])].join(':');
  const fixed = (value: string): Variable => ({ value, recorded: value });
  return jobVariables({
    manifest,
    passed,
    home: confined ? fixed(JOB_FOLDER) : { value: scratch.work, recorded: '.' },
    temporary: confined ? fixed(JOB_TEMPORARY) : { value: scratch.temporary, recorded: '../tmp' },
    path: { value: path, recorded: path.split(':').map(withoutHome).join(':') },
  });
}

/** The name of a user is no fact about a job. */
function withoutHome(folder: string): string {
  const home = homedir();
  return home !== '/' && folder.startsWith(`${home}/`) ? `~${folder.slice(home.length)}` : folder;
}
