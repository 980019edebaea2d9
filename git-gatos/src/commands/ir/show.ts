import { formatHex } from 'gatos-core';
import { type JudgedSignature, judgePacket } from 'gatos-core/mythos';
import { nativeEngine } from 'gatos-core/node';
import { checkPacket } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import { counted } from '../../view/count.js';
import { bundleLines, bundleValue, packetValue } from './lines.js';
import { CHECK_OPTIONS, PACKET, readPacket } from './packet.js';

const { framing, fromStart } = CHECK_OPTIONS;

export const command = defineCommand({
  name: 'show',
  summary: 'show what a packet would do',
  description: `
Shows the operations of a packet, what they refer to, and its tasks with their budgets, also when it could not run. No repository is needed: it says whether each
signature holds, not whether anybody trusts the key; \`ir check\` does.
`,
  positionals: [PACKET],
  options: { framing, fromStart },
  examples: [{ command: 'git gatos ir show task.mythos', note: 'read it before you run it' }],
  exits: ['no', 'missing', 'mismatch', 'unchecked'],
  seeAlso: ['ir check', 'ir run'],
  run: async (context, args) => {
    const { packet, bundle } = await readPacket(context, args.packet, args.framing);
    const { id, faults } = checkPacket(bundle, { framing: args.framing, entry: args.fromStart ? 'start' : 'listed' });
    const signatures = judgePacket(packet, { engine: nativeEngine() });
    return {
      value: {
        packet: packetValue(packet),
        signatures: signatures.map(({ signer, verdict }) => ({ key: formatHex(signer.key), verdict })),
        ...bundleValue(bundle, id),
        faults: faults.map(({ code, message }) => ({ code, message })),
      },
      text: [
        ...signatures.map(signatureLine),
        ...bundleLines(bundle, { id, style: context.colour }),
        ...(faults.length === 0 ? [] : [`it would not run: ${counted(faults.length, 'fault')}`]),
        ...faults.map(({ message }) => `  ${context.colour.red('✗')} ${message}`),
      ],
    };
  },
});

const VERDICT = {
  valid: 'the signature holds',
  invalid: 'the signature does NOT hold',
  unsigned: 'unsigned: the signature is empty',
  unsupported: 'signed in a way that is not known',
} as const;

function signatureLine({ signer, verdict }: JudgedSignature): string {
  return `key ${formatHex(signer.key)}: ${VERDICT[verdict]}`;
}
