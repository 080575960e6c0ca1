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
# As shared/stack/src/exports.rs writes them: CloudFormation gives a name to one stack, and says so once it is at work on the other. A
# value names the target and, of replicas, the source, all of whose replicas count against one limit.
EXPORT = re.compile(r'^    Export: (\{.*\})\n    Value: "(.*)"$', re.MULTILINE)
SOURCE = ", of the source "
READER = "tidegate:reader-name:"
# As shared/stack/src/stack.rs writes it.
STANDARD = "      Tier: \"Standard\"\n"


def taken(client, stack: str, template: str) -> list[str]:
    """What the template would scale and another stack scales already."""
    wanted = [(json.loads(export)["Name"], value) for export, value in EXPORT.findall(Path(template).read_text())]
    if not wanted:
        return [f"{template} exports nothing of what it scales: write it anew with `tidegate stack`"]
    names = {name for name, _ in wanted}
    sources = {source(value) for name, value in wanted if name.startswith(READER)}
    said = []
    for export in (export for page in client.get_paginator("list_exports").paginate() for export in page["Exports"]):
        name, value = export["Name"], export["Value"]
        other = export["ExportingStackId"].split(":stack/")[-1].split("/")[0]
        same = name in names or (name.startswith(READER) and source(value) in sources)
        if same and other != stack:
            first = "bring its replicas to zero, " if name.startswith(READER) else ""
            mend = f"take it out of this policy; or, to move it here, {first}take it out of {other}'s policy and deploy {other} first"
            said.append(f"the stack {other} has {name} already, of its target {value}, and two would undo each other: {mend}")
    return said


def source(value: str) -> str:
    """Of a reader name's export."""
    return value.partition(SOURCE)[2]


def tier(stack: str, template: str) -> list[str]:
    """A parameter that is advanced does not become standard again: AWS refuses it, and the whole update is rolled back."""
    if STANDARD not in Path(template).read_text():
        return []
    name = f"/{stack}/policy"
    asked = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
    found = boto3.client("ssm").describe_parameters(ParameterFilters=asked)["Parameters"]
    if any(one.get("Tier") == "Advanced" for one in found):
        mend = "deploy with STORE=advanced as before, or once with STORE=package in between"
        return [f"{name} is an advanced parameter, which AWS does not make a standard one again: {mend}"]
    return []


def complaints(verb: str, stack: str, template: str | None = None) -> list[str]:
    """What stands against it, each with its mend."""
    client = boto3.client("cloudformation")
    first = of_stack(client, verb, stack)
    if first or not template:
        return [first] if first else []
    try:
        return taken(client, stack, template) + tier(stack, template)
    except ClientError as error:
        # CloudFormation would refuse it all the same, once what acts is there.
        what = "whether another stack scales the same, or the policy's parameter is advanced, cannot be asked"
        return [f"{what}: {error}: allow cloudformation:ListExports and ssm:DescribeParameters, or try again"]


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
    # It waits for a first change set, which somebody declined: it has no resource, and not yet its tags.
    if status == "REVIEW_IN_PROGRESS":
        return None
    if OURS not in {tag["Key"] for tag in found.get("Tags", [])}:
        return f"the stack {stack} in {region} is not Tidegate's: it has no tag {OURS}, which infra/samconfig.toml gives: choose another stage"
    if status == "UPDATE_ROLLBACK_FAILED":
        return f"the stack {stack} could not go back ({status}): `aws cloudformation continue-update-rollback --stack-name {stack}`"
    if status.endswith("_IN_PROGRESS"):
        return f"the stack {stack} is {status}: somebody else is at work on it: wait until they are done"
    if verb == "deploy" and status in REMOVE_FIRST:
        return f"the stack {stack} is {status}, which takes no deployment: read its events, then `make destroy` that stage first"
    return None


try:
    said = complaints(*sys.argv[1:])
except BotoCoreError as error:
    said = [f"CloudFormation cannot be asked: {error}: set AWS_REGION and AWS_PROFILE"]
if said:
    sys.exit("\n".join([f"  STOP  {line}" for line in said] + ["nothing was changed: mend what is said above"]))
