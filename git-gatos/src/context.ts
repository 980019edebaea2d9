/** What the frame hands to a command. Everything of the outside world that a command may touch is in here. */
import type { Progress } from 'gatos-core';
import type { TextSource } from './input.js';
import type { Printer } from './output/print.js';
import { type ColourChoice, isColoured, type Style, styleOf, visible } from './output/style.js';
import type { Writer } from './output/writer.js';
import type { Input, Platform } from './platform.js';
import type { Prompt } from './prompt.js';
import type { Repository } from './repository.js';
import { interruption } from './signals.js';

export interface Context {
  /** After `-C`; also the process's own. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Input;
  /** For output that no Outcome can express; normally a command only returns. */
  readonly stdout: Writer;
  readonly stderr: Writer;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Colours for text that goes to standard output; plain when that is not wanted. */
  readonly colour: Style;
  /** Draws on a terminal, else does nothing. */
  readonly progress: Progress;
  readonly prompt: Prompt;
  /** Aborted by SIGINT and SIGTERM. Until it is first read, those signals end the process as they always do. */
  readonly signal: AbortSignal;
  /** For commands that end by a signal, in their own time: as `signal`, which then leaves as long as it takes until a second one comes. */
  unhurried(): AbortSignal;
  /** Aborted by the second signal, for commands that have something to end before they end: for a moment, or until a third one. */
  readonly hurry: AbortSignal;
  /** One line for people on standard error, apart from the answer: what is being done, a warning. Silent with `--quiet`. */
  note(text: string): void;
  /** The bytes of a `json` argument. Throws `cli/no-file`, `cli/unreadable-file`, `cli/input-too-large`. */
  readSource(source: TextSource, options?: { maxBytes?: number }): Promise<Uint8Array>;
  /** Opened at the first call and closed when the command is done; with `remote`, writes go there first. Throws `git/*`. */
  openRepository(options?: { readonly remote?: string | undefined }): Promise<Repository>;
}

export interface Running {
  readonly context: Context;
  /** Why the command was asked to stop, if it was: what it threw then is a consequence. */
  interrupted(): unknown;
  /** Closes what the command has opened through the context. */
  close(): Promise<void>;
}

/** The context of one run. */
export function openContext(platform: Platform, printer: Printer, color: ColourChoice): Running {
  const { env, stdin, stdout, stderr } = platform;
  const stopper = interruption(platform.signals);
  let opened: Promise<Repository> | undefined;
  const cwd = platform.cwd();
  const prompt: Prompt = {
    passphrase: async (label, options) => {
      printer.progress.clear();
      return (await import('./prompt.js')).prompter(env).passphrase(label, options);
    },
  };
  const context: Context = {
    cwd,
    env,
    stdin,
    stdout,
    stderr,
    json: printer.json,
    quiet: printer.quiet,
    colour: styleOf(isColoured(color, { env, isTerminal: stdout.isTerminal })),
    progress: printer.progress.report,
    prompt,
    get signal() {
      return stopper.signal;
    },
    unhurried() {
      stopper.unhurried();
      return stopper.signal;
    },
    get hurry() {
      return stopper.hurry;
    },
    note(text) {
      printer.progress.clear();
      if (!printer.quiet) stderr.write(`${visible(text)}\n`);
    },
    readSource: async (source, options) => (await import('./input.js')).readSource(source, { stdin, ...options }),
    openRepository({ remote } = {}) {
      opened ??= import('./repository.js').then((module) => module.openRepository({ cwd, env, prompt, remote }));
      return opened;
    },
  };
  return {
    context,
    interrupted: () => stopper.reason(),
    async close() {
      stopper.dispose();
      // A repository that could not be opened is what the command has thrown already.
      const repository = await opened?.catch(() => undefined);
      await repository?.close();
    },
  };
}
