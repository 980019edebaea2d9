import { SETTING_MEANING, SETTING_NAMES } from 'gatosd';
import { defineCommand } from '../../command/index.js';

export const command = defineCommand({
  name: 'list',
  summary: 'print all settings',
  description: 'Prints every setting with the value in force and what it means.',
  examples: [{ command: 'git gatos config list', note: 'all of them, with what they mean' }],
  seeAlso: ['config get', 'config set'],
  run: async (context) => {
    const { settings } = await context.openRepository();
    const text = SETTING_NAMES.map(
      (name) =>
        `${name.padEnd(10)} ${(settings[name] ?? '(not set)').padEnd(40)} ${context.colour.dim(SETTING_MEANING[name])}`,
    );
    return { value: settings, text };
  },
});
