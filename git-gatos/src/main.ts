/** The entry of the bundle. */
import { runCli } from './cli.js';
import { TABLE } from './commands/table.js';
import { exitWhenDone } from './exit-when-done.js';
import { nodePlatform } from './node-platform.js';

// No top-level await: the bundle is CommonJS.
exitWhenDone(runCli(TABLE, { argv: process.argv.slice(2), platform: nodePlatform() }), process);
