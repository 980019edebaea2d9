/** The decision that `policy new --adr` writes, and its tests: `%title%`, `%file%` and `%id%` are filled in. */

export const DECISION = `# %title%

Status: proposed

## Context

What is in \`src/api/\` is used by others. Whoever changes it breaks somebody, and should not decide that alone.

## Decision

A push to \`main\` that changes a file below \`src/api/\` needs two of \`@leads\`. The blocks marked \`rgs\` are law once this file is adopted
(\`git gatos policy adopt\`); every denial names it.

\`\`\`rgs
# The updates of main that change the API, with one of the paths each.
rule changes_api(update, path) if {
  update in input.updates
  update.ref == "refs/heads/main"
  commit in update.commits
  change in commit.changes
  path = change.path
  path.within("src/api", path)
}

# A grant counts when two leads stand behind it. The law counts them, because whoever proposes writes the quorum.
rule agreed(target) if {
  granted("api-change", target, who)
  count { lead | lead in who; member("@leads", lead) } >= 2
}

deny "%id%"
  message "{path} is public API: {update.ref} needs two of @leads"
  because "%file%"
  hint "git gatos propose --action api-change --target {update.ref} --quorum '2 of @leads'"
when {
  changes_api(update, path)
  not agreed(update.ref)
}
\`\`\`

Taking commits away changes the API as well, and a branch that was deleted can be made anew from what another branch holds already. So \`main\`
only moves forward.

\`\`\`rgs
deny "%id%-history"
  message "{update.ref} would lose commits"
  because "%file%"
  hint "git pull, then push without --force"
when {
  update in input.updates
  update.ref == "refs/heads/main"
  not update.fast_forward
}
\`\`\`

## Consequences

Everything else is pushed as before. \`git gatos proposals\` shows who may still approve.
`;

export const DECISION_TEST = `const leads = { "leads": ["user:alice", "user:bob", "user:carol"] }

const api_change = [
  {
    "ref": "refs/heads/main",
    "fast_forward": true,
    "commits": [{ "changes": [{ "path": "src/api/users.ts" }] }]
  }
]

test "a change of the API is denied" {
  given {
    "groups": leads,
    "updates": api_change
  }
  expect deny "%id%"
  expect message "src/api/users.ts is public API"
}

test "two leads let it pass" {
  given {
    "groups": leads,
    "updates": api_change,
    "grants": [
      {
        "action": "api-change",
        "target": "refs/heads/main",
        "approvers": ["user:alice", "user:bob"]
      }
    ]
  }
  expect allow
}

test "one lead and somebody else do not" {
  given {
    "groups": leads,
    "updates": api_change,
    "grants": [
      {
        "action": "api-change",
        "target": "refs/heads/main",
        "approvers": ["user:alice", "user:mallory"]
      }
    ]
  }
  expect deny "%id%"
}

test "a grant for another branch does not" {
  given {
    "groups": leads,
    "updates": api_change,
    "grants": [
      {
        "action": "api-change",
        "target": "refs/heads/next",
        "approvers": ["user:alice", "user:bob"]
      }
    ]
  }
  expect deny "%id%"
}

test "main is not rewritten" {
  given {
    "updates": [{ "ref": "refs/heads/main", "kind": "update", "fast_forward": false }]
  }
  expect deny "%id%-history"
}

test "main is not deleted" {
  given {
    "updates": [{ "ref": "refs/heads/main", "kind": "delete", "fast_forward": false }]
  }
  expect deny "%id%-history"
}

test "other paths need nobody" {
  given {
    "updates": [
      {
        "ref": "refs/heads/main",
        "fast_forward": true,
        "commits": [{ "changes": [{ "path": "README.md" }] }]
      }
    ]
  }
  expect allow
}
`;
