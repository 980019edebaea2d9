import { defineCommand } from '../command/index.js';
import { SCRIPTS, SHELLS } from '../completion/index.js';

export const command = defineCommand({
  name: 'completion',
  summary: 'print a completion script for a shell',
  description: `
Prints a script that teaches the shell to complete commands, options, their values, and names from the repository such as folds and
namespaces, both for \`git gatos\` and for \`git-gatos\`.

For bash, put this line into \`~/.bashrc\`:

    eval "$(git gatos completion bash)"

For zsh, save the script in a directory of \`$fpath\`, under the name \`_git-gatos\`:

    git gatos completion zsh > ~/.zsh/completions/_git-gatos

For fish:

    git gatos completion fish > ~/.config/fish/conf.d/git-gatos.fish
`,
  positionals: [{ kind: 'choice', name: 'shell', choices: SHELLS, summary: 'the shell to complete in' }],
  examples: [{ command: 'git gatos completion bash', note: 'print the script for bash' }],
  run: (_, { shell }) => ({ value: { shell, script: SCRIPTS[shell] }, text: SCRIPTS[shell].trimEnd() }),
});
