/** Faults of what acts: settings, import, transport. */
import { EXIT, errorArea } from 'gatos-core';

export const settingsError = errorArea('settings', {
  malformed: {
    kind: 'input',
    message: (d: { path: string; why: string }) => `\`${d.path}\` cannot be read: ${d.why}`,
    hint: (d: { path: string }) => `mend or remove \`${d.path}\`, then run \`git gatos init\``,
  },
  'unknown-name': {
    kind: 'input',
    message: (d: { name: string; known: readonly string[] }) => `there is no setting \`${d.name}\``,
    hint: (d: { known: readonly string[] }) => `settings are ${d.known.map((name) => `\`${name}\``).join(', ')}`,
  },
  'bad-value': {
    kind: 'input',
    message: (d: { name: string; value: string; why: string }) => `\`${d.value}\` cannot be the setting \`${d.name}\`: ${d.why}`,
  },
  'no-author': {
    kind: 'missing',
    message: () => 'it is not set who writes here',
    hint: () => 'run `git gatos init`, or set it: `git gatos config set actor user:NAME` and `git gatos config set key KEY`',
  },
});

export const importError = errorArea('import', {
  'bad-row': {
    kind: 'input',
    message: (d: { source: string; line: number; place?: string | undefined; why: string }) => `${d.place ?? `line ${d.line}`} of \`${d.source}\`: ${d.why}`,
    hint: () => 'mend the row and import again (rows already recorded are skipped), or use `--on-error skip --rejects FILE`',
  },
  'unknown-revision': {
    kind: 'missing',
    message: (d: { source: string; revision: string; why: string }) => `\`${d.revision}\` in \`${d.source}\`: ${d.why}`,
    hint: () => 'name a branch, a tag or a commit',
  },
  'no-history': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { source: string }) => `\`--rev\` is about the commits of a repository, and \`${d.source}\` is read as a file`,
    hint: () => 'say `--format git` too',
  },
  'no-header': {
    kind: 'input',
    message: (d: { source: string }) => `\`${d.source}\` has no header row`,
  },
  'unknown-column': {
    kind: 'input',
    message: (d: { column: string; columns: readonly string[] }) => `there is no column \`${d.column}\``,
    hint: (d: { columns: readonly string[] }) => `columns are ${d.columns.map((column) => `\`${column}\``).join(', ')}`,
  },
  'no-type': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { source: string }) => `no event type is given for the rows of \`${d.source}\``,
    hint: () => 'say `--type TYPE`, or `--type-column COLUMN`',
  },
  'no-format': {
    kind: 'input',
    message: (d: { source: string }) => `cannot tell the format of \`${d.source}\` from its name`,
    hint: () => 'say it: `--format csv`, `--format ndjson`, `--format json`, or `--format git` for a repository',
  },
  unreadable: {
    kind: 'missing',
    message: (d: { source: string; why: string }) => `cannot read \`${d.source}\`: ${d.why}`,
  },
});

export const transportError = errorArea('transport', {
  'no-remote': {
    kind: 'missing',
    message: (d: { remote: string; known: readonly string[] }) => `there is no remote \`${d.remote}\``,
    hint: (d: { known: readonly string[] }) =>
      d.known.length === 0 ? 'add one: `git remote add origin URL`' : `remotes here: ${d.known.join(', ')}`,
  },
  'no-trust': {
    kind: 'missing',
    message: (d: { remote: string }) => `\`${d.remote}\` has no GATOS history (no \`refs/gatos/trust\`)`,
    hint: () => 'start one here: `git gatos init`',
  },
  'join-instead': {
    kind: 'conflict',
    message: (d: { remote: string }) => `\`${d.remote}\` has a GATOS history already, so no second one is started here`,
    hint: (d: { remote: string }) => `join it: \`git gatos sync ${d.remote}\``,
  },
  diverged: {
    kind: 'conflict',
    exit: EXIT.rewritten,
    message: (d: { chain: string; local: string; remote: string }) =>
      `chain \`${d.chain}\` has two histories: \`${d.local}\` here and \`${d.remote}\` there`,
    hint: () => 'nothing was changed; both ends wrote on the same chain, or one of them was rewritten',
  },
  'not-verified': {
    kind: 'integrity',
    message: (d: { chain: string; remote: string; why: string }) => `chain \`${d.chain}\` from \`${d.remote}\` does not verify: ${d.why}`,
    hint: () => 'it was not taken over; the local chain is as before',
  },
  'unknown-ref': {
    kind: 'unsupported',
    message: (d: { chain: string; remote: string }) => `\`${d.remote}\` has a ref \`refs/gatos/${d.chain}\` that this version does not know`,
    hint: () => 'it was not taken over; a newer git-gatos may know it',
  },
  'push-refused': {
    kind: 'denied',
    message: (d: { remote: string; why: string }) => `\`${d.remote}\` refused the push: ${d.why}`,
  },
});

export const foldFilesError = errorArea('fold-files', {
  exists: {
    kind: 'conflict',
    exit: EXIT.no,
    message: (d: { path: string }) => `there is a fold in \`${d.path}\` already; it was left as it is`,
  },
  unreadable: {
    kind: 'missing',
    message: (d: { path: string; why: string }) => `cannot read \`${d.path}\`: ${d.why}`,
  },
  bare: {
    kind: 'input',
    message: () => 'a bare repository has no working tree to keep a fold in',
    hint: () => 'name a folder: `--dir DIR`',
  },
});
