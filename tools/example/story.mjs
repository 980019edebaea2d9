/** Tells an example as a story: a line of explanation, the command as one would type it, and what it printed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** An empty folder with an environment of its own: the person's keys and settings are neither read nor written. */
export function openStage(name) {
  const folder = mkdtempSync(join(tmpdir(), `gatos-${name}-`));
  const env = {
    ...process.env,
    PATH: `${join(ROOT, 'bin')}${delimiter}${process.env.PATH}`,
    XDG_CONFIG_HOME: join(folder, 'config'),
    GIT_CONFIG_GLOBAL: join(folder, 'gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
  };
  for (const variable of Object.keys(env))
    if (/^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE|COMMON_DIR|PREFIX)/.test(variable))
      delete env[variable];
  const keep = process.argv.includes('--keep');
  return {
    folder,
    env,
    close: () => {
      if (keep) console.log(`\nkept: ${folder}`);
      else rmSync(folder, { recursive: true, force: true });
    },
  };
}

const bold = (text) => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[22m` : text);
const dim = (text) => (process.stdout.isTTY ? `\u001b[2m${text}\u001b[22m` : text);

/** One of several people on a stage: keys, settings and a name of their own. */
export function enter(stage, name) {
  const home = join(stage.folder, 'people', name);
  const identity = { NAME: name, EMAIL: `${name}@example.org` };
  const env = { ...stage.env, XDG_CONFIG_HOME: home, GIT_CONFIG_GLOBAL: join(home, 'gitconfig') };
  for (const [field, value] of Object.entries(identity)) {
    env[`GIT_AUTHOR_${field}`] = value;
    env[`GIT_COMMITTER_${field}`] = value;
  }
  return { ...stage, name, env };
}

export function explain(text) {
  console.log(`\n${bold(text)}`);
}

function quote(argument) {
  return /^[\w./:=@,+-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

/**
 * Runs a command and shows what it prints: of the lines that `only` picks, at most `show`. Ends the story when the status is not the
 * expected one. Returns standard output, with `all` standard error too.
 */
export function run(stage, [program, ...args], options = {}) {
  const { cwd = stage.folder, status = 0, show = 12, only = () => true, input, all = false } = options;
  console.log(dim(`${stage.name ?? ''}$ ${[program, ...args].map(quote).join(' ')}`));
  const result = spawnSync(program, args, {
    cwd,
    env: stage.env,
    input,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (result.error !== undefined) throw result.error;
  const printed = `${result.stdout}${result.stderr}`.trimEnd().split('\n');
  const picked = printed.filter(only);
  for (const line of picked.slice(0, show)) console.log(line);
  const more = picked.length - show;
  if (more > 0) console.log(dim(`… ${more} more ${more === 1 ? 'line' : 'lines'}`));
  if (result.status !== status) {
    if (printed.length > Math.min(picked.length, show)) console.log(printed.join('\n'));
    throw new Error(`\`${program} ${args.join(' ')}\` ended with status ${result.status}, not ${status}`);
  }
  return all ? `${result.stdout}${result.stderr}` : result.stdout;
}

/** Fails the story when something it claims does not hold. */
export function expect(condition, what) {
  if (!condition) throw new Error(`the story does not hold: ${what}`);
  console.log(`✓ ${what}`);
}

/** Says what to do when the program was not built yet. */
export function requireBuild() {
  if (existsSync(join(ROOT, 'git-gatos', 'dist'))) return;
  console.error('not built yet: run `npm run quickstart`, or `npm ci && npm run build`');
  process.exit(1);
}

export { ROOT };
