/** Recorded denials in words: what was refused when, by which rules, and whether judging it again gives the same. */
import { type Denial, type DenialExplanation, formatDigest, formatExplanation, formatTime } from 'gatos-core';
import { type Style, visible } from '../output/style.js';
import { counted } from './count.js';
import { describeDecision } from './decision.js';

const SHORT = 12;

function movement({ ref, old, new: next }: Denial['updates'][number]): string {
  if (next === null) return `delete ${ref}`;
  return old === null
    ? `create ${ref} at ${next.slice(0, SHORT)}`
    : `move ${ref} ${old.slice(0, SHORT)}..${next.slice(0, SHORT)}`;
}

export function denialValue({ attachments: _, policy_code_root: codeRoot, time, ...denial }: Denial) {
  return {
    ...denial,
    time: formatTime(time),
    policy_code_root: codeRoot === null ? null : formatDigest(codeRoot),
  };
}

/** One line: id, when, who, the first rule. */
export function denialLine({ ulid, time, pusher, refusals, more_refusals: more }: Denial, style: Style): string {
  const [first] = refusals;
  const others = refusals.length - 1 + more;
  const what = first === undefined ? '' : ` ${style.bold(visible(first.rule))} ${visible(first.ref ?? 'the push')}`;
  return `${ulid} ${style.dim(formatTime(time))} ${visible(pusher ?? 'unknown')}${what}${others > 0 ? ` and ${others} more` : ''}`;
}

export function describeDenial(denial: Denial, style: Style): readonly string[] {
  const { ulid, time, pusher, updates, more_updates: moreUpdates, refusals, more_refusals: more, suppressed } = denial;
  return [
    `${style.bold(ulid)} refused ${formatTime(time)}, pushed by ${visible(pusher ?? 'somebody the transport did not name')}`,
    ...updates.map((update) => `  ${visible(movement(update))}`),
    ...(moreUpdates > 0 ? [`  and ${moreUpdates} more refs`] : []),
    ...refusals.flatMap(({ rule, what, why, pass, because }) => [
      `${style.red('refused:')} ${visible(what)}`,
      `  rule: ${style.bold(visible(rule))}`,
      ...why.map((each) => `  why:  ${visible(each)}`),
      ...pass.map((each) => `  pass: ${visible(each)}`),
      ...(because === null ? [] : [`  see:  ${visible(because)}`]),
    ]),
    ...(more > 0 ? [`and ${counted(more, 'more refusal')}`] : []),
    ...(suppressed > 0 ? [`${counted(suppressed, 'denial')} like this one came before it and were not recorded`] : []),
  ];
}

/** How judging it again came out, with the derivations. */
export function describeAgain(explanation: DenialExplanation, style: Style): readonly string[] {
  const { denial, outcome, again, differences, explanations, fault } = explanation;
  switch (outcome) {
    case 'no-policy':
      return ['the rules that hold everywhere refused it: no policy was asked'];
    case 'not-kept':
      return [`${style.yellow('?')} the document was too large to be kept, so the policy cannot be asked again`];
    case 'unknown':
      return [`${style.yellow('?')} it could not be judged again: ${visible(fault?.message ?? '')}`];
    default: {
      const decision = again === null ? [] : describeDecision(again, explanations.map(formatExplanation));
      const same = outcome === 'same';
      return [
        ...decision,
        same
          ? `${style.green('✓')} judged again under policy ${denial.policy_root}: the same decision, byte for byte`
          : `${style.red('✗')} judged again under policy ${denial.policy_root}: another decision than was recorded`,
        ...differences.map(
          ({ field, recorded, again: now }) => `    ${field}: recorded ${visible(recorded)}, now ${visible(now)}`,
        ),
      ];
    }
  }
}
