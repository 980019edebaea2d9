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
    message: (d: { name: string; value: string; why: string }) =>
      `\`${d.value}\` cannot be the setting \`${d.name}\`: ${d.why}`,
  },
  unwritable: {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string; why: string }) => `cannot write settings to \`${d.path}\`: ${d.why}`,
  },
  'config-locked': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string }) => `git's configuration is locked by \`${d.path}\``,
    hint: (d: { path: string }) => `another git is at work there, or was killed: when there is none, \`rm ${d.path}\``,
  },
  'no-directory': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string; why: string }) => `cannot make the folder \`${d.path}\`: ${d.why}`,
  },
  'no-author': {
    kind: 'missing',
    message: () => 'it is not set who writes here',
    hint: () =>
      'run `git gatos init`, or set it: `git gatos config set actor user:NAME` and `git gatos config set key KEY`',
  },
});

export const importError = errorArea('import', {
  'bad-row': {
    kind: 'input',
    message: (d: { source: string; line: number; place?: string | undefined; why: string }) =>
      `${d.place ?? `line ${d.line}`} of \`${d.source}\`: ${d.why}`,
    hint: () =>
      'mend it and import again (what is recorded already is passed over), or go on without it: `--on-error skip --rejects FILE`',
  },
  'unknown-revision': {
    kind: 'missing',
    message: (d: { source: string; revision: string; why: string }) => `\`${d.revision}\` in \`${d.source}\`: ${d.why}`,
    hint: () => 'name a branch, a tag or a commit',
  },
  'no-history': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { source: string }) =>
      `\`--rev\` is about the commits of a repository, and \`${d.source}\` is read as a file`,
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
  unwritable: {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string; why: string }) => `cannot write rejected rows to \`${d.path}\`: ${d.why}`,
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
    hint: (d: { remote: string }) => `join it: \`git gatos sync ${d.remote}\`, then \`git gatos init\``,
  },
  'trust-lost': {
    kind: 'integrity',
    exit: EXIT.rewritten,
    message: (d: { genesis: string | null; chains: number }) =>
      `this clone has a GATOS history already${d.genesis === null ? '' : `, of genesis \`${d.genesis}\``}, but its trust chain (\`refs/gatos/trust\`) is gone, so no second one is started`,
    hint: () => 'bring it back from another clone: `git gatos sync`; or start anew in an empty repository',
  },
  'not-cloned': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { url: string; why: string }) => `\`${d.url}\` could not be cloned: ${d.why}`,
    hint: () => 'nothing was made; check the address, and that you may read it',
  },
  'folder-taken': {
    kind: 'conflict',
    exit: EXIT.no,
    message: (d: { directory: string }) => `\`${d.directory}\` exists and is not an empty folder; nothing was cloned`,
    hint: () => 'name another: `git gatos clone URL DIRECTORY`',
  },
  'remote-unknown': {
    kind: 'unavailable',
    message: (d: { remote: string; why: string }) =>
      `\`${d.remote}\` could not be asked whether it has a GATOS history already: ${d.why}`,
    hint: () =>
      'a second history could never be joined with the first; repeat when the remote can be reached, or say `--offline`',
  },
  diverged: {
    kind: 'conflict',
    exit: EXIT.rewritten,
    message: (d: { chain: string; local: string; remote: string; remedy: 're-emit' | 'none' }) =>
      `chain \`${d.chain}\` has two histories: \`${d.local}\` here and \`${d.remote}\` there`,
    hint: (d: { remedy: 're-emit' | 'none' }) =>
      d.remedy === 're-emit'
        ? 'you wrote on it in two clones; `git gatos sync --re-emit` puts what is only here on top of what is there'
        : 'nothing was changed; both ends wrote on the same chain, or one of them was rewritten',
  },
  'ledger-diverged': {
    kind: 'conflict',
    exit: EXIT.rewritten,
    message: (d: { chain: string; remote: string; here: readonly string[]; both: readonly string[]; more: number }) =>
      `\`${d.chain}\` has two histories, and what was counted or done is not done again on top of another: ${d.here.length + d.more} ${d.here.length + d.more === 1 ? 'id was' : 'ids were'} changed here alone${d.both.length === 0 ? '' : `, ${d.both.length} here and at \`${d.remote}\`: \`${d.both.join('`, `')}\``}`,
    hint: (d: { chain: string; remote: string; here: readonly string[]; both: readonly string[] }) =>
      `what was done stays recorded here. See what it was: \`git gatos inspect ${d.here[0] ?? d.both[0] ?? 'ID'}\`; keep it: \`git update-ref refs/gatos-kept/${d.chain} refs/gatos/${d.chain}\`; then take theirs: \`git update-ref refs/gatos/${d.chain} refs/gatos-remote/${d.remote}/${d.chain}\`. One ledger for several clones: call with \`--remote ${d.remote}\``,
  },
  'not-joined': {
    kind: 'conflict',
    message: (d: { chain: string; why: string }) => `the two histories of \`${d.chain}\` do not go together: ${d.why}`,
    hint: () =>
      'nothing was changed; what contradicts the other history has to be taken back or recorded anew by whoever wrote it',
  },
  'not-verified': {
    kind: 'integrity',
    message: (d: { chain: string; where: string; stage: string; why: string }) =>
      `chain \`${d.chain}\` ${d.where} does not verify (${d.stage}): ${d.why}`,
    hint: () => 'it was neither taken over nor passed on; everything is as before',
  },
  'not-checked': {
    kind: 'unavailable',
    message: (d: { chain: string; where: string; stage: string; why: string }) =>
      `chain \`${d.chain}\` ${d.where} could not be checked (${d.stage}): ${d.why}`,
    hint: () => 'it was neither taken over nor passed on; everything is as before',
  },
  'not-fetched': {
    kind: 'unavailable',
    message: (d: { chain: string; remote: string }) => `chain \`${d.chain}\` could not be fetched from \`${d.remote}\``,
    hint: () => 'the remote may be a shallow clone; fetch from a complete one',
  },
  'unknown-ref': {
    kind: 'unsupported',
    message: (d: { chain: string; remote: string; others: number }) =>
      `\`${d.remote}\` has a ref \`refs/gatos/${d.chain}\`${d.others === 0 ? '' : ` and ${d.others} more`} that this version does not know`,
    hint: () => 'it was not fetched; a newer git-gatos may know it',
  },
  'other-format': {
    kind: 'unsupported',
    message: (d: { remote: string; format: string }) =>
      `\`${d.remote}\` names its objects otherwise than this repository, which is a ${d.format} one`,
    hint: () => 'git cannot exchange objects between the two formats; clone it anew',
  },
  'push-refused': {
    kind: 'denied',
    message: (d: { chain: string; remote: string; why: string; said: readonly string[] }) =>
      `\`${d.remote}\` refused chain \`${d.chain}\`: ${d.why}`,
    hint: (d: { said: readonly string[] }) =>
      d.said.length === 0 ? 'ask whoever runs the remote, or try again: `git gatos sync`' : d.said.join('\n'),
  },
  'held-back': {
    kind: 'conflict',
    message: (d: { chain: string; remote: string; because: string }) =>
      `chain \`${d.chain}\` was not pushed to \`${d.remote}\`, because it builds on \`${d.because}\`, which could not be`,
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
  unwritable: {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string; why: string }) => `cannot write \`${d.path}\`: ${d.why}`,
  },
  bare: {
    kind: 'input',
    message: () => 'a bare repository has no working tree to keep a fold in',
    hint: () => 'name a folder: `--dir DIR`',
  },
});
