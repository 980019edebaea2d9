/** One run of the command line: find the command, parse, run, print, and turn whatever is thrown into text. Never throws. */
import { EXIT, type ExitCode, isGatosError } from 'gatos-core';
import {
  type Command,
  checkGlobalArgs,
  entriesOf,
  type Found,
  findCommand,
  type GlobalArgs,
  listed,
  type OptionSpecs,
  parseCommandArgs,
  parseGlobalArgs,
  type Table,
} from './command/index.js';
import { openContext } from './context.js';
import { cliError } from './errors.js';
import { indentFor, type Printer, printOutcome } from './output/print.js';
import { NO_PROGRESS, progressLine } from './output/progress.js';
import { type ColourChoice, isColoured, styleOf } from './output/style.js';
import { BrokenPipe } from './output/writer.js';
import type { Platform } from './platform.js';
import { errorDocument, renderError } from './render-error.js';

/** How to print when even the global options cannot be parsed. */
function guessGlobals(argv: readonly string[]): Pick<GlobalArgs, 'json' | 'quiet' | 'color'> {
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  return { json: options.includes('--json'), quiet: false, color: undefined };
}

function printerFor(platform: Platform, globals: Pick<GlobalArgs, 'json' | 'quiet' | 'color'>): Printer {
  const { stdout, stderr, env, now } = platform;
  const errorStyle = styleOf(isColoured(globals.color, { env, isTerminal: stderr.isTerminal }));
  const drawn = stderr.isTerminal && !globals.quiet && env.TERM !== 'dumb';
  const progress = drawn ? progressLine({ terminal: stderr, style: errorStyle, now }) : NO_PROGRESS;
  return { stdout, stderr, json: globals.json, quiet: globals.quiet, errorStyle, progress };
}

/** As git does: each `-C` starts from the one before. */
function changeDirectory(platform: Platform, directories: readonly string[]): void {
  for (const path of directories) {
    if (path === '') continue;
    try {
      platform.changeDirectory(path);
    } catch (cause) {
      throw cliError('no-directory', { path, why: whyNoDirectory(cause) });
    }
  }
}

function whyNoDirectory(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'ENOTDIR') return 'it is not a directory';
  return code === 'EACCES' ? 'permission denied' : 'it cannot be entered';
}

function reportFault(error: unknown, platform: Platform, printer: Printer): ExitCode {
  if (error instanceof BrokenPipe) return EXIT.pipe;
  const debug = (platform.env.GATOS_DEBUG ?? '') !== '';
  const rendered = renderError(error, { style: printer.errorStyle, debug });
  try {
    printer.progress.clear();
    // Where the output itself has failed, there is only the other stream left.
    const asJson = printer.json && !isGatosError(error, 'cli/output');
    if (asJson) printer.stdout.write(`${errorDocument(rendered, { indent: indentFor(printer.stdout) })}\n`);
    else printer.stderr.write(`${rendered.lines.join('\n')}\n`);
  } catch (failure) {
    // Nothing is left to say it on; the status still tells.
    if (failure instanceof BrokenPipe) return EXIT.pipe;
  }
  return rendered.exit;
}

/** `-h` on anything: a usage; `--help`: all there is to say. */
type Incomplete = Extract<Found, { what: 'incomplete' }>;

async function printHelp({ argv, path }: Found, { table, platform, printer, color }: Setting): Promise<number> {
  const { showHelp } = await import('./help/index.js');
  const { env } = platform;
  const { stdout } = printer;
  const style = styleOf(isColoured(color, { env, isTerminal: stdout.isTerminal }));
  const words = path.split(' ').slice(2);
  return printOutcome(
    await showHelp({ table, words, long: argv.includes('--help'), style, width: stdout.columns }),
    printer,
  );
}

/** `git gatos` and `git gatos fold` alone: an error for a program, the list of what there is for a person. */
async function printIncomplete(found: Incomplete, setting: Setting): Promise<number> {
  const { table, platform, printer } = setting;
  checkGlobalArgs({ argv: found.argv, path: found.path, cwd: platform.cwd() });
  if (printer.json) {
    const commands = listed(found.group?.commands ?? entriesOf(table)).map((entry) => entry.name);
    throw cliError('missing-command', { command: found.path, commands });
  }
  await printHelp(found, { ...setting, printer: { ...printer, stdout: printer.stderr, quiet: false } });
  return EXIT.usage;
}

async function runCommand(command: Command, found: Found, { platform, printer, color }: Setting): Promise<number> {
  const args = parseCommandArgs({ command, path: found.path, argv: found.argv, cwd: platform.cwd() });
  const running = openContext(platform, printer, color);
  try {
    return await printOutcome(await command.run(running.context, args), printer);
  } catch (error) {
    throw running.interrupted() ?? error;
  } finally {
    await running.close();
  }
}

function settingFor({ argv }: Found, specs: OptionSpecs, { table, platform, remember }: Run) {
  const globals = parseGlobalArgs({ argv, specs, cwd: platform.cwd() });
  const setting: Setting = { table, platform, printer: printerFor(platform, globals), color: globals.color };
  remember(setting.printer);
  return { globals, setting };
}

async function runFound(found: Found, run: Run): Promise<number> {
  if (found.what === 'incomplete') {
    const { globals, setting } = settingFor(found, {}, run);
    return globals.help ? printHelp(found, setting) : printIncomplete(found, setting);
  }
  const { command } = await found.entry.load();
  const { globals, setting } = settingFor(found, command.options, run);
  if (globals.help) return printHelp(found, setting);
  changeDirectory(run.platform, globals.directory);
  return runCommand(command, found, setting);
}

interface Setting {
  readonly table: Table;
  readonly platform: Platform;
  readonly printer: Printer;
  readonly color: ColourChoice;
}

interface Run {
  readonly table: Table;
  readonly platform: Platform;
  /** Called with the printer in force, so that a fault is printed the way the options ask. */
  readonly remember: (printer: Printer) => void;
}

/** Runs `git gatos <argv>` and returns the exit status. */
export async function runCli(
  table: Table,
  { argv, platform }: { argv: readonly string[]; platform: Platform },
): Promise<number> {
  let printer = printerFor(platform, guessGlobals(argv));
  const remember = (next: Printer): void => {
    printer = next;
  };
  try {
    const words = argv[0] === '--version' ? ['version', ...argv.slice(1)] : argv;
    return await runFound(findCommand(table, words), { table, platform, remember });
  } catch (error) {
    return reportFault(error, platform, printer);
  }
}
