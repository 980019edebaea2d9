/**
 * Makes a clone ready to run: installs the dependencies if they are not those of the lock file, builds if the build is not that of
 * the sources, and is quiet and quick when there is nothing to do. Runs before anything is installed, so it uses Node alone.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT, STAMP, sourceDigest } from './sources.mjs';

/** What `npm ci` leaves behind: the lock file of what is really installed. */
const INSTALLED = join(ROOT, 'node_modules', '.package-lock.json');
/** One product of each step of the build; the stamp alone would survive a deleted folder. */
const PRODUCTS = [
  'gatos-core/dist/src/index.js',
  'gatos-core/dist/node/index.js',
  'git-gatos/dist/main.cjs',
  'git-gatos/man/man1/git-gatos.1',
];

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Is what is installed what the lock file asks for? Contents are compared, not times, which a checkout sets anew. Packages for
 * other platforms are optional and may be absent; workspaces are links into this clone.
 */
export function isInstalled(lock, installed) {
  if (lock?.packages === undefined || installed?.packages === undefined) return false;
  const wanted = Object.entries(lock.packages).filter(([path]) => path.startsWith('node_modules/'));
  for (const [path, entry] of wanted) {
    const found = installed.packages[path];
    if (
      found === undefined
        ? !entry.optional && !entry.link
        : found.version !== entry.version || found.integrity !== entry.integrity
    ) {
      return false;
    }
  }
  return Object.keys(installed.packages).every((path) => !path.startsWith('node_modules/') || path in lock.packages);
}

function isBuilt() {
  return (
    PRODUCTS.every((product) => existsSync(join(ROOT, product))) &&
    existsSync(STAMP) &&
    readFileSync(STAMP, 'utf8').trim() === sourceDigest()
  );
}

/** npm's own output is shown only when it fails. */
function npm(args, doing) {
  process.stderr.write(`${doing}…\n`);
  const command = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}${error === undefined ? '' : `${error.message}\n`}`);
  process.stderr.write(`error: \`npm ${args.join(' ')}\` failed in ${ROOT}\n`);
  process.exit(status ?? 1);
}

export function ensureBuilt() {
  if (!isInstalled(readJson(join(ROOT, 'package-lock.json')), readJson(INSTALLED))) {
    npm(['ci', '--no-audit', '--no-fund'], 'installing the dependencies');
  }
  if (!isBuilt()) npm(['run', '--silent', 'build'], 'building');
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) ensureBuilt();
