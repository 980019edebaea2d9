import { isSettingName, SETTING_NAMES, settingsError } from 'gatosd';
import { defineCommand } from '../../command/index.js';

export const command = defineCommand({
  name: 'get',
  summary: 'print one setting',
  description: 'Prints the value in force: that of this clone, else that of the person.',
  positionals: [{ name: 'name', kind: 'text', summary: SETTING_NAMES.join(', ') }],
  examples: [{ command: 'git gatos config get actor', note: 'who writes here' }],
  exits: ['no', 'missing'],
  seeAlso: ['config set', 'config list'],
  run: async (context, { name }) => {
    if (!isSettingName(name)) throw settingsError('unknown-name', { name, known: SETTING_NAMES });
    const { settings } = await context.openRepository();
    const value = settings[name];
    return { value: value ?? null, text: value ?? '', exit: value === undefined ? 'missing' : 'ok' };
  },
});
