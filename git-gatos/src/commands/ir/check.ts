import { defineCommand } from '../../command/index.js';
import { reportOutcome } from '../../output/report.js';
import { bundleValue, packetValue, signatureValues } from './lines.js';
import { CHECK_OPTIONS, judgePacketFile, noteUnsigned, PACKET } from './packet.js';

export const command = defineCommand({
  name: 'check',
  summary: 'check a packet: its signatures, and its program',
  description: `
Verifies every signature; one of them has to be by a key that this repository trusts now. Checks the bundle as \`ir run\` does before it runs anything: operations that are
known, operands of the right kind, indices in range, registers that are written before they are read, tools that are listed, a capability before every effect. All
faults are listed.
`,
  positionals: [PACKET],
  options: CHECK_OPTIONS,
  examples: [
    { command: 'git gatos ir check task.mythos', note: 'may it run here?' },
    { command: 'git gatos ir check task.mythos --unsigned', note: 'whoever it is from' },
  ],
  exits: ['no', 'absent', 'untrusted', 'denied', 'missing', 'mismatch', 'unchecked'],
  seeAlso: ['ir show', 'ir run'],
  run: async (context, args) => {
    const judged = await judgePacketFile(context, args);
    if (args.unsigned && judged.report.outcome === 'pass') noteUnsigned(context, judged);
    const { packet, bundle, checked, signatures, report } = judged;
    return reportOutcome(report, {
      style: context.colour,
      value: {
        packet: packetValue(packet),
        signatures: signatureValues(signatures),
        ...bundleValue(bundle, checked.id),
      },
    });
  },
});
