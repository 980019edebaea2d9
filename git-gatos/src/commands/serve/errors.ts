/** Faults of how a server is asked for. */
import { EXIT, errorArea } from 'gatos-core';

export const serveError = errorArea('serve', {
  'half-tls': {
    kind: 'input',
    exit: EXIT.usage,
    message: () => '`--tls-cert` and `--tls-key` go together',
  },
  'quiet-token': {
    kind: 'input',
    exit: EXIT.usage,
    message: () => 'with `--quiet` the token would never be shown, so none was made',
    hint: () => 'for a program: `--json`',
  },
  'no-scopes': {
    kind: 'input',
    exit: EXIT.usage,
    message: () => 'a token without scopes opens nothing',
    hint: () => 'say what it is for: `--scopes tools:call,effects:read`',
  },
});
