/** The platform of a real process. */
import { descriptorWriter, type Tty } from './output/writer.js';
import type { Input, Platform } from './platform.js';

// node:tty brings node's streams and sockets with it: it is loaded when a terminal is there, and then synchronously.
const lazyTty: Tty = {
  isatty: (fd) => loadTty().isatty(fd),
  columns: (fd) => (fd === 1 ? process.stdout : process.stderr).columns || 80,
};

function loadTty(): typeof import('node:tty') {
  return process.getBuiltinModule('node:tty');
}

const stdin: Input = {
  get isTerminal() {
    return loadTty().isatty(0);
  },
  chunks: () => process.stdin as AsyncIterable<Uint8Array>,
};

export function nodePlatform(): Platform {
  return {
    env: process.env,
    stdin,
    stdout: descriptorWriter(1, lazyTty),
    stderr: descriptorWriter(2, lazyTty),
    signals: process,
    cwd: () => process.cwd(),
    changeDirectory: (path) => process.chdir(path),
    now: () => performance.now(),
  };
}
