/**
 * The status of the process is that of the command. A process whose last pending work can no longer end just stops, and node
 * then says 0: a hook would take that for consent, so until the command is done the status is that of a bug.
 */
import { EXIT } from 'gatos-core';

export function exitWhenDone(command: Promise<number>, process: NodeJS.Process): void {
  let done = false;
  process.exitCode = EXIT.bug;
  process.once('exit', () => {
    if (!done) process.stderr.write('error: the command stopped before it was done; this is a bug of ours\n');
  });
  void command.then((status) => {
    done = true;
    process.exit(status);
  });
}
