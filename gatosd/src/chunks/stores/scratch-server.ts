/** For tests: servers on this machine. One answers as it is told, request by request; the other is s3rver, a process. Not exported. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { ScratchFolder } from '../scratch-bytes.js';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export type Answer = (request: Seen, response: ServerResponse) => void | Promise<void>;

/** Answers the first request by the first answer, and so on; from then on by the last one. */
export class ScriptedServer {
  readonly seen: Seen[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(...answers: readonly Answer[]): Promise<ScriptedServer> {
    const server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const { method = '', url = '', headers } = request;
      const seen = { method, url, headers, body: Buffer.concat(parts) };
      const answer = answers[Math.min(scripted.seen.length, answers.length - 1)];
      scripted.seen.push(seen);
      await answer?.(seen, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const scripted = new ScriptedServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return scripted;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export const S3RVER_KEY = 'S3RVER';
export const S3RVER_BUCKET = 'chunks';

/** A real server of the S3 protocol, with its objects in a scratch folder. It takes any signature of version 4 for a good one. */
export class S3Server {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: ScratchFolder,
    readonly url: string,
  ) {}

  static async start(): Promise<S3Server> {
    const folder = new ScratchFolder();
    const manifest = createRequire(import.meta.url).resolve('s3rver/package.json');
    const program = join(dirname(manifest), 'bin', 's3rver.js');
    const args = [program, '-d', folder.path, '-p', '0', '-a', '127.0.0.1', '--configure-bucket', S3RVER_BUCKET];
    // Its tokens of listings are encrypted with DES, which OpenSSL 3 counts as legacy.
    const flags = ['--no-deprecation', '--openssl-legacy-provider'];
    const child = spawn(process.execPath, [...flags, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const address = await new Promise<string>((resolve, reject) => {
      let said = '';
      child.stdout.on('data', (part: Buffer) => {
        said += part.toString();
        const found = /listening on (\S+)/.exec(said)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.stderr.resume();
      child.on('exit', (status) => reject(new Error(`s3rver ended with ${status}: ${said}`)));
    });
    return new S3Server(child, folder, `http://${address}`);
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill();
    await gone;
    this.folder.dispose();
  }
}
