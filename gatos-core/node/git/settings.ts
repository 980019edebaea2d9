/** The settings of a repository that change how we write (git-config(1)): what is flushed, file modes, whether refs are logged. */
import { gitError } from '../../src/git/index.js';
import { type Config, configBoolean, configText } from './config.js';

export interface Settings {
  /** What must be flushed to disk before a call resolves. Everything, unless `core.fsync` says otherwise. */
  readonly flush: { readonly loose: boolean; readonly pack: boolean; readonly refs: boolean };
  /** `core.sharedRepository`: the permission bits that files and directories get beyond the umask, or null. */
  readonly shared: number | null;
  /** `core.logAllRefUpdates`: which refs have a log. */
  readonly logs: 'none' | 'branches' | 'all';
}

export function settingsOf(config: Config, bare: boolean): Settings {
  return { flush: flushOf(config), shared: sharedOf(config), logs: logsOf(config, bare) };
}

const COMPONENTS: Readonly<Record<string, readonly ('loose' | 'pack' | 'refs')[]>> = {
  'loose-object': ['loose'],
  pack: ['pack'],
  'pack-metadata': [],
  'commit-graph': [],
  'derived-metadata': [],
  index: [],
  reference: ['refs'],
  objects: ['loose', 'pack'],
  committed: ['loose', 'pack', 'refs'],
  added: ['loose', 'pack', 'refs'],
  all: ['loose', 'pack', 'refs'],
};

/** Git's own default leaves loose objects unflushed; ours flushes everything, and a setting is followed when there is one. */
function flushOf(config: Config): Settings['flush'] {
  const flush = { loose: true, pack: true, refs: true };
  const setting = configText(config, 'core.fsync');
  if (setting === null) {
    if (configBoolean(config, 'core.fsyncobjectfiles', true) === false) flush.loose = false;
    return flush;
  }
  for (const word of setting.split(/[\s,]+/)) {
    if (word === 'none') Object.assign(flush, { loose: false, pack: false, refs: false });
    const on = !word.startsWith('-');
    for (const part of COMPONENTS[on ? word : word.slice(1)] ?? []) flush[part] = on;
  }
  return flush;
}

function sharedOf(config: Config): number | null {
  const setting = configBoolean(config, 'core.sharedrepository', false);
  if (setting === false || setting === 'umask') return null;
  if (setting === true || setting === 'group') return 0o660;
  if (setting === 'all' || setting === 'world' || setting === 'everybody' || setting === '2') return 0o664;
  const mode = /^0[0-7]{3,4}$/.test(setting) ? Number.parseInt(setting, 8) : 0;
  if ((mode & 0o600) !== 0o600) throw gitError('unsupported', { what: `core.sharedRepository = \`${setting}\`` });
  return mode & 0o666;
}

function logsOf(config: Config, bare: boolean): Settings['logs'] {
  const setting = configBoolean(config, 'core.logallrefupdates', !bare);
  if (setting === true) return 'branches';
  return setting === 'always' ? 'all' : 'none';
}
