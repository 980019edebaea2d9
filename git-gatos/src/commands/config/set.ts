import {
  checkSetting,
  isSettingName,
  keptKey,
  readSettings,
  SETTING_NAMES,
  settingsError,
  userSettingsPath,
  writeSettings,
} from 'gatosd';
import { defineCommand } from '../../command/index.js';

export const command = defineCommand({
  name: 'set',
  summary: 'set one setting',
  description: 'Sets a value for this clone, or with `--user` for every clone of this person.',
  positionals: [
    { name: 'name', kind: 'text', summary: SETTING_NAMES.join(', ') },
    { name: 'value', kind: 'text', summary: 'the new value' },
  ],
  options: { user: { kind: 'flag', summary: 'for every clone of this person' } },
  examples: [{ command: 'git gatos config set actor user:alice', note: 'who writes in this clone' }],
  exits: ['no', 'temporary'],
  seeAlso: ['config get', 'config list'],
  run: async (context, { name, value, user }) => {
    if (!isSettingName(name)) throw settingsError('unknown-name', { name, known: SETTING_NAMES });
    checkSetting(name, value);
    if (user) {
      const path = userSettingsPath(context.env);
      writeSettings(path, { ...readSettings(path), [name]: name === 'key' ? keptKey(value, context.cwd) : value });
      return { value: { name, value, path }, text: `${name} = ${value} (${path})` };
    }
    const workspace = await context.openRepository();
    workspace.save({ [name]: value });
    return { value: { name, value, path: workspace.settingsPath }, text: `${name} = ${value}` };
  },
});
