/** The text of our hooks: POSIX shell, which git can start everywhere. */
import { PERL_CLIENT } from './client.js';

export type HookName = 'pre-receive' | 'pre-push';

/** Where a hook that was there before is kept: beside ours, under this name. */
export const CHAINED = '.gatos-chained';

/** What starts `git gatos`: kept with absolute paths, because a hook runs with whatever PATH a server has. */
export interface Program {
  readonly node: string;
  /** The program that node runs. */
  readonly script: string;
}

export interface HookText {
  readonly hook: HookName;
  readonly program: Program;
  /** Absolute path of a perl; null: every push is judged in a process of its own. */
  readonly perl: string | null;
}

const MARK = '#!/bin/sh\n# gatos-hook ';

/** Is this the content of a hook of ours, of this version or another? */
export function isOurs(content: Uint8Array): boolean {
  return Buffer.from(content.subarray(0, MARK.length)).toString('latin1') === MARK;
}

export function hookScript(text: HookText): string {
  return `${[header(text), settings(text), RUN_CHAINED, start(text.hook), text.hook === 'pre-receive' ? ASK : 'gatos_gate() { exec "$@"; }', END].join('\n')}\n`;
}

function header({ hook }: HookText): string {
  const side = hook === 'pre-receive' ? '--server' : '--client';
  return `${MARK}1 ${hook}
# Made by \`git gatos hooks install ${side}\`; \`git gatos hooks uninstall\` takes it away and puts back what was here.
# That one is kept as ${hook}${CHAINED}: it is run first, on the same arguments and input, and both must pass.`;
}

function settings({ hook, program, perl }: HookText): string {
  const lines = [`gatos_node=${quoted(program.node)}`, `gatos_program=${quoted(program.script)}`];
  if (hook === 'pre-receive') {
    lines.push(`gatos_perl=${quoted(perl ?? '')}`, `gatos_client='${PERL_CLIENT}'`);
  }
  return lines.join('\n');
}

/** A whole input is kept in a variable; the dot at its end keeps its last line feeds. */
const RUN_CHAINED = `
gatos_chained=$0${CHAINED}
gatos_kept=
if [ -x "$gatos_chained" ]; then
  gatos_kept=yes
  gatos_input=$(cat; echo .)
  gatos_input=\${gatos_input%.}
  printf %s "$gatos_input" 2>/dev/null | "$gatos_chained" "$@" || exit
fi
`;

function start(hook: HookName): string {
  const args = hook === 'pre-receive' ? 'gate pre-receive' : 'gate pre-push -- "$@"';
  return `if [ -x "$gatos_node" ] && [ -r "$gatos_program" ]; then
  set -- "$gatos_node" "$gatos_program" ${args}
elif command -v git-gatos >/dev/null 2>&1; then
  set -- git-gatos ${args}
else
  [ -n "$gatos_kept" ] || cat >/dev/null
  echo "refused: the push gate cannot be started: $gatos_program is not there, and no git-gatos is in the PATH" >&2
  echo "  pass: install git-gatos, then run \\\`git gatos hooks install\\\` again" >&2
  exit 1
fi
`;
}

/** A gate that stays is asked; without one, or without perl, a process of its own decides. */
const ASK = `gatos_gate() {
  if [ -S gatos/gate.sock ] && [ -x "$gatos_perl" ]; then
    exec "$gatos_perl" -e "$gatos_client" gatos/gate.sock "$@"
  fi
  exec "$@"
}`;

const END = `
if [ -n "$gatos_kept" ]; then
  printf %s "$gatos_input" 2>/dev/null | gatos_gate "$@"
  exit
fi
gatos_gate "$@"`;

/** One word of the shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
