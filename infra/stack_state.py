"""Whether the stack of a stage can be deployed or removed, asked before SAM, which says it late or not at all.

stack_state.py deploy STACK TEMPLATE
stack_state.py destroy STACK
"""

import json
import re
import sys
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

# What infra/samconfig.toml puts on every stack of ours, also on one that failed.
OURS = "tidegate:stage"
# CloudFormation user guide, "Stack status codes": what no update leaves.
REMOVE_FIRST = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}


# As shared/stack/src/exports.rs writes it: CloudFormation gives a name to one stack, and says so once it is at work on the other.
EXPORT = re.compile(r"^    Export: (\{.*\})$", re.MULTILINE)


def taken(client, stack: str, template: str) -> list[str]:
    """What the template would scale and another stack scales already."""
    wanted = {json.loads(found)["Name"] for found in EXPORT.findall(Path(template).read_text())}
    pages = client.get_paginator("list_exports").paginate()
    exports = (export for page in pages for export in page["Exports"] if export["Name"] in wanted)
    said = []
    for export in exports:
        other = export["ExportingStackId"].split(":stack/")[-1].split("/")[0]
        if other != stack:
            what = f"the stack {other} has {export['Name']} already, of its target {export['Value']}, and two would undo each other"
            mend = f"take it out of this policy; or, to move it here, bring its replicas to zero, take it out of {other}'s policy and deploy {other} first"
            said.append(f"{what}: {mend}")
    return said


def complaints(verb: str, stack: str, template: str | None = None) -> list[str]:
    """What stands against it, each with its mend."""
    client = boto3.client("cloudformation")
    first = of_stack(client, verb, stack)
    if first or not template:
        return [first] if first else []
    try:
        return taken(client, stack, template)
    except ClientError as error:
        # CloudFormation would refuse it all the same, once what acts is there.
        return [f"whether another stack scales the same cannot be asked: {error}: allow cloudformation:ListExports, or try again"]


def of_stack(client, verb: str, stack: str) -> str | None:
    """What stands against it by the stack's own state, and the mend; None if nothing does."""
    region = client.meta.region_name
    try:
        found = client.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            absent = f"there is no stack {stack} in {region}, so nothing to remove: check the stage and AWS_REGION"
            return absent if verb == "destroy" else None
        return f"the stack {stack} in {region} cannot be asked about: {error}: allow cloudformation:DescribeStacks"
    status = found["StackStatus"]
    if OURS not in {tag["Key"] for tag in found.get("Tags", [])}:
        return f"the stack {stack} in {region} is not Tidegate's: it has no tag {OURS}, which infra/samconfig.toml gives: choose another stage"
    if status == "UPDATE_ROLLBACK_FAILED":
        return f"the stack {stack} could not go back ({status}): `aws cloudformation continue-update-rollback --stack-name {stack}`"
    if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        return f"the stack {stack} is {status}: somebody else is at work on it: wait until they are done"
    if verb == "deploy" and status in REMOVE_FIRST:
        return f"the stack {stack} is {status}, which takes no deployment: read its events, then `make destroy` that stage first"
    return None


try:
    said = complaints(*sys.argv[1:])
except BotoCoreError as error:
    said = [f"CloudFormation cannot be asked: {error}: set AWS_REGION and AWS_PROFILE"]
if said:
    sys.exit("\n".join(f"  STOP  {line}" for line in said))
