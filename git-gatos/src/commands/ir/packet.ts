/** The packet that a command is about: read, its signatures verified, its program checked. */
import { type CheckedBundle, LIMITS, type Report } from 'gatos-core';
import type { Framing } from 'gatos-core/mythos';
import { checkPacket, type JudgedPacket, judgeSigners, type OpenedPacket, openPacket, packetReport } from 'gatosd';
import type { OptionSpecs } from '../../command/index.js';
import type { Context } from '../../context.js';

export const PACKET = { name: 'packet', kind: 'path', summary: 'the packet, a file', complete: 'files' } as const;

export const FRAMING = {
  kind: 'choice',
  choices: ['spec', 'ctvp'],
  default: 'spec',
  placeholder: 'FORM',
  summary: 'how the packet is framed: as specified (spec), or as in the published vector pack (ctvp)',
} as const;

export const CHECK_OPTIONS = {
  framing: FRAMING,
  unsigned: { kind: 'flag', summary: 'take it although nobody whom this repository trusts has signed it' },
  fromStart: { kind: 'flag', summary: 'tasks start with the first operation, whatever symbol they name' },
} as const satisfies OptionSpecs;

/** Room for what stands around the payload. */
const PACKET_BYTES = LIMITS.packetPayloadBytes + LIMITS.packetSignatures * LIMITS.packetSignatureBytes + 1024;

/** Throws `cli/*` for the file, `mythos/*` for its bytes. */
export async function readPacket(context: Context, path: string, framing: Framing): Promise<OpenedPacket> {
  return openPacket(await context.readSource({ from: 'file', path }, { maxBytes: PACKET_BYTES }), framing);
}

export interface CheckArgs {
  readonly packet: string;
  readonly framing: Framing;
  readonly unsigned: boolean;
  readonly fromStart: boolean;
}

export interface Judged extends OpenedPacket {
  readonly checked: CheckedBundle;
  readonly signatures: JudgedPacket['signatures'];
  readonly report: Report;
}

/** Signatures are held against the trust of this repository, as it is now. */
export async function judgePacketFile(context: Context, args: CheckArgs): Promise<Judged> {
  const { packet: path, framing, unsigned, fromStart } = args;
  const opened = await readPacket(context, path, framing);
  const { repository, engine } = await context.openRepository();
  const trust = await repository.trust();
  const now = Math.floor(repository.ports.clock.now());
  const judged = judgeSigners(opened.packet, { engine, trust, now, unsigned });
  const checked = checkPacket(opened.bundle, { framing, entry: fromStart ? 'start' : 'listed' });
  return { ...opened, checked, signatures: judged.signatures, report: packetReport(judged, checked) };
}

/** For people: what `--unsigned` lets pass. */
export function noteUnsigned(context: Context, { signatures }: Pick<Judged, 'signatures'>): void {
  if (signatures.some(({ verdict, actor }) => verdict === 'valid' && actor !== null)) return;
  context.note('nobody whom this repository trusts has signed this packet; it is taken because of `--unsigned`');
}
