/** Faults of running tools that are none of the tool: settings, and files that are not what was declared. */
import { errorArea } from 'gatos-core';

export const toolRunError = errorArea('tool-run', {
  'bad-setting': {
    kind: 'input',
    message: (d: { name: string; value: string; allowed: string }) =>
      `the setting \`${d.name}\` is \`${d.value}\`, and it has to be one of ${d.allowed}`,
    hint: (d: { name: string }) => `\`git config ${d.name}\` shows and changes it`,
  },
  'no-file': {
    kind: 'input',
    message: (d: { path: string; why: string }) => `the file \`${d.path}\` of the tool cannot be read: ${d.why}`,
    hint: () =>
      'paths in a manifest are relative to the folder that it is in, and lead to plain files: what is declared is published, so no link is followed',
  },
});
