import { spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BrokenPipe, descriptorWriter, type Tty } from './writer.js';

const noTty: Tty = {
  isatty: () => expect.unreachable('node:tty is not needed'),
  columns: () => expect.unreachable('node:tty is not needed'),
};
const folder = mkdtempSync(join(tmpdir(), 'gatos-writer-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fifo(name: string): string {
  const path = join(folder, name);
  expect(spawnSync('mkfifo', [path]).status).toBe(0);
  return path;
}

describe('descriptorWriter', () => {
  it('writes text and bytes to a file, and knows without node:tty that it is no terminal', () => {
    const path = join(folder, 'file');
    const fd = openSync(path, 'w');
    const writer = descriptorWriter(fd, noTty);
    writer.write('Grüße ');
    writer.write(new Uint8Array([226, 156, 147]));
    expect([writer.isTerminal, writer.columns]).toEqual([false, 80]);
    closeSync(fd);
    expect(readFileSync(path, 'utf8')).toBe('Grüße ✓');
  });

  it('takes /dev/null and a closed descriptor for no terminal', () => {
    const fd = openSync(devNull, 'w');
    expect(descriptorWriter(fd, noTty).isTerminal).toBe(false);
    closeSync(fd);
    expect(descriptorWriter(fd, noTty).isTerminal).toBe(false);
  });

  it.skipIf(process.platform === 'win32')(
    'waits for the reader of a full non-blocking pipe, and loses nothing',
    async () => {
      const path = fifo('slow');
      const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
      const reader = spawn('sh', ['-c', 'sleep 0.2; wc -c < "$0"', path], { stdio: ['ignore', 'pipe', 'inherit'] });
      let counted = '';
      reader.stdout.on('data', (chunk) => {
        counted += chunk;
      });
      const size = 1024 * 1024;
      // The pipe holds 64 KiB: a writer that does not wait would throw EAGAIN.
      descriptorWriter(fd, noTty).write(new Uint8Array(size));
      closeSync(fd);
      await new Promise((resolve) => reader.on('close', resolve));
      expect(counted.trim()).toBe(String(size));
    },
  );

  it.skipIf(process.platform === 'win32')('says when nobody reads any more', () => {
    const path = fifo('gone');
    const both = openSync(path, constants.O_RDWR);
    const fd = openSync(path, constants.O_WRONLY);
    closeSync(both);
    expect(() => descriptorWriter(fd, noTty).write('x')).toThrow(BrokenPipe);
    closeSync(fd);
  });
});
