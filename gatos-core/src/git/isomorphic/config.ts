/** What of a repository's `config` file decides whether and how it can be used. Source: git-config(1), "Syntax". */
import { fromUtf8 } from '../../kernel/index.js';
import { gitError } from '../errors.js';

/** Values by `section.key` or `section.subsection.key`; section and key in lower case, the last of several wins. */
export type GitConfig = ReadonlyMap<string, string>;

const SECTION = /^\s*\[\s*([0-9A-Za-z.-]+)\s*(?:"((?:[^"\\]|\\.)*)")?\s*\]/;
const ENTRY = /^\s*([0-9A-Za-z][0-9A-Za-z-]*)\s*(?:=\s*(.*))?$/;

/** Reads a config file. Includes are not followed. Lines that are neither section nor entry are skipped, as nothing here needs them. */
export function parseGitConfig(bytes: Uint8Array): GitConfig {
  const values = new Map<string, string>();
  let section = '';
  const text = decode(bytes).replace(/\\\r?\n/g, '');
  for (let line of text.split(/\r?\n/)) {
    const header = SECTION.exec(line);
    if (header !== null) {
      const [all, name = '', subsection] = header;
      section =
        subsection === undefined ? name.toLowerCase() : `${name.toLowerCase()}.${subsection.replace(/\\(.)/g, '$1')}`;
      line = line.slice(all.length);
    }
    const [, key, value] = ENTRY.exec(line) ?? [];
    if (key !== undefined && section !== '') values.set(`${section}.${key.toLowerCase()}`, plainValue(value ?? 'true'));
  }
  return values;
}

/** Without quotes, escapes and a trailing comment. */
function plainValue(text: string): string {
  let value = '';
  let quoted = false;
  let kept = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text[i] as string;
    if (unit === '"') {
      quoted = !quoted;
      kept = value.length;
    } else if (unit === '\\') {
      i += 1;
      value += { n: '\n', t: '\t', b: '\b' }[text[i] ?? ''] ?? text[i] ?? '';
      kept = value.length;
    } else if (!quoted && (unit === '#' || unit === ';')) break;
    else {
      value += unit;
      if (quoted || !/\s/.test(unit)) kept = value.length;
    }
  }
  return value.slice(0, kept);
}

function decode(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch (error) {
    throw gitError('unsupported', { what: 'a config file that is not UTF-8' }, { cause: error });
  }
}

// Extensions that change nothing about how objects and refs are stored, so that they may be ignored
const HARMLESS = new Set(['noop', 'noop-v1', 'partialclone', 'preciousobjects', 'worktreeconfig', 'relativeworktrees']);

/**
 * Throws `git/unsupported` for a repository that this adapter cannot read or would damage: SHA-256 names, ref storage other
 * than files, a newer format version, unknown extensions. Source: git's Documentation/technical/repository-version.
 */
export function checkRepositoryFormat(config: GitConfig): void {
  const unsupported = (what: string) => gitError('unsupported', { what });
  const version = config.get('core.repositoryformatversion') ?? '0';
  if (version !== '0' && version !== '1') throw unsupported(`repository format version ${version}`);
  for (const [key, value] of config) {
    if (!key.startsWith('extensions.')) continue;
    const name = key.slice('extensions.'.length);
    if (name === 'objectformat') {
      if (value !== 'sha1') throw unsupported(`object names of format ${value}`);
    } else if (name === 'refstorage') {
      if (value !== 'files') throw unsupported(`ref storage ${value}`);
    } else if (version === '1' && !HARMLESS.has(name)) throw unsupported(`extension ${name}`);
  }
}

export interface FlushPolicy {
  readonly looseObject: boolean;
  readonly pack: boolean;
  readonly reference: boolean;
}

const GROUPS: Readonly<Record<string, readonly (keyof FlushPolicy)[]>> = {
  'loose-object': ['looseObject'],
  pack: ['pack'],
  objects: ['looseObject', 'pack'],
  reference: ['reference'],
  committed: ['looseObject', 'pack', 'reference'],
  added: ['looseObject', 'pack', 'reference'],
  all: ['looseObject', 'pack', 'reference'],
};

/** What to put on stable storage: everything, unless `core.fsync` says otherwise. Source: git-config(1), core.fsync. */
export function flushPolicy(config: GitConfig): FlushPolicy {
  const policy = { looseObject: true, pack: true, reference: true };
  for (const word of (config.get('core.fsync') ?? '').split(/[\s,]+/)) {
    if (word === 'none') Object.assign(policy, { looseObject: false, pack: false, reference: false });
    const off = word.startsWith('-');
    for (const part of GROUPS[off ? word.slice(1) : word] ?? []) policy[part] = !off;
  }
  return policy;
}
