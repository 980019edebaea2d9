/** The entry of the bundle. */
import { runCli } from './cli.js';
import { TABLE } from './commands/table.js';
import { nodePlatform } from './node-platform.js';

process.exit(await runCli(TABLE, { argv: process.argv.slice(2), platform: nodePlatform() }));
