/** Answers to what is no request: what Node's parser refuses, and what comes too slowly. */
import type { Socket } from 'node:net';
import { STATUS_TEXT } from './status.js';

const STATUS_OF: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Says so in one line and hangs up. Nothing of what came is said again. */
export function refuseRaw(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    // An answer has begun, or nobody is there to read one.
    socket.destroy();
    return;
  }
  const status = STATUS_OF[error.code ?? ''] ?? 400;
  const title = STATUS_TEXT[status] ?? '';
  const body = `{"type":"about:blank","title":"${title}","status":${status}}\n`;
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Whoever does not read is not waited for.
  socket.setTimeout(1000, () => socket.destroy());
}
