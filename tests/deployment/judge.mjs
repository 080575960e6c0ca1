// Decides requests by the documents that apply to them: JSON on standard input, JSON on standard output.
//
// In:  {"documents": {NAME: DOCUMENT}, "requests": [{"principal", "account", "documents": [NAME], "action", "resource", "context"}]}
// Out: [{"decision": "Allowed" | "ExplicitlyDenied" | "ImplicitlyDenied", "ignored": [KEY]} | {"error": TEXT}]
//
// "ignored" are keys of the context that IAM does not know for this action and resource.
import { createRequire } from 'node:module'
import path from 'node:path'
import process from 'node:process'

// The modules are installed into the target folder, which is named by the caller: sources stay sources.
const { runSimulation } = createRequire(path.join(path.resolve(process.argv[2]), 'judge.mjs'))('@cloud-copilot/iam-simulate')

let text = ''
for await (const chunk of process.stdin) text += chunk
const { documents, requests } = JSON.parse(text)

// A key is its own policy's first: the one that every key is made with leaves it to IAM (KMS developer guide, "Default key policy").
function ofTheKey(request) {
  if (!request.action.startsWith('kms:')) return undefined
  const principal = { AWS: `arn:aws:iam::${request.account}:root` }
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: principal, Action: 'kms:*', Resource: '*' }] }
}

async function decide(request) {
  const outcome = await runSimulation(
    {
      request: {
        principal: request.principal,
        action: request.action,
        resource: { resource: request.resource, accountId: request.account },
        contextVariables: request.context,
      },
      identityPolicies: request.documents.map((name) => ({ name, policy: documents[name] })),
      resourcePolicy: ofTheKey(request),
      serviceControlPolicies: [
        {
          orgIdentifier: 'o-everything',
          policies: [
            {
              name: 'everything',
              policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
            },
          ],
        },
      ],
      resourceControlPolicies: [],
    },
    {},
  )
  if (outcome.resultType === 'error') return { error: JSON.stringify(outcome.errors) }
  if (outcome.resultType === 'wildcard') {
    return { decision: outcome.overallResult, ignored: outcome.results.flatMap((one) => one.ignoredContextKeys ?? []) }
  }
  return { decision: outcome.overallResult, ignored: outcome.result.ignoredContextKeys ?? [] }
}

const decisions = []
for (const request of requests) decisions.push(await decide(request))
process.stdout.write(JSON.stringify(decisions))
