/** Everything that can be found in a repository by what it holds, whatever machine it is on. */
import { type FindingMaker, findingsOf, type Symptoms } from './finding.js';

export const REPOSITORY_SYMPTOMS = {
  'not-started': {
    severity: 'note',
    what: 'there is no GATOS history here',
    why: 'nothing is recorded and nothing can be verified before there is a trust chain',
    mend: 'git gatos init',
  },
  'trust-lost': {
    severity: 'error',
    what: 'there are {chains} chains here, and no trust chain',
    why: 'without `refs/gatos/trust` nobody can tell who may write',
    mend: 'git gatos sync',
  },
  'other-genesis': {
    severity: 'error',
    what: 'the trust chain starts at `{found}`; this clone is pinned to `{pinned}`',
    why: 'another history stands in the place of the one that this clone trusts: find out who replaced it',
    mend: null,
  },
  'foreign-ref': {
    severity: 'error',
    what: 'no rule knows `{ref}`',
    why: 'nobody verifies it, and gates refuse it; a newer git-gatos may know it',
    mend: 'git update-ref -d {ref} {oid}',
  },
  'damaged-ref': {
    severity: 'error',
    what: '`{ref}` cannot be read: {why}',
    why: 'what it pointed at is not verified, and what builds on it cannot be',
    mend: 'rm "$(git rev-parse --git-path {ref})" && git gatos sync',
  },
  'broken-chain': {
    severity: 'error',
    what: '`{ref}` violates its rule ({check}): {why}',
    why: 'gates and other clones refuse it from that place on; the mend keeps what is before it',
    mend: 'git update-ref {ref} {good} {bad}',
  },
  'broken-whole': {
    severity: 'error',
    what: '`{ref}` violates its rule ({check}): {why}',
    why: 'gates and other clones refuse it; nothing on it holds',
    mend: 'git update-ref -d {ref} {bad}',
  },
  'broken-promise': {
    severity: 'error',
    what: '`{ref}` does not hold what it promises ({check}): {why}',
    why: 'others who verify it come to the same verdict',
    mend: null,
  },
  'missing-objects': {
    severity: 'error',
    what: '`{ref}` could not be checked: {why}',
    why: 'objects that git should have are gone, so what rests on them cannot be verified',
    mend: 'git fetch --all --refetch',
  },
  unchecked: {
    severity: 'warning',
    what: '`{ref}` could not be checked: {why}',
    why: 'it is neither right nor wrong as far as this program can tell',
    mend: null,
  },
  'unknown-profile': {
    severity: 'error',
    what: 'this git-gatos does not know the profile `{profile}`',
    why: 'what the repository demands cannot be checked, and a gate refuses every push',
    mend: null,
  },
  'unproved-checkpoint': {
    severity: 'error',
    what: 'the proof of the newest checkpoint on `{ref}` cannot be recomputed: {why}',
    why: 'a state without what its proof rests on is a claim that nobody can check',
    mend: 'git gatos sync',
  },
  'other-engine': {
    severity: 'warning',
    what: 'the newest checkpoint on `{ref}` was made by engine `{made}`; this git-gatos has `{have}`',
    why: 'its proof can be checked only with a git-gatos that has that engine',
    mend: 'git gatos fold run {name}',
  },
  'broken-seal': {
    severity: 'error',
    what: 'events were accepted at places that the newest checkpoint on `{ref}` had sealed',
    why: 'the profile promises that proved history never shifts; a new checkpoint proves it as it is now',
    mend: 'git gatos fold run {name}',
  },
  'shifted-checkpoint': {
    severity: 'note',
    what: 'late events sort before the end of the newest checkpoint on `{ref}`',
    why: 'the state that it shows is not the one of the present history',
    mend: 'git gatos fold run {name}',
  },
  'stale-checkpoint': {
    severity: 'note',
    what: 'the newest checkpoint on `{ref}` has not folded {events} newer events',
    why: 'the state that it shows is an older one',
    mend: 'git gatos fold run {name}',
  },
  'experiment-incomplete': {
    severity: 'error',
    what: 'experiment {id} rests on {chains} chains that are not here, such as `{first}`',
    why: 'it can neither be verified nor reproduced without its jobs and states',
    mend: 'git gatos sync',
  },
  'old-segments': {
    severity: 'note',
    what: '{segments} segments of the topic `{topic}` are older than {age}, and every consumer has passed them ({bytes} bytes)',
    why: 'each is a ref that all clones take; a signed summary keeps what they prove',
    mend: 'git gatos bus compact {topic} --older-than {age}',
  },
  'pruned-segment': {
    severity: 'note',
    what: '`{ref}` is here again, though it was pruned into a summary',
    why: 'it takes room for nothing: what it proves the summary proves',
    mend: 'git update-ref -d {ref} {oid}',
  },
  'consumer-behind': {
    severity: 'warning',
    what: 'the consumer `{consumer}` of the topic `{topic}` is {lag} messages behind',
    why: 'nothing that it has not passed can be pruned; start again what handles its messages, or acknowledge what nobody needs',
    mend: 'git gatos bus subscribe {topic} --consumer {consumer} -- COMMAND',
  },
  'jobs-waiting': {
    severity: 'warning',
    what: '{jobs} jobs wait for a worker for more than a day, {job} since {time}',
    why: 'either no worker is running, or none that is can run them',
    mend: 'git gatos job work --drain',
  },
  'jobs-abandoned': {
    severity: 'warning',
    what: '{jobs} jobs were left by their workers, {job} by `{worker}`, whose lease ended at {time}',
    why: 'a worker was killed or cut off, and no other one has taken over',
    mend: 'git gatos job work --drain',
  },
  'job-untold': {
    severity: 'note',
    what: 'no message on the topic `{topic}` tells of job {job}',
    why: 'workers find it only when they look at all jobs, which they do rarely',
    mend: 'git gatos bus publish {topic} --type submitted --key {job} --payload {payload}',
    fixable: true,
  },
  'no-policy': {
    severity: 'note',
    what: 'no policy is in force',
    why: 'gates enforce the rules of chains, and nothing that is particular to this repository',
    mend: 'git gatos policy new house && git gatos policy adopt',
  },
  'policy-adr-missing': {
    severity: 'warning',
    what: 'policy `{rule}` names `{because}` as its reason, which is not in the bundle',
    why: 'whoever is denied is sent to a decision that a clone does not hold: put it beside the policy',
    mend: 'git gatos policy adopt',
  },
  'policy-tests-fail': {
    severity: 'warning',
    what: 'a test of the policy in force fails: `{test}` ({place})',
    why: 'the law does not do what its authors expect: correct the one or the other',
    mend: 'git gatos policy adopt',
  },
  'grant-expires': {
    severity: 'note',
    what: 'the grant {id} of `{action}` on `{target}` ends at {time}',
    why: 'what it allows is denied after that',
    mend: 'git gatos propose --action={action} --target={target} --quorum={quorum} --supersedes {id}',
  },
  'proposal-stuck': {
    severity: 'warning',
    what: 'proposal {id} of `{action}` on `{target}` can no longer be granted: {why}',
    why: 'whoever waits for it waits in vain',
    mend: 'git gatos revoke {id} --reason {reason}',
  },
  'key-expires': {
    severity: 'note',
    what: 'the last key of `{actor}`, `{key}`, ends at {time}',
    why: 'nothing that they sign counts after that, until a root adds another key',
    mend: null,
  },
  'own-key-expires': {
    severity: 'warning',
    what: 'the key with which you sign as `{actor}`, `{key}`, ends at {time}',
    why: 'nothing that you sign with it counts after that',
    mend: 'git gatos key new {next} && git gatos trust rotate {key} {next} && git gatos config set key {next}',
  },
} as const satisfies Symptoms;

export const finding: FindingMaker<typeof REPOSITORY_SYMPTOMS> = findingsOf(REPOSITORY_SYMPTOMS);
