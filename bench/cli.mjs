/** Repositories for measurements of whole commands: the built command line, in a home of its own. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processSeconds } from './measure.mjs';

const LAUNCHER = fileURLToPath(new URL('../git-gatos/bin/git-gatos.cjs', import.meta.url));

/** Settings of whoever runs the benchmarks change nothing. */
export function environmentIn(folder) {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:GIT_|XDG_|GATOS_)/.test(name));
  const names = { GIT_AUTHOR_NAME: 'bench', GIT_COMMITTER_NAME: 'bench' };
  const mails = { GIT_AUTHOR_EMAIL: 'bench@example.org', GIT_COMMITTER_EMAIL: 'bench@example.org' };
  return { ...Object.fromEntries(inherited), HOME: home, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C', ...names, ...mails };
}

/** Command and arguments of `git gatos …`. */
export const gatosCommand = (...args) => [process.execPath, [LAUNCHER, ...args]];

/** A repository that was set up, as `path`, and its commands. */
export function makeRepository(folder, name = 'work') {
  const path = join(folder, name);
  mkdirSync(path);
  const options = { cwd: path, env: environmentIn(folder) };
  const repository = {
    path,
    ...options,
    /** Seconds of a command that has to succeed. */
    seconds: (...args) => processSeconds(...gatosCommand(...args), options),
    /** What it prints. */
    output: (...args) => outputOf(gatosCommand(...args), options),
    git: (...args) => outputOf(['git', args], options),
  };
  repository.git('init', '-q', '.');
  repository.seconds('init', '--actor', 'user:bench');
  return repository;
}

export function outputOf([command, args], options) {
  const { status, stdout, stderr } = spawnSync(command, args, { ...options, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Is this program here? */
export const isInstalled = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

/** A row for which something is missing here. */
export const skipped = (name, why) => ({ name, ours: 'not measured', limit: why, ratio: null, target: '', met: null });
