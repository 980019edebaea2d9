/** What the manual says that follows from no declaration. */
import type { Documentation } from '../command/index.js';

export const ABOUT: Documentation = {
  name: '',
  summary: 'signed events, deterministic state and proofs in a Git repository',
  description: `
GATOS turns a Git repository into a truth machine. Everything that matters is a signed, content-addressed record in an append-only
chain under \`refs/gatos/\`. State is a deterministic fold of those records. Every claim carries a proof that anybody with a clone
can check, offline and without trusting the place the clone came from.

It needs no server and no daemon: a plain Git repository is all there is. \`git gatos init\` starts one, and every command says what
may come next.

With \`--json\` a command prints one JSON document with sorted keys; a fault is the document \`{"error": …}\` with its code, message,
hint and exit status.
`,
  examples: [
    { command: 'git gatos init', note: 'start in this folder' },
    { command: `git gatos emit --type add --payload '{"n":10}'`, note: 'record that something happened' },
    { command: 'git gatos fold new sum', note: 'write down what follows from such events' },
    { command: 'git gatos fold run sum', note: 'work it out, with a proof' },
    { command: 'git gatos state show sum', note: 'see it' },
    { command: 'git gatos verify', note: 'check every byte of it, here or in any clone' },
  ],
  seeAlso: ['git(1)', 'gitrevisions(7)'],
};

type Facts = readonly (readonly [string, string])[];

export const ENVIRONMENT: Facts = [
  ['GIT_DIR', 'the repository, as for git itself; so do GIT_WORK_TREE and GIT_COMMON_DIR'],
  ['NO_COLOR', 'when not empty, no colours unless `--color always` asks for them'],
  [
    'SSH_ASKPASS, GIT_ASKPASS',
    'a program that asks for a passphrase when there is no terminal; SSH_ASKPASS_REQUIRE is obeyed',
  ],
  ['SSH_AUTH_SOCK', 'the ssh-agent whose keys can sign'],
  ['XDG_CONFIG_HOME', 'where key files are kept, in `gatos/`; default `~/.config`'],
  ['GATOS_DEBUG', 'when not empty, an error shows where in the code it arose'],
];

export const FILES: Facts = [
  ['refs/gatos/*', 'the chains of a repository; `git gatos sync` fetches and pushes them'],
  ['refs/gatos-remote/<remote>/*', 'what a remote has, before it is verified'],
  ['gatos/folds/<name>/', 'the sources of a fold in the work tree'],
];
